import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { apart, endedBy } from "../http/stop.ts";
import type { Finding } from "../model/conditions.ts";
import { CancelledError, inOneLine, messageOf } from "../model/errors.ts";
import type { Progress } from "../runtime/progress.ts";
import { historyName, recordText, removeHistory, trimHistory, writeHistory } from "../store/history.ts";
import type { HistoryRecord, RecordedWait } from "../store/history.ts";
import type { RecordedOperation } from "../store/journal.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { OperationContext } from "./context.ts";
import { groupsOf, recordNodes } from "./recorded-nodes.ts";
import { endWaits, recordWaits } from "./recorded-waits.ts";
import { whoRuns } from "./who.ts";

/** Lines of a record: from its beginning and from its end. */
const firstLines = 200;
const lastLines = 800;

/** Milliseconds between two writes for lines alone. Steps and nodes are written at once. */
const lineInterval = 2000;

/** What a record begins with. */
export type RecordStart = Omit<
  HistoryRecord,
  "version" | "result" | "steps" | "nodes" | "events" | "by" | "waits" | "held" | "changes" | "plan"
> & { waits?: readonly RecordedWait[] };

interface RecorderOptions {
  store: ObjectStore;
  progress: Progress;
  /** Removes secrets from a text. */
  clean: (text: string) => string;
  /** A folder of this machine that also gets the record, as for an artefact of a pipeline. */
  folder?: string | undefined;
  groupOf?: ReturnType<typeof groupsOf>;
  now?: () => Date;
}

/**
 * Writes the history of one operation. It never fails the operation: what it cannot write is a warning, once. Writes
 * are serial, and those that wait become one.
 */
export class Recorder implements Progress {
  readonly #options: RecorderOptions;
  readonly #record: Omit<HistoryRecord, "by">;
  readonly #by: Promise<HistoryRecord["by"]>;
  readonly #follow: (line: string) => boolean;
  readonly #wait: (what: string, reason?: string) => void;
  readonly #held = new Map<Finding["type"], string>();
  #writing: Promise<void> | undefined;
  /** How many writes were asked for. */
  #asked = 0;
  #linesWritten = 0;
  #ended = false;
  #warned = false;

  constructor(options: RecorderOptions, start: RecordStart, by: Promise<HistoryRecord["by"]>) {
    this.#options = options;
    this.#by = by;
    this.#record = {
      ...{ version: 1, ...start, result: "running", changes: [], plan: {} },
      ...{ steps: [], nodes: [], waits: [...(start.waits ?? [])], held: [], events: [] },
    };
    this.#follow = recordNodes(this.#record.nodes, this.#stamp, options.groupOf);
    this.#wait = recordWaits(this.#record.waits, this.#stamp);
  }

  readonly #stamp = (): string => (this.#options.now?.() ?? new Date()).toISOString();

  /** Takes a line of kOps's log. */
  readonly hear = (line: string): void => {
    if (!this.#ended && this.#follow(line)) this.#write();
  };

  /** Takes a line that was printed. */
  say(text: string): void {
    const { events, steps } = this.#record;
    if (this.#ended) return;
    const at = this.#stamp();
    events.push({ at, text: this.#options.clean(text) });
    if (events.length > firstLines + lastLines) events.splice(firstLines, 1);
    // Who looks from elsewhere sees why it waits. Before its first step an operation leaves no record.
    if (steps.length === 0 || Date.parse(at) - this.#linesWritten < lineInterval) return;
    this.#linesWritten = Date.parse(at);
    this.#write();
  }

  waits(what: string, reason?: string): void {
    const { clean } = this.#options;
    if (!this.#ended) this.#wait(clean(what), reason === undefined ? undefined : clean(reason));
  }

  step(name: string): void {
    this.#record.steps.push({ name, begun: this.#stamp() });
    this.#write();
  }

  stepEnded(name: string): void {
    const found = this.#record.steps.findLast((one) => one.name === name);
    if (found) found.ended = this.#stamp();
    endWaits(this.#record.waits, this.#stamp);
    this.#write();
  }

  /** The drain of a node whose group is removed. */
  drain(group: string, name: string, drain: "begins" | "ends"): void {
    const { nodes } = this.#record;
    if (drain === "begins") nodes.push({ name, group, removed: true, drained: this.#stamp() });
    else {
      const found = nodes.findLast((one) => one.name === name);
      if (found) found.emptied = this.#stamp();
    }
    this.#write();
  }

  groupDeleted(group: string): void {
    for (const node of this.#record.nodes)
      if (node.removed && node.group === group && node.stopped === undefined) node.stopped = this.#stamp();
    this.#write();
  }

  /** Changes of the spec, or of secrets, that are known now. */
  changed(changes: HistoryRecord["changes"]): void {
    const { changes: before } = this.#record;
    if (changes === "first" || before === "first") this.#record.changes = "first";
    else this.#record.changes = [...before, ...changes.map(this.#options.clean)];
  }

  planned(plan: HistoryRecord["plan"]): void {
    Object.assign(this.#record.plan, plan);
  }

  /** Conditions, of which those that are not met still wait. */
  found(findings: readonly Finding[]): void {
    for (const { type, status, message } of findings)
      if (status === "False" && message !== "") this.#held.set(type, this.#options.clean(message));
      else this.#held.delete(type);
    this.#record.held = [...this.#held.values()];
  }

  /**
   * Writes the end; never throws. `error`: what was thrown, if the operation did not succeed. An operation without a
   * step did nothing, and leaves no record.
   */
  async end(error?: unknown): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#record.steps.length === 0) return;
    this.#record.ended = this.#stamp();
    if (error === undefined) this.#record.result = "succeeded";
    else {
      this.#record.result = error instanceof CancelledError ? "stopped" : "failed";
      this.#record.error = this.#options.clean(messageOf(error));
    }
    endWaits(this.#record.waits, this.#stamp);
    // A write that began earlier ends with no stop of this one.
    await this.#attempt(() => endedBy(this.#flush()));
    await this.#attempt(() => trimHistory(this.#options.store, this.#record.cluster));
  }

  /** Removes the whole history of the cluster, this record too. */
  async discard(): Promise<void> {
    this.#ended = true;
    await this.#writing;
    await removeHistory(this.#options.store, this.#record.cluster);
  }

  #write(): void {
    if (this.#ended) return;
    this.#asked += 1;
    // A stop of the operation ends its calls, not the note of it.
    if (!this.#writing) void apart(() => this.#flush());
  }

  #flush(): Promise<void> {
    const before = this.#writing;
    const written = (async () => {
      await before;
      let asked: number;
      do {
        asked = this.#asked;
        const record = { ...this.#record, by: await this.#by };
        await this.#attempt(() => writeHistory(this.#options.store, record));
        await this.#attempt(() => this.#keep(record));
      } while (asked !== this.#asked);
    })().finally(() => {
      if (this.#writing === written) this.#writing = undefined;
    });
    this.#writing = written;
    return written;
  }

  async #keep(record: HistoryRecord): Promise<void> {
    const { folder } = this.#options;
    if (!folder) return;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${record.cluster}-${historyName(record)}.json`), recordText(record));
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#warned) return;
      this.#warned = true;
      this.#options.progress.say(`warning: the history of this operation could not be written: ${inOneLine(error)}`);
    }
  }
}

/** Begins the record of an operation, which follows everything that is said and logged from here on. */
export function startRecord(
  { inputs, store, progress, log, env, listeners, readers }: OperationContext,
  { id, verb, begun }: Pick<RecordedOperation, "id" | "verb" | "begun">,
  {
    arn,
    continues,
    waits,
    command,
  }: { arn?: string | undefined; continues?: string | undefined; command?: string | undefined } & Pick<
    RecordStart,
    "waits"
  >,
): Recorder {
  const { name: cluster, owner, kopsVersion } = inputs;
  const kubernetesVersion = inputs.cluster["kubernetesVersion"];
  const record = new Recorder(
    {
      ...{ store, progress, groupOf: groupsOf(inputs), folder: env["PILOT_RECORD_DIR"] },
      clean: (text) => log.redact(text),
    },
    {
      ...{ id, cluster, verb, owner, begun, kopsVersion, ...(waits && { waits }) },
      ...(continues !== undefined && { continues }),
      ...(command !== undefined && { command }),
      ...(typeof kubernetesVersion === "string" && { kubernetesVersion }),
      log: { host: hostname(), path: log.path },
    },
    whoRuns(env, arn),
  );
  listeners.add(record.hear);
  readers.add(record);
  return record;
}
