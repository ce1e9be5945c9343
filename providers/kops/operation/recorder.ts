import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { readRollLine } from "../kops-cli/output/index.ts";
import type { Progress } from "../runtime/progress.ts";
import { removeHistory, trimHistory, writeHistory } from "../store/history.ts";
import type { HistoryRecord, ReplacedNode } from "../store/history.ts";
import type { RecordedOperation } from "../store/journal.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { CancelledError, inOneLine, messageOf } from "../model/errors.ts";
import type { OperationContext } from "./context.ts";
import { whoRuns } from "./who.ts";

/** Lines of a record: from its beginning and from its end. */
const firstLines = 200;
const lastLines = 800;

const joining = /has not yet joined cluster|did not join/;

/**
 * Follows the replaced nodes in kOps's log. kOps takes nodes one after another, or several at once with `maxSurge`; a
 * validation is that of all nodes which are gone by then.
 */
export function recordNodes(nodes: ReplacedNode[], now: () => string): (line: string) => boolean {
  const open = (): ReplacedNode[] => nodes.filter(({ stopped, valid }) => stopped !== undefined && valid === undefined);
  return (line) => {
    const event = readRollLine(line);
    if (event?.kind === "drain") {
      if (!nodes.some(({ name, valid }) => name === event.node && valid === undefined))
        nodes.push({ name: event.node, drained: now() });
      return true;
    }
    if (event?.kind === "stop") {
      const { node: name, instance, group } = event;
      const found = nodes.find((one) => one.name === name && one.stopped === undefined);
      if (found) Object.assign(found, { instance, group, stopped: now() });
      else nodes.push({ name, instance, group, stopped: now() });
      return true;
    }
    if (event?.kind === "invalid") {
      if (joining.test(event.reason)) for (const node of open()) node.notJoined = now();
      return false;
    }
    if (event?.kind !== "validated") return false;
    for (const node of open()) node.valid = now();
    return open().length === 0;
  };
}

/**
 * Writes the history of one operation. It never fails the operation: what it cannot write is a warning, once. Writes are
 * serial, and those that wait become one.
 */
export class Recorder {
  readonly #store: ObjectStore;
  readonly #progress: Progress;
  readonly #record: Omit<HistoryRecord, "by">;
  readonly #by: Promise<HistoryRecord["by"]>;
  readonly #now: () => Date;
  readonly #clean: (text: string) => string;
  readonly #copies: string | undefined;
  #writing: Promise<void> | undefined;
  #again = false;
  #ended = false;
  #warned = false;

  /** `clean` removes secrets from a text. `copies`: a folder that gets the record, too, when it ends. */
  constructor(
    {
      store,
      progress,
      clean,
      copies,
    }: { store: ObjectStore; progress: Progress; clean: (text: string) => string; copies?: string | undefined },
    record: Omit<HistoryRecord, "version" | "result" | "steps" | "nodes" | "events" | "by">,
    by: Promise<HistoryRecord["by"]>,
    now: () => Date = () => new Date(),
  ) {
    this.#store = store;
    this.#progress = progress;
    this.#clean = clean;
    this.#copies = copies;
    this.#now = now;
    this.#by = by;
    this.#record = { version: 1, ...record, result: "running", steps: [], nodes: [], events: [] };
  }

  readonly #stamp = (): string => this.#now().toISOString();

  /** Takes a line of kOps's log. */
  readonly hear = (() => {
    let follow: ((line: string) => boolean) | undefined;
    return (line: string): void => {
      follow ??= recordNodes(this.#record.nodes, this.#stamp);
      if (follow(line)) this.#write();
    };
  })();

  /** Takes a line that was printed. */
  readonly say = (text: string): void => {
    const { events } = this.#record;
    if (this.#ended) return;
    events.push({ at: this.#stamp(), text: this.#clean(text) });
    if (events.length > firstLines + lastLines) events.splice(firstLines, 1);
  };

  step(name: string): void {
    this.#record.steps.push({ name, begun: this.#stamp() });
    this.#write();
  }

  stepEnded(name: string): void {
    const found = this.#record.steps.findLast((one) => one.name === name);
    if (found) found.ended = this.#stamp();
    this.#write();
  }

  /** What is known only later. */
  note(facts: Partial<Pick<HistoryRecord, "changes" | "plan">>): void {
    Object.assign(this.#record, facts, facts.plan && { plan: { ...this.#record.plan, ...facts.plan } });
  }

  /**
   * Writes the end. `error`: what was thrown, if the operation did not succeed. An operation without a step did
   * nothing, and leaves no record.
   */
  async end(error?: unknown): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#record.steps.length === 0) return;
    this.#record.ended = this.#stamp();
    if (error === undefined) this.#record.result = "succeeded";
    else {
      this.#record.result = error instanceof CancelledError ? "stopped" : "failed";
      this.#record.error = this.#clean(messageOf(error));
    }
    await this.#flush();
    await this.#attempt(() => this.#copy());
    await this.#attempt(() => trimHistory(this.#store, this.#record.cluster));
  }

  /** Removes the whole history of the cluster, this record too. */
  async discard(): Promise<void> {
    this.#ended = true;
    await this.#writing;
    await removeHistory(this.#store, this.#record.cluster);
  }

  #write(): void {
    if (this.#ended) return;
    if (this.#writing) this.#again = true;
    else void this.#flush();
  }

  #flush(): Promise<void> {
    const before = this.#writing;
    const written = (async () => {
      await before;
      do {
        this.#again = false;
        await this.#attempt(async () => {
          await writeHistory(this.#store, { ...this.#record, by: await this.#by });
        });
      } while (this.#again);
    })().finally(() => {
      if (this.#writing === written) this.#writing = undefined;
    });
    this.#writing = written;
    return written;
  }

  async #copy(): Promise<void> {
    if (this.#copies === undefined) return;
    await mkdir(this.#copies, { recursive: true });
    const record = { ...this.#record, by: await this.#by };
    await writeFile(join(this.#copies, `${this.#record.cluster}.json`), `${JSON.stringify(record, undefined, 1)}\n`);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#warned) return;
      this.#warned = true;
      this.#progress.say(`warning: the history of this operation could not be written: ${inOneLine(error)}`);
    }
  }
}

/** Begins the record of an operation, which follows everything that is said and logged from here on. */
export function startRecord(
  { inputs, store, progress, log, env, listeners, readers }: OperationContext,
  { id, verb, begun }: Pick<RecordedOperation, "id" | "verb" | "begun">,
  { arn, continues }: { arn: string | undefined; continues: string | undefined },
): Recorder {
  const { name: cluster, owner, kopsVersion } = inputs;
  const kubernetesVersion = inputs.cluster["kubernetesVersion"];
  const record = new Recorder(
    { store, progress, clean: (text) => log.redact(text), copies: env["PILOT_HISTORY_DIR"] || undefined },
    {
      ...{ id, cluster, verb, owner, begun, kopsVersion, changes: [], plan: {} },
      ...(continues !== undefined && { continues }),
      ...(typeof kubernetesVersion === "string" && { kubernetesVersion }),
      log: { host: hostname(), path: log.path },
    },
    whoRuns(env, arn),
  );
  listeners.add(record.hear);
  readers.add(record.say);
  return record;
}
