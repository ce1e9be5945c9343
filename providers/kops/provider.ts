import { z } from "zod";
import { checkInputs } from "./check.ts";
import type { Failure } from "./check.ts";
import { difference, inputsIn, isDifferent } from "./diff.ts";
import { watchEngine } from "./engine.ts";
import { ExplainedError, messageOf } from "./errors.ts";
import { checkExistence } from "./existence.ts";
import { heldBackLines } from "./held-back.ts";
import { kopsClusterInputs } from "./inputs.ts";
import type { KopsClusterInputs } from "./inputs.ts";
import { readJournal } from "./journal.ts";
import { oneWayRefusals } from "./one-way.ts";
import type { KopsClusterOutputs } from "./outputs.ts";
import { newClusterLines, planLines } from "./plan.ts";
import { consoleProgress } from "./progress.ts";
import { secretLines } from "./secret-values.ts";
import { openStore } from "./store.ts";
import { strangerOf } from "./stranger.ts";
import { hasUnknown } from "./unknown.ts";
import { asksForAnotherMinor, upgradeLines } from "./upgrades.ts";
import type { RunningVersions } from "./upgrades.ts";

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

/** Pulumi's own key in inputs and outputs of a dynamic resource: the text of the shim. */
const providerKey = "__provider";

/** The engine never cancels a verb of a dynamic provider: it is stopped with its process, or when the engine is gone. */
const engine = watchEngine();

function given(props: State): State {
  return Object.fromEntries(Object.entries(props).filter(([name]) => name !== providerKey));
}

function parse(props: State): KopsClusterInputs {
  return kopsClusterInputs.parse(inputsIn(props));
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
    return { inputs: news, failures };
  });
}

/** What the inputs refer to and AWS does not have. What could not be looked up is said, and fails nothing. */
async function absent(old: State | undefined, wanted: State): Promise<Failure[]> {
  const { failures, notChecked } = await checkExistence(old, wanted);
  const progress = consoleProgress(typeof wanted["name"] === "string" ? wanted["name"] : "cluster", Date.now);
  if (notChecked.length > 0) progress.say(`not checked whether they exist: ${notChecked.join("; ")}`);
  return failures;
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
  await showPlan(inputs, [], undefined, { stranger });
  return [];
}

async function showPlan(inputs: KopsClusterInputs, open: readonly string[], old: State | undefined, { refused = [], stranger }: { refused?: readonly Failure[]; stranger?: string | undefined } = {}): Promise<void> {
  const [{ atDesk }, { planFor }, { adoptionLines }] = await Promise.all([import("./session.ts"), import("./preview.ts"), import("./adopt.ts")]);
  await atDesk(inputs, "plan", engine.signal, async (desk) => {
    const { plan, alreadyShown, shown } = await planFor(desk);
    if (alreadyShown) return;
    for (const line of open) desk.progress.say(`to be finished: ${line}`);
    for (const { property, reason } of refused) desk.progress.say(`an up would be refused: ${property} ${reason}`);
    const adoption = stranger === undefined ? [] : adoptionLines(stranger, plan);
    for (const line of [...adoption, ...upgradeLines(old, inputs), ...secretLines(old, inputs), ...planLines(plan), ...heldBackLines(inputs, plan.rolls, new Date())]) desk.progress.say(`plan: ${line}`);
    await shown();
  });
}

export function diff(_id: string, olds: State, news: State): Promise<{ changes: boolean }> {
  return perform(() => decide(olds, news));
}

async function decide(olds: State, news: State): Promise<{ changes: boolean }> {
  const wanted = given(news);
  if (hasUnknown(wanted)) return { changes: true };
  const inputs = parse(wanted);
  const journal = await readJournal(openStore(inputs.stateStore, inputs), inputs.name);
  const found = difference(inputs, given(olds), journal);
  if (!isDifferent(found)) return { changes: false };
  // Not a failure of check, which sees only what Pulumi last saw succeed, nor one of diff, which would hide other previews.
  await showPlan(inputs, found.open, given(olds), { refused: oneWayRefusals(inputs, journal?.told) });
  return { changes: true };
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

async function upsert(verb: "create" | "update", props: State): Promise<State> {
  const inputs = parse(given(props));
  const [{ operate }, { converge }] = await Promise.all([import("./session.ts"), import("./converge.ts")]);
  const outputs = await operate(inputs, verb, engine.signal, converge);
  return { ...inputs, ...outputs };
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
    return { id: inputs.name, outs: await perform(() => upsert("create", props)) };
  } catch (error) {
    // Nothing was begun: nothing is to be remembered.
    const journal = await readJournal(openStore(inputs.stateStore, inputs), inputs.name);
    if (journal?.owner !== inputs.owner) throw error;
    throw new UnfinishedError(inputs.name, await unfinishedState(props), error);
  }
}

export async function update(id: string, olds: State, news: State): Promise<{ outs: State }> {
  try {
    return { outs: await perform(() => upsert("update", news)) };
  } catch (error) {
    throw new UnfinishedError(id, { ...olds, ...(await unfinishedState(news)) }, error);
  }
}

export async function read(id: string, props: State): Promise<{ id: string; props: State; inputs?: State }> {
  const state = given(props);
  const { readCluster } = await import("./read.ts");
  const found = await perform(() => readCluster(parse(state), state as unknown as KopsClusterOutputs, engine.signal));
  if (!found) return { id: "", props: {} };
  return { id, props: { ...found.inputs, ...found.outputs }, inputs: { ...found.inputs } };
}

async function remove(_id: string, props: State): Promise<void> {
  const { deleteCluster } = await import("./delete.ts");
  await perform(() => deleteCluster(parse(given(props)), engine.signal));
}
export { remove as delete };
