import { z } from "zod";
import { messageOf } from "../errors.ts";
import { kopsClusterInputs } from "../inputs.ts";
import type { KopsClusterInputs } from "../inputs.ts";
import { difference, inputsIn, isDifferent, isMetadataOnly } from "../plan/diff.ts";
import { knownOutputs } from "../plan/known.ts";
import { knownKey } from "../plan/known-key.ts";
import { newClusterLines } from "../plan/new-cluster.ts";
import { makeSurePlan, showPlan } from "../plan/show-plan.ts";
import { consoleProgress } from "../run/progress.ts";
import { readJournal } from "../store/journal.ts";
import type { Journal } from "../store/journal.ts";
import { openStore } from "../store/store.ts";
import { strangerOf } from "../store/stranger.ts";
import { seenIn } from "../observe/seen-key.ts";
import { checkInputs } from "./check.ts";
import { checkExistence } from "./existence.ts";
import { oneWayRefusals } from "./one-way.ts";
import { refusedKey } from "./refused.ts";
import type { Failure } from "./refusals.ts";
import { hasUnknown, unknownPaths } from "./unknown.ts";
import { asksForAnotherMinor } from "./upgrades.ts";
import type { RunningVersions } from "./upgrades.ts";

type State = Record<string, unknown>;

/** Without Pulumi's own keys and ours, which begin with two underscores in both. */
export function given(props: State): State {
  return Object.fromEntries(Object.entries(props).filter(([name]) => !name.startsWith("__")));
}

/** Inputs that check has let through, as they are. */
export function parseInputs(props: State): KopsClusterInputs {
  return kopsClusterInputs.parse(inputsIn(props));
}

/**
 * The wanted inputs with what the rest of a run needs to know of them: why an `up` would be refused ({@link refusedKey}),
 * and what is known of its outputs beforehand ({@link knownKey}). Nothing thrown while this was found out ends the verb:
 * that a plan cannot be made is a refusal like all others.
 */
export async function judge(olds: State, news: State, signal: AbortSignal): Promise<State> {
  const wanted = given(news);
  const old = Object.keys(olds).length === 0 ? undefined : given(olds);
  try {
    const wrong = [...checkInputs(wanted, old, old && (await runningVersions(old, wanted))), ...(await absent(old, wanted))];
    if (wrong.length > 0) return withRefused(news, wrong);
    if (hasUnknown(wanted)) {
      showWithUnknown(wanted, old === undefined);
      return news;
    }
    return old ? await judgeChange(olds, news, signal) : await judgeNew(news, signal);
  } catch (error) {
    // The engine is gone: nobody reads what this says.
    signal.throwIfAborted();
    return withRefused(news, [{ property: "", reason: messageOf(error) }]);
  }
}

function withRefused(inputs: State, refused: readonly Failure[]): State {
  return refused.length === 0 ? inputs : { ...inputs, [refusedKey]: refused };
}

/** What the inputs refer to and AWS does not have. What could not be looked up is said, and fails nothing. */
async function absent(old: State | undefined, wanted: State): Promise<Failure[]> {
  const { failures, notChecked } = await checkExistence(old, wanted);
  if (notChecked.length > 0) progressOf(wanted).say(`not checked whether they exist: ${notChecked.join("; ")}`);
  return failures;
}

function progressOf({ name }: State): ReturnType<typeof consoleProgress> {
  return consoleProgress(typeof name === "string" ? name : "cluster", Date.now);
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

function showWithUnknown(wanted: State, isNew: boolean): void {
  const lines = isNew ? newClusterLines(wanted) : [`what changes in the cloud and which nodes roll cannot be told before this is known: ${unknownPaths(wanted).join(", ")}`];
  for (const line of lines) progressOf(wanted).say(`plan: ${line}`);
}

/** Of a resource that is new to Pulumi the engine asks for no diff: here is the only place where its plan can be shown. */
async function judgeNew(news: State, signal: AbortSignal): Promise<State> {
  const inputs = parseInputs(given(news));
  const store = openStore(inputs.stateStore, inputs);
  const stranger = await strangerOf(store, inputs, await readJournal(store, inputs.name));
  if (stranger !== undefined && inputs.adopt !== true) {
    const reason = `cluster ${inputs.name} exists in ${inputs.stateStore}, and ${stranger}: choose another name, or set \`adopt: true\` on the cluster to take it over`;
    return withRefused(news, [{ property: "name", reason }]);
  }
  await showPlan(inputs, { old: undefined, difference: undefined }, signal, stranger);
  // Of a cluster that is not this stack's yet the journal is another's.
  return { ...news, [knownKey]: knownOutputs(inputs, undefined) };
}

/**
 * A change of a cluster that Pulumi knows. Its plan is made here, where a failure stays its own, and shown by diff, which
 * knows the old outputs and finds the plan in the cache. Where a change is seen by diff alone (the state was edited by
 * hand), diff makes the plan.
 */
async function judgeChange(olds: State, news: State, signal: AbortSignal): Promise<State> {
  const inputs = parseInputs(given(news));
  const journal = await readJournal(openStore(inputs.stateStore, inputs), inputs.name);
  const known = { ...news, [knownKey]: knownOutputs(inputs, journal) };
  const found = difference(inputs, { ...inputsIn(given(olds)), ...lastSeen(olds, journal) }, journal);
  if (!isDifferent(found) || isMetadataOnly(found, inputs, journal)) return known;
  // By what the cloud was last told, which Pulumi's inputs may not know of: the last update may have failed half-way.
  const refused = oneWayRefusals(inputs, journal?.told);
  if (refused.length > 0) return withRefused(news, refused);
  await makeSurePlan(inputs, signal);
  return known;
}

/** Conditions and digest as the state has them, as far as check can know: of what a refresh found, else of the last operation. */
function lastSeen(olds: State, journal: Journal | undefined): Pick<Parameters<typeof difference>[1], "conditions" | "appliedDigest"> {
  return { conditions: seenIn(olds) ?? journal?.conditions ?? [], appliedDigest: journal?.applied?.digest ?? "" };
}
