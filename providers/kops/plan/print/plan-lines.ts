import type { CloudChange } from "../../kops-cli/output/index.ts";
import type { Plan } from "../plan.ts";
import type { Difference, PropertyChange } from "../diff.ts";
import type { PlanDocument } from "../document/plan-document.ts";
import type { Roll } from "../rolls.ts";
import { shortened } from "../../model/shortened.ts";

/*
 * What a preview prints for a cluster that changes: `documentLines`. An adoption adds adoption.ts; a cluster whose
 * network is unknown gets new-cluster.ts instead.
 */

/** How many resources of one kind are named. */
const namesOfKind = 3;

function byKind(changes: readonly CloudChange[], text: (change: CloudChange) => string): string[] {
  const kinds = new Map<string, CloudChange[]>();
  for (const change of changes) kinds.set(change.kind, [...(kinds.get(change.kind) ?? []), change]);
  return [...kinds].map(([kind, ofKind]) => {
    const names = ofKind.slice(0, namesOfKind).map(text);
    if (ofKind.length > namesOfKind) return `${ofKind.length} ${kind} (${[...names, "…"].join(", ")})`;
    return names.map((name) => `${kind}/${name}`).join(", ");
  });
}

function counted(
  changes: readonly CloudChange[],
  word: string,
  text: (change: CloudChange) => string = ({ name }) => name,
): string[] {
  return changes.length === 0 ? [] : [`${word} ${changes.length}: ${byKind(changes, text).join("; ")}`];
}

function rollLine({ group, controlPlane, nodes, now, waiting, held }: Roll, index: number): string {
  const number = now ?? nodes;
  const many =
    `${now === undefined ? "up to " : ""}${number} ` +
    `${controlPlane ? "control-plane " : ""}node${number === 1 ? "" : "s"}`;
  return (
    `roll ${index + 1}. ${group}: ` +
    `${many}${waiting === true ? ", waiting since an earlier update" : ""}${held ? ", held back" : ""}`
  );
}

/** The line of a plan that replaces no node. */
export const noNodeRolls = "no node rolls";

/** The cloud resources of a plan, counted and named by kind, and the rolls in their order. */
export function planLines(plan: Plan): string[] {
  const lines = [
    ...counted(plan.create, "create"),
    ...counted(plan.modify, "modify", ({ name, fields }) =>
      fields.length > 0 ? `${name} (${fields.join(", ")})` : name,
    ),
    ...counted(plan.remove, "delete"),
    ...counted(plan.prune, "prune after the last roll"),
    ...plan.rolls.map(rollLine),
    ...(plan.additional?.changes ?? []).map((line) => `additional object ${line}`),
    ...plan.leaves.map((group) => `remove: ${group} is drained and deleted once the other groups are ready`),
  ];
  if (lines.length === 0) return [`no cloud resource changes, ${noNodeRolls}`];
  if (plan.rolls.length === 0) lines.push(noNodeRolls);
  return lines;
}

/** Whether these lines leave out names. */
export function isFolded({ create, modify, remove, prune }: Plan): boolean {
  return [create, modify, remove, prune].some((changes) =>
    byKind(changes, ({ name }) => name).some((text) => text.endsWith("…)")),
  );
}

/** A plan as lines for people. */
export function documentLines(document: PlanDocument): string[] {
  const change = changeLine(document.changes as Difference["properties"]);
  const { images = {}, additional, ...others } = document;
  const plan: Plan = { ...others, ...(additional && { additional }) };
  return [
    ...(change === undefined ? [] : [change]),
    ...(document.deletions ? [deletionsLine(document.deletions)] : []),
    ...document.upgrades,
    ...planLines(plan),
    ...Object.entries(images).map(([group, image]) => `new image of ${group}: ${image}`),
    ...(document.estimate ? [`takes ${document.estimate.text}`] : []),
    ...document.oneWay.map((line) => `irreversible: ${line}`),
    ...document.blocking.map((line) => `blocks a drain now: PodDisruptionBudget ${line}`),
    ...document.skew.map((line) => `version skew: ${line}`),
    ...document.heldBack,
    ...(document.karpenter ?? []),
    ...document.notChecked.map((line) => `not checked: ${line}`),
    ...(plan.additional && plan.additional.kept.length > 0
      ? [`additional objects stay, because no file names any: ${plan.additional.kept.join(", ")}`]
      : []),
    ...(isFolded(plan) ? ["all names: PILOT_PLAN_DIR=<folder> writes the plan as JSON"] : []),
    `digest ${document.digest}`,
  ];
}

/** How many deletions are named. */
const namedDeletions = 10;

function deletionsLine(deletions: readonly string[]): string {
  return `the up first waits until AWS has deleted: ${shortened(deletions, namedDeletions).join(", ")}`;
}

/** How many changed properties are named, and how many groups that a change concerns. */
const namedChanges = 6;
const namedGroups = 10;

/** The changed properties and their effects in one line, without values: some are secret. */
export function changeLine(properties: readonly PropertyChange[]): string | undefined {
  if (properties.length === 0) return undefined;
  const words = properties.map(
    (one) =>
      `${one.path} (${"groups" in one ? `${one.kind} ${shortened(one.groups, namedGroups).join(", ")}` : one.kind})`,
  );
  return `changed: ${shortened(words, namedChanges).join("; ")}`;
}
