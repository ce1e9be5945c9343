import { z } from "zod";
import { checkInputs } from "./check/check.ts";
import type { Failure } from "./check/check.ts";
import { difference, inputsIn, isDifferent, isMetadataOnly } from "./plan/diff.ts";
import type { Difference } from "./plan/diff.ts";
import { watchEngine } from "./run/engine.ts";
import { ExplainedError, messageOf } from "./errors.ts";
import { checkExistence } from "./check/existence.ts";
import { kopsClusterInputs } from "./inputs.ts";
import type { KopsClusterInputs } from "./inputs.ts";
import { readJournal } from "./store/journal.ts";
import { knownOutputs } from "./plan/known.ts";
import { knownKey } from "./plan/known-key.ts";
import { oneWayRefusals } from "./check/one-way.ts";
import type { KopsClusterOutputs } from "./outputs.ts";
import { newClusterLines } from "./plan/plan.ts";
import { documentLines, documentOf } from "./plan/plan-document.ts";
import type { PlanFacts } from "./plan/plan-document.ts";
import { consoleProgress } from "./run/progress.ts";
import { secretLines } from "./secrets/secret-values.ts";
import { upgradeState } from "./store/state-version.ts";
import { openStore } from "./store/store.ts";
import { strangerOf } from "./store/stranger.ts";
import { hasUnknown } from "./check/unknown.ts";
import { asksForAnotherMinor } from "./check/upgrades.ts";
import type { RunningVersions } from "./check/upgrades.ts";

/*
 * The implementation behind the shim (`shim.ts`), by Pulumi's verbs. This path, `providers/kops/provider.ts`, and the
 * names exported here are stored in the state of every cluster: they stay as they are for ever.
 *
 * What only some verbs need is imported when it is needed: a preview without a change, the most frequent of all, must
 * not wait for clients of Kubernetes and Auto Scaling.
 */

type State = Record<string, unknown>;

// Lines on standard error become warnings of the stack, at every run; which node is supported is said in package.json.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** The engine never cancels a verb of a dynamic provider: it is stopped with its process, or when the engine is gone. */
const engine = watchEngine();

/** Without Pulumi's own keys and ours, which begin with two underscores in both. */
function given(props: State): State {
  return Object.fromEntries(Object.entries(props).filter(([name]) => !name.startsWith("__")));
}

function parse(props: State): KopsClusterInputs {
  return kopsClusterInputs.parse(inputsIn(props));
}

/** As Pulumi takes it: a property that is not there is left out. Its protocol has no word for `undefined`, and would fail. */
function wire(props: object): State {
  return JSON.parse(JSON.stringify(props)) as State;
}

/** Runs a verb. Pulumi prints the stack of what it throws; of an error that explains itself it says nothing more. */
async function perform<T>(verb: () => Promise<T>): Promise<T> {
  try {
    return await engine.during(verb);
  } catch (error) {
    if (error instanceof ExplainedError) error.stack = "";
    throw error;
  }
}

export function check(olds: State, news: State): Promise<{ inputs: State; failures: Failure[] }> {
  return perform(async () => {
    const isNew = Object.keys(olds).length === 0;
    const old = isNew ? undefined : given(olds);
    const wrong = checkInputs(given(news), old, old && (await runningVersions(old, given(news))));
    const failures = [...wrong, ...(await absent(old, given(news)))];
    // Of a new resource the engine asks for no diff: here is the only place where its plan can be shown.
    if (isNew && failures.length === 0) failures.push(...(await showNew(given(news))));
    return { inputs: failures.length === 0 ? await withKnown(news, isNew) : news, failures };
  });
}

/** What the inputs refer to and AWS does not have. What could not be looked up is said, and fails nothing. */
async function absent(old: State | undefined, wanted: State): Promise<Failure[]> {
  const { failures, notChecked } = await checkExistence(old, wanted);
  const progress = consoleProgress(typeof wanted["name"] === "string" ? wanted["name"] : "cluster", Date.now);
  if (notChecked.length > 0) progress.say(`not checked whether they exist: ${notChecked.join("; ")}`);
  return failures;
}

/** The inputs with what is known of the outputs that an update would give, for previews (`known.ts`). */
async function withKnown(news: State, isNew: boolean): Promise<State> {
  const wanted = given(news);
  if (hasUnknown(wanted)) return news;
  const inputs = parse(wanted);
  // The state store of a new cluster may be made in the same `up`.
  const journal = isNew ? undefined : await readJournal(openStore(inputs.stateStore, inputs), inputs.name);
  return { ...news, [knownKey]: knownOutputs(inputs, journal) };
}

const { name, stateStore, region, profile, assumeRole } = kopsClusterInputs.shape;
const lastSeat = z.object({ name, stateStore, region, profile, assumeRole });

/** What the cluster may still run, looked up only where a change of the Kubernetes minor must know it. */
async function runningVersions(old: State, wanted: State): Promise<RunningVersions | undefined> {
  if (!asksForAnotherMinor(old, wanted)) return undefined;
  // Where the last run was: what is wanted now may be malformed, and is refused with all else that is wrong.
  const { success, data: seat } = lastSeat.safeParse(old);
  return success ? (await readJournal(openStore(seat.stateStore, seat), seat.name))?.running : undefined;
}

/** Shows the plan of a resource that is new to Pulumi. A failure: the cluster exists, and is somebody else's. */
async function showNew(wanted: State): Promise<Failure[]> {
  if (hasUnknown(wanted)) {
    const { name, instanceGroups } = wanted;
    const progress = consoleProgress(typeof name === "string" ? name : "new cluster", Date.now);
    for (const line of newClusterLines(instanceGroups)) progress.say(`plan: ${line}`);
    return [];
  }
  const inputs = parse(wanted);
  const store = openStore(inputs.stateStore, inputs);
  const stranger = await strangerOf(store, inputs, await readJournal(store, inputs.name));
  if (stranger !== undefined && inputs.adopt !== true) {
    return [{ property: "name", reason: `cluster ${inputs.name} exists in ${inputs.stateStore}, and ${stranger}: choose another name, or set \`adopt: true\` on the cluster to take it over` }];
  }
  await showPlan(inputs, { old: undefined, difference: undefined }, { stranger });
  return [];
}

/** What a plan says beside its document. */
interface Beside {
  /** What an `up` would be refused for. */
  refused?: readonly Failure[];
  /** Whose the cluster was that is taken over. */
  stranger?: string | undefined;
}

async function showPlan(inputs: KopsClusterInputs, change: Pick<PlanFacts, "old" | "difference">, { refused = [], stranger }: Beside = {}): Promise<void> {
  const [{ atDesk }, { planFor, lookAhead }, { handOut }, { adoptionLines }] = await Promise.all([
    import("./run/session.ts"),
    import("./plan/preview.ts"),
    import("./plan/reviewed-plan.ts"),
    import("./converge/adopt.ts"),
  ]);
  await atDesk(inputs, "plan", engine.signal, async (desk) => {
    const planned = await planFor(desk);
    if (planned.alreadyShown) return;
    const document = await lookAhead(desk, planned, change, { asksApi: true });
    for (const line of document.toBeFinished) desk.progress.say(`to be finished: ${line}`);
    for (const { property, reason } of refused) desk.progress.say(`an up would be refused: ${property} ${reason}`);
    const adoption = stranger === undefined ? [] : adoptionLines(stranger, planned.plan);
    for (const line of [...adoption, ...secretLines(change.old, inputs), ...documentLines(document)]) desk.progress.say(`plan: ${line}`);
    await handOut(document, desk.env);
    await planned.shown();
  });
}

export function diff(_id: string, olds: State, news: State): Promise<{ changes: boolean }> {
  return perform(() => decide(olds, news));
}

async function decide(olds: State, news: State): Promise<{ changes: boolean }> {
  const wanted = given(news);
  if (hasUnknown(wanted)) return { changes: true };
  const inputs = parse(wanted);
  const old = upgradeState(given(olds));
  const journal = await readJournal(openStore(inputs.stateStore, inputs), inputs.name);
  const found = difference(inputs, old, journal);
  if (!isDifferent(found)) return { changes: false };
  if (isMetadataOnly(found, inputs, journal)) await showMetadata(inputs, found);
  // Not a failure of check, which sees only what Pulumi last saw succeed, nor one of diff, which would hide other previews.
  else await showPlan(inputs, { old, difference: found }, { refused: oneWayRefusals(inputs, journal?.told) });
  return { changes: true };
}

/** Only the way to the next change is another: no kOps is asked what it would do. */
async function showMetadata(inputs: KopsClusterInputs, found: Difference): Promise<void> {
  const empty = { create: [], modify: [], remove: [], prune: [], rolls: [], leaves: [] };
  const document = documentOf({ inputs, old: undefined, difference: found, plan: empty, sizes: {}, api: undefined, now: new Date() });
  const progress = consoleProgress(inputs.name, Date.now);
  for (const line of documentLines(document)) progress.say(`plan: ${line}`);
  const { handOut } = await import("./plan/reviewed-plan.ts");
  await handOut(document, process.env);
}

/** An error that carries what is known, so that Pulumi keeps the resource and calls update the next time. */
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

/** Without an old state, a create. */
async function upsert(props: State, old?: State): Promise<State> {
  const inputs = parse(given(props));
  const [{ operate }, { converge }, { settledOutputs }, { refuseSurplus }] = await Promise.all([
    import("./run/session.ts"),
    import("./converge/converge.ts"),
    import("./converge/settled.ts"),
    import("./plan/preview.ts"),
  ]);
  const outputs = await operate(inputs, old ? "update" : "create", engine.signal, async (operating) => {
    const settled = old && (await settledOutputs(operating, upgradeState(given(old))));
    if (settled) return settled;
    await refuseSurplus(operating.desk);
    return await converge(operating);
  });
  return wire({ ...inputs, ...outputs });
}

/** What is known of a cluster whose operation failed: the copy of the journal's conditions, and no digest, so that the next diff sees a change. */
async function unfinishedState(props: State): Promise<State> {
  const inputs = parse(given(props));
  const journal = await readJournal(openStore(inputs.stateStore, inputs), inputs.name);
  return { ...props, conditions: journal?.conditions ?? [], appliedDigest: journal?.applied?.digest ?? "" };
}

export async function create(props: State): Promise<{ id: string; outs: State }> {
  const inputs = parse(given(props));
  try {
    return { id: inputs.name, outs: await perform(() => upsert(props)) };
  } catch (error) {
    // Nothing was begun: nothing is to be remembered.
    const journal = await readJournal(openStore(inputs.stateStore, inputs), inputs.name);
    if (journal?.owner !== inputs.owner) throw error;
    throw new UnfinishedError(inputs.name, await unfinishedState(props), error);
  }
}

export async function update(id: string, olds: State, news: State): Promise<{ outs: State }> {
  try {
    return { outs: await perform(() => upsert(news, olds)) };
  } catch (error) {
    const inputs = parse(given(news));
    // Refused before its first step, it changed nothing: the state stays that of before.
    const journal = await readJournal(openStore(inputs.stateStore, inputs), inputs.name);
    if (journal?.operation === undefined) throw error;
    throw new UnfinishedError(id, { ...upgradeState(given(olds)), ...(await unfinishedState(news)) }, error);
  }
}

export async function read(id: string, props: State): Promise<{ id: string; props: State; inputs?: State }> {
  const state = upgradeState(given(props));
  const { readCluster } = await import("./observe/read.ts");
  const found = await perform(() => readCluster(parse(state), state as unknown as KopsClusterOutputs, engine.signal));
  if (!found) return { id: "", props: {} };
  // Inputs last: of the outputs, some are the old state's, which holds the inputs of then, and would hide what was edited.
  return { id, props: wire({ ...found.outputs, ...found.inputs }), inputs: wire(found.inputs) };
}

async function remove(_id: string, props: State): Promise<void> {
  const { deleteCluster } = await import("./delete/delete.ts");
  await perform(() => deleteCluster(parse(given(props)), engine.signal));
}
export { remove as delete };
