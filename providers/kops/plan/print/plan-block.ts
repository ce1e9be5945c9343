import type { Difference, PropertyChange } from "../diff.ts";
import { roughly } from "../document/estimate.ts";
import type { PlanDocument } from "../document/plan-document.ts";
import { isAllowedSkew } from "../document/version-skew.ts";
import { shortened } from "../../model/shortened.ts";
import type { Paint } from "../../model/pulumi-colors.ts";
import { cloudLines, isFolded, nodesText, rollLines } from "./plan-lines.ts";

/*
 * What a preview prints for a cluster that changes, as one block: what happens, what is irreversible or risky, why,
 * what changes in AWS, what rolls, what is held back. An adoption adds adoption.ts; a cluster whose network is unknown
 * gets new-cluster.ts instead.
 */

export interface PlanLine {
  text: string;
  paint?: Paint;
}

/** How many groups the first line names. */
const headGroups = 3;

function cloudText({ new: isNew, create, modify, remove, prune, leaves }: PlanDocument): string {
  const parts = (
    [
      ["creates", create.length],
      ["modifies", modify.length],
      ["deletes", remove.length + prune.length],
    ] as const
  ).filter(([, count]) => count > 0);
  const last = parts.at(-1)?.[1];
  if (last === undefined) return leaves.length > 0 ? "" : "no cloud resource changes";
  const words = parts.map(([verb, count]) => `${verb} ${count}`).join(", ");
  return `${isNew === true ? "a new cluster: " : ""}${words} resource${last === 1 ? "" : "s"} in AWS`;
}

function rollText({ new: isNew, rolls, estimate }: PlanDocument): string[] {
  const rolling = rolls.filter(({ held }) => !held);
  if (rolling.length === 0 && rolls.length > 0) return ["every roll is held back"];
  if (rolling.length === 0) return isNew === true ? [] : ["no node rolls"];
  const number = rolling.reduce((sum, { now, nodes }) => sum + (now ?? nodes), 0);
  const most = rolling.some(({ now }) => now === undefined) ? { nodes: number } : { nodes: number, now: number };
  const masters = rolling.filter(({ controlPlane }) => controlPlane);
  const names = rolling.filter((one) => masters.length < 2 || !one.controlPlane).map(({ group }) => group);
  const groups = shortened([...(masters.length < 2 ? [] : ["the control plane"]), ...names], headGroups);
  return [
    `rolls ${groups.join(", ")} (${nodesText({ controlPlane: false, ...most })})`,
    ...(estimate ? [roughly(estimate.seconds * 1000)] : []),
  ];
}

/** The first line: everything in short. */
function headLine(document: PlanDocument): string {
  const { leaves, digest } = document;
  const what = [
    cloudText(document),
    leaves.length === 0 ? "" : `removes group ${shortened(leaves, headGroups).join(", ")}`,
    rollText(document).join(", "),
    `digest ${digest}`,
  ];
  return what.filter(Boolean).join("; ");
}

function riskLines({ toBeFinished, deletions, architectures = [], blocking, skew }: PlanDocument): string[] {
  return [
    ...architectures.map((line) => `another architecture: ${line}`),
    ...toBeFinished.map((line) => `unfinished: ${line}`),
    ...(deletions ? [deletionsLine(deletions)] : []),
    ...blocking.map((line) => `blocks a drain now: PodDisruptionBudget ${line}`),
    ...skew.filter((line) => !isAllowedSkew(line)).map((line) => `version skew: ${line}`),
  ];
}

function changeLines(document: PlanDocument, cause: readonly string[]): string[] {
  const { changes, upgrades, images = {}, additional, rolls, estimate, leaves, cluster } = document;
  const change = changeLine(changes as Difference["properties"]);
  return [
    ...cause,
    ...(change === undefined ? [] : [change]),
    ...upgrades,
    ...cloudLines(document, cluster),
    ...Object.entries(images).map(([group, image]) => `new image of ${group}: ${image}`),
    ...(additional?.changes ?? []).map((line) => `additional object ${line}`),
    ...rollLines(rolls),
    ...(estimate ? [`takes ${estimate.text}`] : []),
    ...leaves.map((group) => `remove: ${group} is drained and deleted once the other groups are ready`),
  ];
}

function noteLines(document: PlanDocument): string[] {
  const { heldBack, karpenter = [], notChecked, additional, skew } = document;
  return [
    ...heldBack,
    ...karpenter,
    ...skew.filter(isAllowedSkew).map((line) => `version skew: ${line}`),
    ...notChecked.map((line) => `not checked: ${line}`),
    ...(additional && additional.kept.length > 0
      ? [`additional objects stay, because no file names any: ${additional.kept.join(", ")}`]
      : []),
    ...(isFolded(document) ? ["all names: PILOT_PLAN_DIR=<folder> writes the plan as JSON"] : []),
  ];
}

/** A plan as a block of lines for people. `cause`: lines on what else changes, before what AWS is changed to. */
export function planBlock(document: PlanDocument, cause: readonly string[] = []): PlanLine[] {
  const plain = (text: string): PlanLine => ({ text });
  return [
    { text: headLine(document), paint: "bold" },
    ...document.oneWay.map((line) => ({ text: `irreversible: ${line}`, paint: "red" as const })),
    ...riskLines(document).map((text) => ({ text, paint: "yellow" as const })),
    ...changeLines(document, cause).map(plain),
    ...noteLines(document).map(plain),
  ];
}

/** The same without colours. */
export function documentLines(document: PlanDocument): string[] {
  return planBlock(document).map(({ text }) => text);
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
