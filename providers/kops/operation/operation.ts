import { randomUUID } from "node:crypto";
import { foreignOwnerOf } from "../store/foreign-owner.ts";
import { openConnection } from "../access/index.ts";
import { withOwnAssets } from "../kops-cli/asset-url.ts";
import { kopsBinary } from "../kops-cli/binary.ts";
import { updateConditions } from "../model/conditions.ts";
import type { Finding } from "../model/conditions.ts";
import { reasonBehind, startDeadline } from "./deadline.ts";
import { milliseconds } from "../model/durations.ts";
import { endingWith } from "../runtime/ending.ts";
import { ConfigError, LockedError, inOneLine, messageOf, namingLog } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { OwnJournal, findJournal, unfinished } from "../store/journal.ts";
import type { Journal, RecordedOperation } from "../store/journal.ts";
import { kopsEnvironment } from "../kops-cli/environment.ts";
import { withHeartbeat } from "../runtime/heartbeat.ts";
import { followReplacedNodes } from "../kops-cli/output/nodes-replaced.ts";
import { Kops } from "../kops-cli/kops.ts";
import { serveCredentialsToKops } from "../kops-cli/credentials.ts";
import { acquireLock } from "../store/lock.ts";
import type { Lease, Lock } from "../store/lock.ts";
import { openLog } from "../runtime/log.ts";
import type { RunLog } from "../runtime/log.ts";
import { endOrphans, markOf } from "../runtime/orphans.ts";
import { stoppingHint } from "../store/pause.ts";
import { consoleProgress } from "../runtime/progress.ts";
import type { Progress } from "../runtime/progress.ts";
import { withScratch } from "../runtime/scratch.ts";
import { kopsKeysOf } from "../store/places.ts";
import { areAsWritten, isWhole, stillDone } from "../store/resume.ts";
import { desiredSpec, digestOf } from "../model/spec.ts";
import { manifestEtags } from "../store/manifests.ts";
import { sensitivePieces } from "../model/secrets.ts";
import { openAs, refuseMoved } from "../move/guard.ts";
import { openStore } from "../store/store.ts";
import type { ObjectStore } from "../store/store.ts";
import { runningAfter } from "../model/versions.ts";
import { readRollLine } from "../kops-cli/output/rolling-update.ts";

/** What every look at a cluster needs: its store, a kOps of the right version, a private folder and a log. */
export interface OperationContext {
  readonly inputs: KopsClusterInputs;
  readonly store: ObjectStore;
  readonly kops: Kops;
  /** Private (0700), gone when the verb ends. */
  readonly folder: string;
  readonly progress: Progress;
  readonly log: RunLog;
  /** Called with each line of the log, kOps's output among them. */
  readonly listeners: Set<(line: string) => void>;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}

/** How long a run waits for another that holds the cluster, unless `timeouts.lock` says otherwise. */
const lockTimeout = "15m";

/**
 * Opens a context for one verb and clears it away afterwards. Locks nothing; kOps ends with the lease of the lock it works
 * under. From when the log is open, whatever ends the verb names it.
 */
export async function withContext<T>(
  inputs: KopsClusterInputs,
  verb: string,
  signal: AbortSignal,
  use: (context: OperationContext) => Promise<T>,
  lease?: Lease,
): Promise<T> {
  const env = process.env;
  const heartbeat = withHeartbeat(consoleProgress(inputs.name, Date.now));
  const { progress } = heartbeat;
  const listeners = new Set<(line: string) => void>([
    (line) => {
      heartbeat.hear(line);
    },
  ]);
  try {
    const binary = await kopsBinary(inputs.kopsVersion, env);
    return await withScratch(async (folder) => {
      const file = await openLog(inputs.name, verb, env, sensitivePieces(inputs.secrets));
      return await endingWith(
        { what: `write ${file.path} to its end`, end: () => file.close() },
        progress,
        async () => {
          try {
            const lent = await serveCredentialsToKops(inputs, folder, env);
            return await endingWith(
              { what: "end the lending of credentials", end: () => lent.close() },
              progress,
              async () => {
                const log: RunLog = {
                  ...file,
                  write(line) {
                    file.write(line);
                    for (const listen of listeners) listen(line);
                  },
                };
                const awsEnv = kopsEnvironment(withOwnAssets(env, inputs.kopsVersion), {
                  region: inputs.region,
                  folder,
                  credentials: lent.env,
                  featureFlags: inputs.featureFlags,
                });
                const mark = markOf(inputs, env);
                // What a tunnel says goes to the file alone: listeners take lines for kOps's.
                const connection = openConnection({
                  cluster: inputs.name,
                  identity: inputs,
                  folder,
                  log: file,
                  progress,
                  signal,
                  env,
                  awsEnv,
                  mark,
                  kops: () => kops,
                });
                const kops = new Kops({
                  binary,
                  cluster: inputs.name,
                  store: inputs.stateStore,
                  folder,
                  log,
                  signal,
                  env: { ...awsEnv, ...mark },
                  apiServer: async () => (await connection.access())?.server,
                  ...(lease ? { lease } : {}),
                });
                return await endingWith(
                  { what: "close the way to the API", end: () => connection.close() },
                  progress,
                  async () => {
                    const store = openStore(inputs.stateStore, inputs, env);
                    return await use({ inputs, store, kops, folder, progress, log, listeners, signal, env });
                  },
                );
              },
            );
          } catch (thrown) {
            throw namingLog(reasonBehind(thrown, signal), file.path);
          }
        },
      );
    }, env);
  } finally {
    heartbeat.stop();
  }
}

/** A cluster somebody else made, or another stack owns, is touched by none of the verbs unless `adopt` says so. */
async function refuseForeignOwner(
  context: OperationContext,
  verb: RecordedOperation["verb"],
  journal: Journal | undefined,
): Promise<string | undefined> {
  const { inputs, store } = context;
  const foreignOwner = await foreignOwnerOf(store, inputs, journal);
  if (foreignOwner === undefined || (inputs.adopt === true && verb !== "delete")) return foreignOwner;
  throw new ConfigError({
    what: `Cluster ${inputs.name} in ${inputs.stateStore} is not of this stack (${inputs.owner})`,
    why: foreignOwner,
    next:
      verb === "delete"
        ? "take it out of this stack's state with `pulumi state delete`"
        : "choose another name, or set `adopt: true` on the cluster to take it over",
  });
}

/** One operation on a cluster, under its lock and in its journal. */
export class Operation {
  readonly context: OperationContext;
  readonly digest: string;
  readonly journal: Journal;
  readonly #operation: RecordedOperation;
  readonly #lock: Lock;
  #saving: Promise<void> = Promise.resolve();
  readonly #stored: OwnJournal;
  /** The journal belongs to somebody else: another run has the lock, or wrote it. */
  #displaced = false;
  /** Steps an interrupted run after the same spec has finished, and nothing has undone. */
  readonly #finished: ReadonlySet<string>;
  /** Whose the cluster was until now, in words, when it is taken over. */
  readonly adopts: string | undefined;
  /** The operation that was found unfinished, in words. */
  readonly continues: string | undefined;
  /** Whether this run replaced a node or removed a group already: a budget lets no run end before it has. */
  progressed = false;

  private constructor(
    context: OperationContext,
    journal: Journal,
    operation: RecordedOperation,
    lock: Lock,
    finished: ReadonlySet<string>,
    continues: string | undefined,
    adopts: string | undefined,
    etag: string | undefined,
  ) {
    this.context = context;
    this.journal = journal;
    this.#stored = new OwnJournal(context.store, journal.cluster, etag);
    this.#operation = operation;
    this.#lock = lock;
    this.#finished = finished;
    this.continues = continues;
    this.adopts = adopts;
    this.digest = operation.digest;
  }

  static async begin(context: OperationContext, verb: RecordedOperation["verb"], lock: Lock): Promise<Operation> {
    const { inputs, store, progress } = context;
    const { owner } = inputs;
    const digest = digestOf(desiredSpec(inputs));
    const found = await findJournal(store, inputs.name);
    const known = found?.journal;
    await refuseMoved(store, inputs.name, known, openAs(inputs, context.env));
    const adopts = await refuseForeignOwner(context, verb, known);
    if (adopts !== undefined) progress.say(`adopts the cluster: ${adopts}`);
    const interrupted = known?.operation;
    const same = interrupted?.digest === digest && (interrupted.verb === "delete") === (verb === "delete");
    const manifests = await manifestEtags(store, inputs.name);
    const asWritten = known !== undefined && areAsWritten(known, manifests, Object.keys(inputs.instanceGroups));
    const done = stillDone(known, { verb, digest }, asWritten, kopsKeysOf(inputs.name).config in manifests);
    // A group that was removed when the run was killed, before it could say so.
    if (asWritten && known.written) known.written.etags = manifests;
    const continues = unfinished(known);
    const already = done.map(({ name }) => name).filter(isWhole);
    if (continues)
      progress.say(
        same
          ? `continues: the ${continues}${already.length > 0 ? `; done already: ${already.join(", ")}` : ""}`
          : `the ${continues}; now ${verb} with what is asked for`,
      );
    const now = new Date();
    const recorded: RecordedOperation = {
      id: randomUUID(),
      verb,
      digest,
      begun: now.toISOString(),
      steps: done,
    };
    const journal: Journal = known ?? {
      version: 1,
      cluster: inputs.name,
      owner,
      conditions: updateConditions([], [], now),
      instanceGroups: [],
    };
    journal.operation = recorded;
    journal.owner = owner;
    journal.kops = { version: inputs.kopsVersion, featureFlags: inputs.featureFlags };
    if (adopts !== undefined) journal.origin = "adopted";
    else if (known === undefined) journal.origin = "made";
    journal.identity = { region: inputs.region, profile: inputs.profile, assumeRole: inputs.assumeRole };
    if (verb !== "delete") journal.deletionProtection = inputs.deletionProtection === true;
    if (verb !== "delete") journal.workloadResources = inputs.deletion?.workloadResources;
    const operation = new Operation(
      context,
      journal,
      recorded,
      lock,
      new Set(done.map(({ name }) => name)),
      continues,
      adopts,
      found?.etag,
    );
    operation.#follow();
    return operation;
  }

  /** Notes in the journal which nodes a roll has in hand: killed there, it leaves them cordoned. */
  #follow(): void {
    const { listeners, progress, store, inputs } = this.context;
    const inHand = followReplacedNodes();
    let hinted = false;
    listeners.add((line) => {
      const event = readRollLine(line);
      if (event?.kind === "groups" && event.need > 0 && !hinted) {
        hinted = true;
        progress.say(stoppingHint(store, inputs.name));
      }
      const detail = inHand(line);
      // Without the lock the journal belongs to somebody else.
      if (detail === undefined || this.#lock.signal.aborted) return;
      for (const step of this.#operation.steps) {
        if (step.ended !== undefined) continue;
        if (detail === "") delete step.detail;
        else step.detail = detail;
      }
      this.save().catch((error: unknown) => {
        progress.say(`could not note in the journal what the roll is at: ${inOneLine(error)}`);
      });
    });
  }

  /** Whether an interrupted run after the same spec got through this step. */
  hasFinished(name: string): boolean {
    return this.#finished.has(name);
  }

  /** Whether a step was begun, by this run or an unfinished one before: from then on there is something to continue. */
  get begun(): boolean {
    return this.#operation.steps.length > 0;
  }

  /** The step under way or reached last, in words. */
  get reached(): string {
    const { steps } = this.#operation;
    const last = steps.filter((step) => step.ended === undefined).at(-1) ?? steps.at(-1);
    if (!last) return "it had not begun its first step";
    return `${last.ended === undefined ? "unfinished" : "the last finished step"}: ${last.name}, begun ${last.begun}`;
  }

  /**
   * Runs a step, with its beginning and end in the journal, unless an interrupted run has finished it and it still
   * holds.
   */
  async step(name: string, work: () => Promise<Finding[]>): Promise<void> {
    if (this.#finished.has(name) && isWhole(name)) return;
    this.#lock.assertHeld();
    this.context.signal.throwIfAborted();
    const entry: RecordedOperation["steps"][number] = { name, begun: new Date().toISOString() };
    this.#operation.steps = [...this.#operation.steps.filter((step) => step.name !== name), entry];
    await this.save();
    const findings = await work();
    entry.ended = new Date().toISOString();
    delete entry.detail;
    this.found(findings);
    await this.save();
  }

  /** Keeps what was found; it reaches the journal with the next {@link save}. */
  found(findings: Finding[]): void {
    this.journal.conditions = updateConditions(this.journal.conditions, findings, new Date());
    this.journal.running = runningAfter(
      this.journal.running,
      findings,
      this.context.inputs.cluster["kubernetesVersion"],
    );
  }

  /**
   * Writes the journal, as long as it is this run's. One after another: of two writes under way at once, the older
   * could arrive last.
   *
   * Errors: {@link LockedError} when the lock is lost, or the journal is not the one that this run read or wrote last.
   */
  save(): Promise<void> {
    return this.#onJournal(() => this.#stored.write(this.journal));
  }

  /** Removes the journal, as the last thing of a deletion. Errors: as of {@link save}. */
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
   * Leaves the operation in the journal with its error: the next run continues it. That it could not be left there is
   * said and not thrown: the error is what the person must see.
   */
  async failed(error: unknown): Promise<void> {
    // Refused before its first step, it changed nothing, and what the journal said before is still so.
    if (!this.begun) return;
    this.#operation.error = messageOf(error);
    if (this.#displaced || this.#lock.signal.aborted) return;
    try {
      await this.save();
    } catch (unsaved) {
      this.context.progress.say(
        `warning: could not note in the journal why the ${this.#operation.verb} failed: ${inOneLine(unsaved)}`,
      );
    }
  }

  /**
   * Stops unless the manifests are still those that this run wrote: plain kOps takes no lock, and what somebody wrote
   * by hand meanwhile must not be applied unseen.
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
 * Runs one operation under the cluster's lock. The lock's loss and the verb's time-out (`timeouts`, counted from here
 * on) stop kOps and everything else at once. Whatever goes wrong, the journal says how far it came.
 */
export async function runOperation<T>(
  inputs: KopsClusterInputs,
  verb: RecordedOperation["verb"],
  signal: AbortSignal,
  work: (operation: Operation) => Promise<T>,
): Promise<T> {
  const progress = consoleProgress(inputs.name, Date.now);
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
      operation: verb,
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
          const operation = await Operation.begin(context, verb, lock);
          reached = () => operation.reached;
          try {
            return await work(operation);
          } catch (thrown) {
            const error = reasonBehind(thrown, context.signal);
            await operation.failed(error);
            throw error;
          }
        },
        lock.lease,
      );
    } finally {
      await lock.release();
    }
  } catch (thrown) {
    throw reasonBehind(thrown, stop);
  } finally {
    deadline.end();
  }
}
