import { z } from "zod";
import { ExplainedError, inOneLine, messageOf } from "../model/errors.ts";
import { kopsClusterInputs } from "../model/inputs.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { difference, inputsIn, isDifferent, isMetadataOnly } from "../plan/diff.ts";
import { knownOutputs } from "../plan/known-outputs.ts";
import { newClusterLines } from "../plan/print/new-cluster.ts";
import { refuseUnknownFields, ensurePlan, printOnce, showPlan } from "../plan/print/print-plan.ts";
import { moveFailures, openAs, sinceMoved } from "../move/guard.ts";
import { consoleProgress } from "../runtime/progress.ts";
import { readJournal } from "../store/journal.ts";
import type { Journal } from "../store/journal.ts";
import { openStore } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { foreignOwnerOf } from "../store/lifecycle.ts";
import { imageParameterOf } from "../model/instance-groups.ts";
import { checkInputs } from "../rules/check-inputs.ts";
import { checkExistence } from "../rules/lookups/existence.ts";
import { checkForeign } from "../rules/lookups/foreign-places.ts";
import { refusedKey, knownKey, seenIn } from "../model/hidden-inputs.ts";
import type { Failure } from "../model/hidden-inputs.ts";
import { irreversibleRefusals } from "../rules/refusals.ts";
import { hasUnknown, unknownPaths } from "../model/unknown.ts";
import { changesMinor } from "../model/versions.ts";

type State = Record<string, unknown>;

/** The properties without Pulumi's internal keys and ours: both begin with two underscores. */
export function given(props: State): State {
  return Object.fromEntries(Object.entries(props).filter(([name]) => !name.startsWith("__")));
}

/** Inputs that check accepted. */
export function parseInputs(props: State): KopsClusterInputs {
  return kopsClusterInputs.parse(inputsIn(props));
}

/** Collects refusals. An error in one lookup does not stop the next. */
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

  /** Compares with the spec last applied, which Pulumi's inputs may lack: the last update may have failed half-way. */
  addIrreversible(desired: State, lastApplied: Journal["lastApplied"]): void {
    this.addNew(irreversibleRefusals(desired, lastApplied));
  }

  /** Leaves out properties that are refused already. */
  addNew(failures: readonly Failure[]): void {
    this.add(failures.filter(({ property }) => property === "" || !this.isRefused(property)));
  }

  /** The result of a lookup. Its error becomes a refusal. */
  async attempt<T>(lookup: () => Promise<T>): Promise<T | undefined> {
    try {
      return await lookup();
    } catch (error) {
      // The engine is gone: nobody would read the refusal.
      this.#signal.throwIfAborted();
      const causes = error instanceof ExplainedError ? error.explanation.causes : undefined;
      this.add(causes ?? [{ property: "", reason: messageOf(error) }]);
      return undefined;
    }
  }

  isRefused(...properties: string[]): boolean {
    return this.refused.some(({ property }) => properties.includes(property));
  }
}

/** A cluster with well-formed inputs that are all known. */
interface CheckedCluster {
  inputs: KopsClusterInputs;
  findings: Findings;
  signal: AbortSignal;
  show: boolean;
}

/**
 * Adds to the desired inputs why an `up` would be refused ({@link refusedKey}), or what is known of the outputs
 * beforehand ({@link knownKey}). Reports all refusals at once, including those that need the journal (irreversible
 * changes) or kOps (unknown fields). Never throws for a cluster: a plan that cannot be made is a refusal. `show`:
 * whether to print the plan of a new cluster.
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
  const old = before && ((await findings.attempt(() => followMove(before, desired))) ?? before);
  const place = old && (!unknown || changesMinor(old, desired)) ? journalPlace(old, desired) : undefined;
  const read =
    place &&
    (await findings.attempt(async () => ({
      journal: await readJournal(openStore(place.stateStore, place), place.name),
    })));
  findings.add(checkInputs(desired, old, read?.journal?.running));
  const missing = (await findings.attempt(() => missingReferences(old, desired, show))) ?? [];
  findings.add(missing);
  findings.add((await findings.attempt(() => foreignPlaces(old, desired, show))) ?? []);
  if (unknown) {
    if (show && findings.refused.length === 0) await showWithUnknown(desired, old === undefined);
    return withRefused(news, findings);
  }
  const { data: inputs } = kopsClusterInputs.safeParse(inputsIn(desired));
  if (inputs === undefined) {
    // Malformed inputs: only irreversible changes can still be checked.
    findings.addIrreversible(desired, read?.journal?.lastApplied);
    return withRefused(news, findings);
  }
  const one = { inputs, findings, signal, show };
  const known = await findings.attempt(async () => {
    if (!findings.isRefused("name", "stateStore")) findings.add(await refusedByMove(inputs, read?.journal));
    if (!old) return await checkNew(one, missing.length === 0);
    return read && (await checkChange(one, olds, read.journal));
  });
  return known && findings.refused.length === 0 ? { ...news, [knownKey]: known } : withRefused(news, findings);
}

/** The old inputs, with the desired store where the cluster moved to it. */
async function followMove(old: State, desired: State): Promise<State> {
  const place = placeInputs.safeParse(desired).data;
  return place && !hasUnknown(place) ? await sinceMoved(old, desired, openAs(place)) : old;
}

/** Refuses a cluster that moved to another store, or whose copy in this store is not the one in use. */
async function refusedByMove(inputs: KopsClusterInputs, read: Journal | undefined): Promise<Failure[]> {
  const store = openStore(inputs.stateStore, inputs);
  const journal = read ?? (await readJournal(store, inputs.name));
  return await moveFailures(store, inputs.name, journal, openAs(inputs));
}

function withRefused(inputs: State, { refused }: Findings): State {
  return refused.length === 0 ? inputs : { ...inputs, [refusedKey]: refused };
}

/** Refuses references to what AWS does not have. Reports failed lookups without refusing. */
async function missingReferences(old: State | undefined, desired: State, show: boolean): Promise<Failure[]> {
  const { failures, notChecked, warnings } = await checkExistence(old, desired);
  if (show) for (const warning of warnings) progressOf(desired).say(`warning: ${warning}`);
  if (show && notChecked.length > 0)
    progressOf(desired).say(`not checked whether they exist: ${notChecked.join("; ")}`);
  return failures;
}

/** Refuses places and names of another cluster. Reports failed lookups without refusing. */
async function foreignPlaces(old: State | undefined, desired: State, show: boolean): Promise<Failure[]> {
  const { failures, notChecked } = await checkForeign(old, desired);
  if (show && notChecked.length > 0) progressOf(desired).say(`not checked: ${notChecked.join("; ")}`);
  return failures;
}

const nameIn = ({ name }: State): string => (typeof name === "string" ? name : "cluster");

function progressOf(inputs: State): ReturnType<typeof consoleProgress> {
  return consoleProgress(nameIn(inputs), Date.now);
}

const { name, stateStore, region, profile, assumeRole, aws } = kopsClusterInputs.shape;
const placeInputs = z.object({ name, stateStore, region, profile, assumeRole, aws });

/**
 * Where a cluster's journal is: the desired place, or the old one while the desired one is malformed, unknown or of
 * another cluster (which is refused).
 */
function journalPlace(old: State, desired: State): z.infer<typeof placeInputs> | undefined {
  const [{ data: was }, { data: is }] = [placeInputs.safeParse(old), placeInputs.safeParse(desired)];
  return is && !hasUnknown(is) && (!was || (is.name === was.name && is.stateStore === was.stateStore)) ? is : was;
}

async function showWithUnknown(desired: State, isNew: boolean): Promise<void> {
  const lines = isNew
    ? newClusterLines(desired)
    : [
        "what changes in the cloud and which nodes roll cannot be told before this is known: " +
          unknownPaths(desired).join(", "),
      ];
  await printOnce(
    nameIn(desired),
    lines.map((text) => ({ text })),
  );
}

/**
 * Makes the plan; where something is refused already, only checks that kOps knows all fields. Not in another cluster's
 * store, nor with a refused version of kOps.
 */
async function askKops({ inputs, findings, signal }: CheckedCluster, plan: () => Promise<void>): Promise<void> {
  if (findings.refused.length === 0) await plan();
  else if (!findings.isRefused("name", "stateStore", "owner", "kopsVersion")) await refuseUnknownFields(inputs, signal);
}

/** A cluster that is new to Pulumi. Pulumi calls no diff for it, so its plan is printed here. */
async function checkNew(one: CheckedCluster, lacksNothing: boolean): Promise<State> {
  const { inputs, findings, signal, show } = one;
  const store = openStore(inputs.stateStore, inputs);
  const journal = await readJournal(store, inputs.name);
  const foreignOwner = await foreignOwnerOf(store, inputs, journal);
  if (foreignOwner !== undefined && inputs.adopt !== true) {
    const reason =
      `cluster ${inputs.name} exists in ${inputs.stateStore}, and ${foreignOwner}: choose another name, or set ` +
      `\`adopt: true\` on the cluster to take it over`;
    findings.add([{ property: "name", reason }]);
  } else await checkObserved(one, store, journal, foreignOwner !== undefined);
  if (foreignOwner !== undefined) await reportMovedImages(one);
  // kOps looks up the VPC of a new cluster when it writes the manifest: it must exist.
  if (lacksNothing)
    await askKops(one, () =>
      show
        ? showPlan(inputs, { old: undefined, difference: undefined }, signal, foreignOwner)
        : ensurePlan(inputs, signal, true),
    );
  // The journal of a cluster that is still somebody else's says nothing of these outputs.
  return knownOutputs(inputs, undefined);
}

/** Reports image parameters that have a new value. That changes nothing by itself. */
async function reportMovedImages({ inputs, findings }: CheckedCluster): Promise<void> {
  if (
    findings.isRefused("name", "stateStore") ||
    !Object.values(inputs.instanceGroups).some((group) => imageParameterOf(group) !== undefined)
  )
    return;
  const { movedImageLines } = await import("../plan/facts/images.ts");
  const say = (line: string): void => {
    progressOf(inputs).say(line);
  };
  try {
    for (const line of await movedImageLines(openStore(inputs.stateStore, inputs), inputs)) say(line);
  } catch (error) {
    say(`not checked whether parameters of images moved: ${inOneLine(error)}`);
  }
}

/** Refusals that need the store and the cloud (preflight.ts). */
async function checkObserved(
  { inputs, findings }: CheckedCluster,
  store: ObjectStore,
  journal: Journal | undefined,
  adopts: boolean,
): Promise<void> {
  const { refusedByObserved } = await import("./preflight.ts");
  const attempt = async (lookup: () => Promise<void>): Promise<void> => {
    await findings.attempt(lookup);
  };
  await refusedByObserved({ inputs, store }, journal, adopts, attempt, (failures) => {
    findings.addNew(failures);
  });
}

/**
 * A change of a cluster that Pulumi knows. The plan is made here, where a failure refuses only this cluster. Diff,
 * which knows the old outputs, prints it from the cache. When only diff sees a change (somebody edited the state by
 * hand), diff makes the plan.
 */
async function checkChange(one: CheckedCluster, olds: State, journal: Journal | undefined): Promise<State> {
  const { inputs, findings, signal } = one;
  const known = knownOutputs(inputs, journal);
  await reportMovedImages(one);
  const found = difference(inputs, { ...inputsIn(given(olds)), ...lastObserved(olds, journal) }, journal);
  if (!isDifferent(found)) return known;
  if (!findings.isRefused("name", "stateStore"))
    findings.add((await findings.attempt(() => refusedByOwner(inputs, journal))) ?? []);
  if (isMetadataOnly(found, inputs, journal)) return known;
  findings.addIrreversible(inputs, journal?.lastApplied);
  if (!findings.isRefused("name", "stateStore", "owner"))
    await checkObserved(one, openStore(inputs.stateStore, inputs), journal, journal?.owner !== inputs.owner);
  await askKops(one, () => ensurePlan(inputs, signal));
  return known;
}

/** Refuses a cluster of this stack's state whose journal names another owner. */
async function refusedByOwner(inputs: KopsClusterInputs, journal: Journal | undefined): Promise<Failure[]> {
  const foreignOwner =
    inputs.adopt === true ? undefined : await foreignOwnerOf(openStore(inputs.stateStore, inputs), inputs, journal);
  if (foreignOwner === undefined) return [];
  const reason =
    `${inputs.owner} does not have cluster ${inputs.name} in ${inputs.stateStore}, and ${foreignOwner}: set \`adopt: ` +
    `true\` on the cluster to take it over, also after the stack was renamed, or give \`owner\` its former value`;
  return [{ property: "owner", reason }];
}

/** Conditions and digest of the state as far as check knows them: from a refresh, else from the last operation. */
function lastObserved(
  olds: State,
  journal: Journal | undefined,
): Pick<Parameters<typeof difference>[1], "conditions" | "appliedDigest"> {
  return { conditions: seenIn(olds) ?? journal?.conditions ?? [], appliedDigest: journal?.applied?.digest ?? "" };
}
