import { randomUUID } from "node:crypto";
import { followReplacedNodes, readRollLine } from "../kops-cli/output/index.ts";
import { updateConditions } from "../model/conditions.ts";
import type { Finding } from "../model/conditions.ts";
import { milliseconds } from "../model/durations.ts";
import { ConfigError, LockedError, inOneLine, messageOf } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { desiredSpec, digestOf } from "../model/spec.ts";
import { runningAfter } from "../model/versions.ts";
import { openAs, refuseMoved } from "../move/guard.ts";
import { endOrphans } from "../runtime/orphans.ts";
import { consoleProgress } from "../runtime/progress.ts";
import type { Caller } from "../aws/account.ts";
import { findJournal, unfinished, JournalWriter } from "../store/journal.ts";
import type { Journal, RecordedOperation } from "../store/journal.ts";
import type { RecordedWait } from "../store/history.ts";
import { kopsKeysOf } from "../store/keys.ts";
import { foreignOwnerOf } from "../store/lifecycle.ts";
import { acquireLock } from "../store/lock.ts";
import type { Lock } from "../store/lock.ts";
import { manifestEtags } from "../store/manifests.ts";
import { openStore } from "../store/object-store.ts";
import { stoppingHint } from "../store/pause.ts";
import { areAsWritten, isWhole, stillDone } from "../store/resume.ts";
import { begunJournal } from "./begun-journal.ts";
import type { Beginning, Command } from "./begun-journal.ts";
import { withContext } from "./context.ts";
import type { OperationContext } from "./context.ts";
import { startRecord } from "./recorder.ts";
import type { Recorder } from "./recorder.ts";
import { recordWaits } from "./recorded-waits.ts";
import { lastAct, reasonBehind, startDeadline } from "./deadline.ts";
import { confirmAccount } from "./same-account.ts";

/** How long a run waits for the cluster's lock by default (`timeouts.lock`). */
const lockTimeout = "15m";

/** Refuses a cluster that somebody else made or another stack owns, unless `adopt` allows it. A delete never adopts. */
async function refuseForeignOwner(
  context: OperationContext,
  verb: RecordedOperation["verb"],
  journal: Journal | undefined,
): Promise<string | undefined> {
  const { inputs, store } = context;
  const foreignOwner = await foreignOwnerOf(store, inputs, journal);
  if (foreignOwner === undefined || (inputs.adopt === true && verb !== "delete")) return foreignOwner;
  throw new ConfigError({
    what: `Cluster ${inputs.name} in ${inputs.stateStore} does not belong to this stack (${inputs.owner})`,
    why: foreignOwner,
    next:
      verb === "delete"
        ? "take it out of this stack's state with `pulumi state delete`"
        : "choose another name, or set `adopt: true` on the cluster to adopt it",
  });
}

/** The state in the store from which an operation starts. */
interface Start {
  journal: Journal;
  /** ETag of the journal in the store, where there is one. */
  etag: string | undefined;
  recorded: RecordedOperation;
  continues: string | undefined;
  adopts: string | undefined;
  record: Recorder;
}

/** One operation on a cluster, under its lock and in its journal. */
export class Operation {
  readonly context: OperationContext;
  readonly digest: string;
  readonly journal: Journal;
  readonly #operation: RecordedOperation;
  readonly #lock: Lock;
  #saving: Promise<void> = Promise.resolve();
  readonly #stored: JournalWriter;
  /** The journal belongs to another run: that run has the lock, or wrote the journal. */
  #displaced = false;
  /** Steps that an interrupted run for the same spec has finished, and that still hold. */
  readonly #finished: ReadonlySet<string>;
  /** The owner of the cluster before its adoption, as text. */
  readonly adopts: string | undefined;
  /** The unfinished operation that this one found, as text. */
  readonly continues: string | undefined;
  /** The history of this operation. */
  readonly record: Recorder;
  /** Whether this run has replaced a node or removed a group: before that, a budget ends no run. */
  progressed = false;

  private constructor(context: OperationContext, lock: Lock, start: Start) {
    this.context = context;
    this.journal = start.journal;
    this.#stored = new JournalWriter(context.store, start.journal.cluster, start.etag);
    this.#operation = start.recorded;
    this.#lock = lock;
    this.#finished = new Set(start.recorded.steps.map(({ name }) => name));
    this.continues = start.continues;
    this.adopts = start.adopts;
    this.record = start.record;
    this.digest = start.recorded.digest;
  }

  static async begin(
    context: OperationContext,
    verb: RecordedOperation["verb"],
    lock: Lock,
    { confirm, waits = [], command }: Beginning = {},
  ): Promise<Operation> {
    const { inputs, store, progress } = context;
    const digest = command?.digest ?? digestOf(desiredSpec(inputs));
    const found = await findJournal(store, inputs.name);
    const known = found?.journal;
    await refuseMoved(store, inputs.name, known, openAs(inputs, context.env));
    const caller = await confirm?.(known);
    const adopts = await refuseForeignOwner(context, verb, known);
    if (adopts !== undefined) progress.say(`adopts the cluster: ${adopts}`);
    const interrupted = known?.operation;
    const same = interrupted?.digest === digest && (interrupted.verb === "delete") === (verb === "delete");
    const manifests = await manifestEtags(store, inputs.name);
    const asWritten = known !== undefined && areAsWritten(known, manifests, Object.keys(inputs.instanceGroups));
    const steps = stillDone(known, { verb, digest }, asWritten, kopsKeysOf(inputs.name).config in manifests);
    // The run may have been killed after it removed a group and before it noted that.
    if (asWritten && known.written) known.written.etags = manifests;
    const continues = unfinished(known);
    const already = steps.map(({ name }) => name).filter(isWhole);
    if (continues)
      progress.say(
        same
          ? `continues: the ${continues}${already.length > 0 ? `; done already: ${already.join(", ")}` : ""}`
          : `the ${continues}; now ${verb} with the new spec`,
      );
    const now = new Date();
    const recorded: RecordedOperation = {
      // What a newer program noted about an operation that goes on.
      ...(same ? interrupted : undefined),
      ...{ id: randomUUID(), verb, digest, begun: now.toISOString(), steps },
    };
    delete recorded.error;
    const journal = begunJournal(
      inputs,
      known,
      recorded,
      { adopted: adopts !== undefined, account: caller?.account, command },
      now,
    );
    const record = startRecord(context, recorded, { arn: caller?.arn, continues, waits, command: command?.words });
    const operation = new Operation(context, lock, { journal, etag: found?.etag, recorded, continues, adopts, record });
    operation.#followRoll();
    return operation;
  }

  /** Notes in the journal which nodes a roll drains or replaces: if the run is killed, they stay cordoned. */
  #followRoll(): void {
    const { listeners, progress, store, inputs } = this.context;
    const replacedNodes = followReplacedNodes();
    let hinted = false;
    listeners.add((line) => {
      const event = readRollLine(line);
      if (event?.kind === "groups" && event.need > 0 && !hinted) {
        hinted = true;
        progress.say(stoppingHint(store, inputs.name));
      }
      const detail = replacedNodes(line);
      // Without the lock the journal belongs to another run.
      if (detail === undefined || this.#lock.signal.aborted) return;
      for (const step of this.#operation.steps) {
        if (step.ended !== undefined) continue;
        if (detail === "") delete step.detail;
        else step.detail = detail;
      }
      this.save().catch((error: unknown) => {
        progress.say(`could not note in the journal which nodes the roll replaces: ${inOneLine(error)}`);
      });
    });
  }

  /** Whether an interrupted run for the same spec has finished this step. */
  hasFinished(name: string): boolean {
    return this.#finished.has(name);
  }

  /** Whether this run, or an unfinished one before it, has begun a step: then there is something to continue. */
  get begun(): boolean {
    return this.#operation.steps.length > 0;
  }

  /** The step that runs or ran last, as text. */
  get reached(): string {
    const { steps } = this.#operation;
    const last = steps.filter((step) => step.ended === undefined).at(-1) ?? steps.at(-1);
    if (!last) return "it had not begun its first step";
    return `${last.ended === undefined ? "unfinished" : "the last finished step"}: ${last.name}, begun ${last.begun}`;
  }

  /** Runs a step and notes its beginning and end in the journal, unless an interrupted run has finished it. */
  async step(name: string, work: () => Promise<Finding[]>): Promise<void> {
    if (this.#finished.has(name) && isWhole(name)) return;
    this.#lock.assertHeld();
    this.context.signal.throwIfAborted();
    const entry: RecordedOperation["steps"][number] = {
      ...this.#operation.steps.find((step) => step.name === name),
      ...{ name, begun: new Date().toISOString() },
    };
    delete entry.ended;
    delete entry.detail;
    this.#operation.steps = [...this.#operation.steps.filter((step) => step.name !== name), entry];
    await this.save();
    this.record.step(name);
    const findings = await work();
    this.record.stepEnded(name);
    entry.ended = new Date().toISOString();
    delete entry.detail;
    this.found(findings);
    await this.save();
  }

  /** Keeps findings; the next {@link save} writes them to the journal. */
  found(findings: Finding[]): void {
    this.record.found(findings);
    this.journal.conditions = updateConditions(this.journal.conditions, findings, new Date());
    this.journal.running = runningAfter(
      this.journal.running,
      findings,
      this.context.inputs.cluster["kubernetesVersion"],
    );
  }

  /**
   * Writes the journal, as long as it belongs to this run. Writes are serial: of two at once, the older could win.
   *
   * Errors: {@link LockedError} when the lock is lost, or when another run has written the journal.
   */
  save(): Promise<void> {
    return this.#onJournal(() => this.#stored.write(this.journal));
  }

  /** Removes the journal at the end of a deletion. Errors: as {@link save}. */
  removeJournal(): Promise<void> {
    return this.#onJournal(() => this.#stored.remove());
  }

  #onJournal(change: () => Promise<void>): Promise<void> {
    const changed = this.#saving.then(async () => {
      try {
        this.#lock.assertHeld();
        await change();
      } catch (error) {
        this.#displaced ||= error instanceof LockedError;
        throw error;
      }
    });
    this.#saving = changed.catch(() => undefined);
    return changed;
  }

  /**
   * Leaves the operation and its error in the journal, so that the next run continues it. If that fails it only warns:
   * the error itself is what people must see.
   */
  async failed(error: unknown): Promise<void> {
    // Refused before its first step, it changed nothing: the journal is still right.
    if (!this.begun) return;
    this.#operation.error = messageOf(error);
    if (this.#displaced || this.#lock.signal.aborted) return;
    try {
      await lastAct(() => this.save());
    } catch (unsaved) {
      this.context.progress.say(
        `warning: could not note in the journal why the ${this.#operation.verb} failed: ${inOneLine(unsaved)}`,
      );
    }
  }

  /**
   * Stops if somebody else has changed the manifests since this run wrote them: plain kOps takes no lock, and a change
   * that nobody has seen must not be applied.
   */
  async assertManifests(): Promise<void> {
    this.#lock.assertHeld();
    const { store, inputs } = this.context;
    const now = await manifestEtags(store, inputs.name);
    const then = this.journal.written?.etags ?? {};
    const changed = [...new Set([...Object.keys(now), ...Object.keys(then)])].filter((key) => now[key] !== then[key]);
    if (changed.length === 0) return;
    throw new LockedError({
      what: `The manifests of cluster ${inputs.name} were changed by somebody else while this run worked`,
      why: `changed in ${store.url}: ${changed.join(", ")}`,
      next: "run `pulumi preview --refresh` to see the difference, then `pulumi up` again",
    });
  }
}

/**
 * Runs one operation under the cluster's lock. Losing the lock and the time-out of the verb (`timeouts`, counted from
 * here) stop kOps and all other work at once. Whatever fails, the journal tells how far the operation came. `command`:
 * the command that runs it in place of Pulumi.
 */
export async function runOperation<T>(
  inputs: KopsClusterInputs,
  verb: RecordedOperation["verb"],
  signal: AbortSignal,
  work: (operation: Operation) => Promise<T>,
  command?: Command,
): Promise<T> {
  const waits: RecordedWait[] = [];
  const progress = {
    ...consoleProgress(inputs.name, Date.now),
    waits: recordWaits(waits, () => new Date().toISOString()),
  };
  const store = openStore(inputs.stateStore, inputs);
  let reached = (): string => "it waited for the cluster's lock";
  const deadline = startDeadline(inputs, verb, () => reached());
  const stop = AbortSignal.any([signal, deadline.signal]);
  try {
    const timeout = milliseconds(inputs.timeouts?.lock ?? lockTimeout);
    const lock = await acquireLock({
      store,
      cluster: inputs.name,
      owner: inputs.owner,
      operation: command?.verb ?? verb,
      timeout,
      signal: stop,
      progress,
    });
    try {
      await endOrphans(inputs, progress);
      return await withContext(
        inputs,
        verb,
        AbortSignal.any([stop, lock.signal]),
        async (context) => {
          const confirm = (journal: Journal | undefined): Promise<Caller> =>
            confirmAccount(inputs.name, inputs, journal);
          const operation = await Operation.begin(context, verb, lock, { confirm, waits, command });
          reached = () => operation.reached;
          try {
            const result = await work(operation);
            await lastAct(() => operation.record.end());
            return result;
          } catch (thrown) {
            const error = reasonBehind(thrown, context.signal);
            await operation.failed(error);
            await lastAct(() => operation.record.end(error));
            throw error;
          }
        },
        lock.lease,
      );
    } finally {
      await lastAct(() => lock.release());
    }
  } catch (thrown) {
    throw reasonBehind(thrown, stop);
  } finally {
    deadline.end();
  }
}
