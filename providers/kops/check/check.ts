import { z } from "zod";
import { inOneLine, messageOf } from "../model/errors.ts";
import { kopsClusterInputs } from "../model/inputs.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { difference, inputsIn, isDifferent, isMetadataOnly } from "../plan/diff.ts";
import { knownOutputs } from "../plan/known-outputs.ts";
import { newClusterLines } from "../plan/print/new-cluster.ts";
import { makeSureOfFields, makeSurePlan, showPlan } from "../plan/print/show-plan.ts";
import { moveFailures, openAs, sinceMoved } from "../move/guard.ts";
import { consoleProgress } from "../runtime/progress.ts";
import { readJournal } from "../store/journal.ts";
import type { Journal } from "../store/journal.ts";
import { openStore } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { checkInputs } from "../rules/check-inputs.ts";
import { checkExistence } from "../rules/lookups/existence.ts";
import { checkForeign } from "../rules/lookups/foreign-places.ts";
import { refusedKey, knownKey, seenIn } from "../model/hidden-inputs.ts";
import { hasUnknown, unknownPaths } from "../model/unknown.ts";
import { changesMinor } from "../model/versions.ts";
import type { Failure } from "../model/hidden-inputs.ts";
import { imageParameterOf } from "../model/instance-groups.ts";
import { foreignOwnerOf } from "../store/lifecycle.ts";
import { irreversibleRefusals } from "../rules/refusals.ts";

type State = Record<string, unknown>;

/** Without Pulumi's own keys and ours, which begin with two underscores in both. */
export function given(props: State): State {
  return Object.fromEntries(Object.entries(props).filter(([name]) => !name.startsWith("__")));
}

/** Inputs that check has let through, as they are. */
export function parseInputs(props: State): KopsClusterInputs {
  return kopsClusterInputs.parse(inputsIn(props));
}

/** What is found wrong. Nothing that is thrown on the way keeps the rest from being found. */
class Findings {
  readonly refused: Failure[] = [];
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(failures: readonly Failure[]): void {
    this.refused.push(
      ...failures.filter(
        (one) => !this.refused.some(({ property, reason }) => property === one.property && reason === one.reason),
      ),
    );
  }

  /**
   * By what the cloud was last told, which Pulumi's inputs may not know of: the last update may have failed half-way.
   */
  addIrreversible(desired: State, lastApplied: Journal["lastApplied"]): void {
    this.addNew(irreversibleRefusals(desired, lastApplied));
  }

  /** Of a property that is refused already, one word is enough. */
  addNew(failures: readonly Failure[]): void {
    this.add(failures.filter(({ property }) => property === "" || !this.isRefused(property)));
  }

  /** The result of a look; what it throws is a reason like all others. */
  async attempt<T>(look: () => Promise<T>): Promise<T | undefined> {
    try {
      return await look();
    } catch (error) {
      // The engine is gone: nobody reads what this says.
      this.#signal.throwIfAborted();
      this.add([{ property: "", reason: messageOf(error) }]);
      return undefined;
    }
  }

  isRefused(...properties: string[]): boolean {
    return this.refused.some(({ property }) => properties.includes(property));
  }
}

/** A cluster to be judged whose inputs are well-formed and known. */
interface Case {
  inputs: KopsClusterInputs;
  findings: Findings;
  signal: AbortSignal;
  show: boolean;
}

/**
 * The desired inputs with what the rest of a run needs to know of them: why an `up` would be refused ({@link
 * refusedKey}), and what is known of its outputs beforehand ({@link knownKey}). Nothing thrown while this was found out
 * ends the verb: that a plan cannot be made is a refusal like all others. All that can be told is told at once: also
 * what the cloud was told last, which needs the journal, and what kOps does not know, which needs kOps. `show`: whether
 * the plan of a new cluster is shown.
 */
export async function checkDesired(
  olds: State,
  news: State,
  signal: AbortSignal,
  { show = true } = {},
): Promise<State> {
  const desired = given(news);
  const findings = new Findings(signal);
  const unknown = hasUnknown(desired);
  const before = Object.keys(olds).length === 0 ? undefined : given(olds);
  const old = before && ((await findings.attempt(() => inStoreOfNow(before, desired))) ?? before);
  const seat = old && (!unknown || changesMinor(old, desired)) ? seatOf(old, desired) : undefined;
  const read =
    seat &&
    (await findings.attempt(async () => ({ journal: await readJournal(openStore(seat.stateStore, seat), seat.name) })));
  findings.add(checkInputs(desired, old, read?.journal?.running));
  const missing = (await findings.attempt(() => absent(old, desired, show))) ?? [];
  findings.add(missing);
  findings.add((await findings.attempt(() => foreign(old, desired, show))) ?? []);
  if (unknown) {
    if (show && findings.refused.length === 0) showWithUnknown(desired, old === undefined);
    return withRefused(news, findings);
  }
  const { data: inputs } = kopsClusterInputs.safeParse(inputsIn(desired));
  if (inputs === undefined) {
    // Malformed: no more can be told than what the cloud was told last.
    findings.addIrreversible(desired, read?.journal?.lastApplied);
    return withRefused(news, findings);
  }
  const one = { inputs, findings, signal, show };
  const known = await findings.attempt(async () => {
    if (!findings.isRefused("name", "stateStore")) findings.add(await ofMove(inputs, read?.journal));
    if (!old) return await checkNew(one, missing.length === 0);
    return read && (await checkChange(one, olds, read.journal));
  });
  return known && findings.refused.length === 0 ? { ...news, [knownKey]: known } : withRefused(news, findings);
}

/** The inputs of the last run, in the store that is asked for where the cluster moved there. */
async function inStoreOfNow(old: State, desired: State): Promise<State> {
  const seat = clusterSeat.safeParse(desired).data;
  return seat && !hasUnknown(seat) ? await sinceMoved(old, desired, openAs(seat)) : old;
}

/** That the cluster moved to another store, or was copied to this one and may not be worked on here. */
async function ofMove(inputs: KopsClusterInputs, read: Journal | undefined): Promise<Failure[]> {
  const store = openStore(inputs.stateStore, inputs);
  const journal = read ?? (await readJournal(store, inputs.name));
  return await moveFailures(store, inputs.name, journal, openAs(inputs));
}

function withRefused(inputs: State, { refused }: Findings): State {
  return refused.length === 0 ? inputs : { ...inputs, [refusedKey]: refused };
}

/** What the inputs refer to and AWS does not have. What could not be looked up is said, and fails nothing. */
async function absent(old: State | undefined, desired: State, show: boolean): Promise<Failure[]> {
  const { failures, notChecked } = await checkExistence(old, desired);
  if (show && notChecked.length > 0)
    progressOf(desired).say(`not checked whether they exist: ${notChecked.join("; ")}`);
  return failures;
}

/**
 * Places and names of the inputs that are another cluster's. What could not be looked at is said, and fails nothing.
 */
async function foreign(old: State | undefined, desired: State, show: boolean): Promise<Failure[]> {
  const { failures, notChecked } = await checkForeign(old, desired);
  if (show && notChecked.length > 0) progressOf(desired).say(`not checked: ${notChecked.join("; ")}`);
  return failures;
}

function progressOf({ name }: State): ReturnType<typeof consoleProgress> {
  return consoleProgress(typeof name === "string" ? name : "cluster", Date.now);
}

const { name, stateStore, region, profile, assumeRole } = kopsClusterInputs.shape;
const clusterSeat = z.object({ name, stateStore, region, profile, assumeRole });

/**
 * Where a cluster's journal is: as desired, unless that is malformed, not known yet, or (refused, too) that of another
 * cluster.
 */
function seatOf(old: State, desired: State): z.infer<typeof clusterSeat> | undefined {
  const [{ data: was }, { data: is }] = [clusterSeat.safeParse(old), clusterSeat.safeParse(desired)];
  return is && !hasUnknown(is) && (!was || (is.name === was.name && is.stateStore === was.stateStore)) ? is : was;
}

function showWithUnknown(desired: State, isNew: boolean): void {
  const lines = isNew
    ? newClusterLines(desired)
    : [
        "what changes in the cloud and which nodes roll cannot be told before this is known: " +
          unknownPaths(desired).join(", "),
      ];
  for (const line of lines) progressOf(desired).say(`plan: ${line}`);
}

/**
 * Makes sure that a plan can be made, or, where something is refused already, looks at least whether kOps knows all
 * fields. Not in another cluster's store, nor with another kOps than the one that is to be.
 */
async function askKops({ inputs, findings, signal }: Case, plan: () => Promise<void>): Promise<void> {
  if (findings.refused.length === 0) await plan();
  else if (!findings.isRefused("name", "stateStore", "owner", "kopsVersion")) await makeSureOfFields(inputs, signal);
}

/**
 * Of a resource that is new to Pulumi the engine asks for no diff: here is the only place where its plan can be shown.
 */
async function checkNew(one: Case, lacksNothing: boolean): Promise<State> {
  const { inputs, findings, signal, show } = one;
  const store = openStore(inputs.stateStore, inputs);
  const journal = await readJournal(store, inputs.name);
  const foreignOwner = await foreignOwnerOf(store, inputs, journal);
  if (foreignOwner !== undefined && inputs.adopt !== true) {
    const reason =
      `cluster ${inputs.name} exists in ${inputs.stateStore}, and ${foreignOwner}: choose another name, or set ` +
      `\`adopt: true\` on the cluster to take it over`;
    findings.add([{ property: "name", reason }]);
  } else await lookAtWhatIs(one, store, journal, foreignOwner !== undefined);
  if (foreignOwner !== undefined) await noteMovedImages(one);
  // Of a new cluster kOps looks its VPC up already when it writes the manifest.
  if (lacksNothing)
    await askKops(one, () =>
      show
        ? showPlan(inputs, { old: undefined, difference: undefined }, signal, foreignOwner)
        : makeSurePlan(inputs, signal, true),
    );
  // Of a cluster that is not this stack's yet the journal is another's.
  return knownOutputs(inputs, undefined);
}

/** Parameters of images that moved: no change of anybody's here, and none is made, but it is said. */
async function noteMovedImages({ inputs, findings }: Case): Promise<void> {
  if (
    findings.isRefused("name", "stateStore") ||
    !Object.values(inputs.instanceGroups).some((group) => imageParameterOf(group) !== undefined)
  )
    return;
  const { movedNotices } = await import("../plan/images.ts");
  const say = (line: string): void => {
    progressOf(inputs).say(line);
  };
  try {
    for (const line of await movedNotices(openStore(inputs.stateStore, inputs), inputs)) say(line);
  } catch (error) {
    say(`not checked whether parameters of images moved: ${inOneLine(error)}`);
  }
}

/** What is refused by what lies in the store and runs in the cloud, beside what the inputs alone tell. */
async function lookAtWhatIs(
  { inputs, findings }: Case,
  store: ObjectStore,
  journal: Journal | undefined,
  adopts: boolean,
): Promise<void> {
  const { refusedByObserved } = await import("./preflight.ts");
  const attempt = async (look: () => Promise<void>): Promise<void> => {
    await findings.attempt(look);
  };
  await refusedByObserved({ inputs, store }, journal, adopts, attempt, (failures) => {
    findings.addNew(failures);
  });
}

/**
 * A change of a cluster that Pulumi knows. Its plan is made here, where a failure stays its own, and shown by diff,
 * which knows the old outputs and finds the plan in the cache. Where a change is seen by diff alone (the state was
 * edited by hand), diff makes the plan.
 */
async function checkChange(one: Case, olds: State, journal: Journal | undefined): Promise<State> {
  const { inputs, findings, signal } = one;
  const known = knownOutputs(inputs, journal);
  await noteMovedImages(one);
  const found = difference(inputs, { ...inputsIn(given(olds)), ...lastSeen(olds, journal) }, journal);
  if (!isDifferent(found)) return known;
  if (!findings.isRefused("name", "stateStore"))
    findings.add((await findings.attempt(() => ofForeignOwner(inputs, journal))) ?? []);
  if (isMetadataOnly(found, inputs, journal)) return known;
  findings.addIrreversible(inputs, journal?.lastApplied);
  if (!findings.isRefused("name", "stateStore", "owner"))
    await lookAtWhatIs(one, openStore(inputs.stateStore, inputs), journal, journal?.owner !== inputs.owner);
  await askKops(one, () => makeSurePlan(inputs, signal));
  return known;
}

/**
 * That a cluster of this stack's state is, by its journal, not this stack's (any more): its update would be refused.
 */
async function ofForeignOwner(inputs: KopsClusterInputs, journal: Journal | undefined): Promise<Failure[]> {
  const foreignOwner =
    inputs.adopt === true ? undefined : await foreignOwnerOf(openStore(inputs.stateStore, inputs), inputs, journal);
  if (foreignOwner === undefined) return [];
  const reason =
    `${inputs.owner} does not have cluster ${inputs.name} in ${inputs.stateStore}, and ${foreignOwner}: set \`adopt: ` +
    `true\` on the cluster to take it over, also after the stack was renamed, or give \`owner\` its former value`;
  return [{ property: "owner", reason }];
}

/**
 * Conditions and digest as the state has them, as far as check can know: of what a refresh found, else of the last
 * operation.
 */
function lastSeen(
  olds: State,
  journal: Journal | undefined,
): Pick<Parameters<typeof difference>[1], "conditions" | "appliedDigest"> {
  return { conditions: seenIn(olds) ?? journal?.conditions ?? [], appliedDigest: journal?.applied?.digest ?? "" };
}
