import { given, checkDesired, parseInputs } from "./check/check.ts";
import { failIfRefused, refusedIn, seenKey } from "./model/hidden-inputs.ts";
import { hasUnknown } from "./model/unknown.ts";
import { lastAct } from "./operation/deadline.ts";
import { isReady } from "./model/conditions.ts";
import { ExplainedError, inOneLine, messageOf } from "./model/errors.ts";
import type { KopsClusterInputs } from "./model/inputs.ts";
import type { KopsClusterOutputs } from "./model/outputs.ts";
import { difference, isDifferent, isMetadataOnly, withLastApplied } from "./plan/diff.ts";
import { showMetadata, showPlan } from "./plan/print/print-plan.ts";
import { watchEngine } from "./runtime/engine.ts";
import { consoleProgress } from "./runtime/progress.ts";
import type { Operation } from "./operation/operation.ts";
import { readJournal } from "./store/journal.ts";
import type { Journal } from "./store/journal.ts";
import { openStore } from "./store/object-store.ts";
import { upgradeState } from "./model/outputs.ts";
import { withoutTags } from "./model/pulumi-colors.ts";
import type { Failure } from "./model/hidden-inputs.ts";

/*
 * The implementation behind the shim (`shim.ts`), one function for each of Pulumi's verbs. The state of every cluster
 * holds this path, `providers/kops/provider.ts`, and these exported names: they never change.
 *
 * What only some verbs need is imported when needed: a preview without a change, the most frequent one, must not wait
 * for the clients of Kubernetes and Auto Scaling.
 */

type State = Record<string, unknown>;

// Pulumi shows lines on standard error as warnings of every run. package.json names the supported Node.js versions.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** Pulumi never cancels a verb of a dynamic provider. It ends with its process, or when the engine is gone. */
const engine = watchEngine();

/** Leaves out undefined properties: Pulumi's protocol cannot express `undefined`. */
function wire(props: object): State {
  return JSON.parse(JSON.stringify(props)) as State;
}

/**
 * Runs a verb. Pulumi prints the stack of a thrown error, and an error that explains itself needs none; and it takes
 * tags in a message for colours.
 */
async function perform<T>(verb: () => Promise<T>): Promise<T> {
  try {
    return await engine.during(verb);
  } catch (error) {
    if (error instanceof ExplainedError) error.stack = "";
    if (error instanceof Error) error.message = withoutTags(error.message);
    throw error;
  }
}

export function check(olds: State, news: State): Promise<{ inputs: State; failures: Failure[] }> {
  // Never a failure: it would end the previews and updates of all other clusters (hidden-inputs.ts).
  return perform(async () => ({ inputs: await checkDesired(upgradeState(olds), news, engine.signal), failures: [] }));
}

export function diff(_id: string, olds: State, news: State): Promise<{ changes: boolean }> {
  return perform(() => decide(olds, news));
}

async function decide(olds: State, news: State): Promise<{ changes: boolean }> {
  const desired = given(news);
  // A refused cluster must reach its update, which reports the refusal. Its inputs may be malformed.
  if (hasUnknown(desired) || refusedIn(news).length > 0) return { changes: true };
  const inputs = parseInputs(desired);
  const journal = await readJournal(openStore(inputs.stateStore, inputs), inputs.name);
  const old = withLastApplied(upgradeState(given(olds)), journal);
  const found = difference(inputs, old, journal);
  if (!isDifferent(found)) return { changes: false };
  if (isMetadataOnly(found, inputs, journal)) await showMetadata(inputs, found);
  else await showPlan(inputs, { old, difference: found }, engine.signal);
  return { changes: true };
}

/** Carries what is known, so that Pulumi keeps the resource and calls update the next time. */
class UnfinishedError extends Error {
  override readonly name = "UnfinishedError";
  readonly id: string;
  readonly properties: State;
  readonly reasons: string[];

  constructor(id: string, properties: State, cause: unknown) {
    super(messageOf(cause), { cause });
    this.id = id;
    this.properties = properties;
    this.reasons = [messageOf(cause)];
  }
}

/** A running create or update. */
interface Run {
  operation?: Operation;
}

/** Create and update; a create has no old state. */
async function upsert(run: Run, props: State, old?: State): Promise<State> {
  const inputs = parseInputs(given(props));
  const [{ runOperation }, { converge }, { metadataOnlyOutputs }, { refuseUnreviewed }] = await Promise.all([
    import("./operation/operation.ts"),
    import("./converge/converge.ts"),
    import("./converge/metadata-only.ts"),
    import("./plan/document/reviewed-plan.ts"),
  ]);
  const outputs = await runOperation(inputs, old ? "update" : "create", engine.signal, async (operation) => {
    run.operation = operation;
    const unchanged = old && (await metadataOnlyOutputs(operation, upgradeState(given(old))));
    if (unchanged) return unchanged;
    const reviewed = await refuseUnreviewed(operation.context);
    if (reviewed !== undefined) operation.record.planned({ reviewed });
    return await converge(operation);
  });
  return wire({ ...inputs, ...outputs });
}

/**
 * The journal after a failure. If the store does not answer, the journal of the run itself, once a step has begun: the
 * original error must stay visible, and Pulumi must not forget a cluster that was begun.
 */
async function journalAfter({ operation }: Run, inputs: KopsClusterInputs): Promise<Journal | undefined> {
  try {
    return await lastAct(() => readJournal(openStore(inputs.stateStore, inputs), inputs.name));
  } catch (error) {
    consoleProgress(inputs.name, Date.now).say(
      `warning: could not read the journal after the failure: ${inOneLine(error)}`,
    );
    return operation?.begun === true ? operation.journal : undefined;
  }
}

/**
 * The state after a failed operation: the journal's conditions, and the digest last applied, so that diff sees a
 * change.
 */
function unfinishedState(props: State, journal: Journal): State {
  return { ...props, conditions: journal.conditions, appliedDigest: journal.applied?.digest ?? "" };
}

export async function create(props: State): Promise<{ id: string; outs: State }> {
  await perform(() => failIfRefused(props));
  const inputs = parseInputs(given(props));
  const run: Run = {};
  try {
    return { id: inputs.name, outs: await perform(() => upsert(run, props)) };
  } catch (error) {
    // Nothing was begun, so Pulumi need not keep the resource.
    const journal = await journalAfter(run, inputs);
    if (journal?.owner !== inputs.owner) throw error;
    throw new UnfinishedError(inputs.name, unfinishedState(props, journal), error);
  }
}

export async function update(id: string, olds: State, news: State): Promise<{ outs: State }> {
  await perform(() => failIfRefused(news));
  const run: Run = {};
  try {
    return { outs: await perform(() => upsert(run, news, olds)) };
  } catch (error) {
    // Refused before its first step, it changed nothing: the old state stays.
    const journal = await journalAfter(run, parseInputs(given(news)));
    if (journal?.operation === undefined) throw error;
    throw new UnfinishedError(id, { ...upgradeState(given(olds)), ...unfinishedState(news, journal) }, error);
  }
}

export async function read(id: string, props: State): Promise<{ id: string; props: State; inputs?: State }> {
  const state = upgradeState(given(props));
  const { readCluster } = await import("./observe/read.ts");
  const found = await perform(() =>
    readCluster(parseInputs(state), state as unknown as KopsClusterOutputs, engine.signal),
  );
  if (!found) return { id: "", props: {} };
  // Inputs last: the outputs include the old state's inputs, which would hide edits.
  const seen = isReady(found.outputs.conditions) ? {} : { [seenKey]: found.outputs.conditions };
  return { id, props: wire({ ...found.outputs, ...found.inputs }), inputs: wire({ ...found.inputs, ...seen }) };
}

async function remove(_id: string, props: State): Promise<void> {
  const { deleteCluster } = await import("./delete/delete.ts");
  await perform(() => deleteCluster(parseInputs(upgradeState(given(props))), engine.signal));
}
export { remove as delete };
