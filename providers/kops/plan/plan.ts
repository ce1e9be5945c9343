import type { ManifestDifferences } from "./manifest-differences.ts";
import type { HeldBack } from "./held-back.ts";
import { inRollOrder } from "../model/roll-groups.ts";
import { isControlPlane } from "../model/spec.ts";

/** A cloud resource in a dry run of kOps: `LaunchTemplate/nodes.k1.example.com`, with the fields that change. */
export interface CloudChange {
  kind: string;
  name: string;
  fields: string[];
}

/** A group whose nodes will be replaced. */
export interface Roll {
  group: string;
  controlPlane: boolean;
  /** The most nodes it may have to replace: its maximum size. */
  nodes: number;
  /** Nodes to replace now; absent while nobody has looked. */
  now?: number | undefined;
  /** Its launch template was changed before, by an update that did not roll it: the nodes wait since then. */
  waiting?: boolean | undefined;
  /**
   * Why `rollingUpdate` holds it back, so that an `up` changes the template and replaces no node; `false` when nothing
   * does. Absent where nobody asked.
   */
  held?: HeldBack | false | undefined;
}

/** What an `up` would do, as far as it can be known without touching anything. */
export interface Plan {
  create: CloudChange[];
  modify: CloudChange[];
  /** Deleted during the update. */
  remove: CloudChange[];
  /** Deleted after the last roll (`--prune`). */
  prune: CloudChange[];
  /** In the order in which they will be rolled. */
  rolls: Roll[];
  /** Groups that are drained and deleted at the end. */
  leaves: string[];
  /** Where the manifests in the store differ from those that would be written; nothing for a new cluster. */
  differences?: ManifestDifferences;
  /** Images kOps chose for groups that name none. */
  images?: Record<string, string>;
}

const resourceLine = /^ {2}(\w+)\/(\S.*)$/;
const fieldLine = /^ {2}\t(\w+)\s*\t?/;
const deletionLine = /^ {2}(\S+)\s+(\S.*)$/;

/** The report of `kops update cluster` without `--yes` (upup/pkg/fi/dryrun_target.go), as data. */
export function parseDryRun(text: string): Pick<Plan, "create" | "modify" | "remove" | "prune"> {
  const report: Pick<Plan, "create" | "modify" | "remove" | "prune"> = {
    create: [],
    modify: [],
    remove: [],
    prune: [],
  };
  let into: keyof typeof report | undefined;
  let current: CloudChange | undefined;
  for (const line of text.split("\n")) {
    if (/^Will create resources:/.test(line)) into = "create";
    else if (/^Will modify resources:/.test(line)) into = "modify";
    else if (/^Items will be deleted only when the --prune flag/.test(line)) into = "prune";
    else if (/^Items will be deleted during update:/.test(line)) into = "remove";
    else if (/^\S/.test(line)) into = undefined;
    if (!into) continue;
    if (into === "create" || into === "modify") {
      const resource = resourceLine.exec(line);
      if (resource?.[1] && resource[2]) {
        current = { kind: resource[1], name: resource[2], fields: [] };
        report[into].push(current);
        continue;
      }
      const field = fieldLine.exec(line);
      if (field?.[1] && current) current.fields.push(field[1]);
    } else {
      const deletion = deletionLine.exec(line);
      if (deletion?.[1] && deletion[2]) report[into].push({ kind: deletion[1], name: deletion[2], fields: [] });
    }
  }
  return report;
}

/** kOps's own word that a dry run found nothing to do. */
export function saysNoChanges(text: string): boolean {
  return text.includes("No changes need to be applied");
}

/** Name of a group's launch template and Auto Scaling group in the cloud (pkg/model/names.go in kOps). */
export function cloudNameOf(group: string, spec: Record<string, unknown>, cluster: string): string {
  switch (spec["role"]) {
    case "ControlPlane":
    case "Master":
      return `${group}.masters.${cluster}`;
    case "APIServer":
      return `${group}.apiservers.${cluster}`;
    default:
      return `${group}.${cluster}`;
  }
}

function sizeOf(spec: Record<string, unknown>): number {
  const size = spec["maxSize"] ?? spec["minSize"];
  return typeof size === "number" ? size : 1;
}

/**
 * The groups that roll. kOps compares each instance's launch template version with the group's, and the apply of a
 * modified template makes a new version; so a template that is modified rolls its group, and one that is created does
 * not.
 */
export function rollsOf(
  modify: readonly CloudChange[],
  groups: Record<string, Record<string, unknown>>,
  cluster: string,
): Roll[] {
  const templates = new Set(modify.filter((change) => change.kind === "LaunchTemplate").map((change) => change.name));
  return inRollOrder(groups)
    .filter(([name, spec]) => templates.has(cloudNameOf(name, spec, cluster)))
    .map(([group, spec]) => ({ group, controlPlane: isControlPlane(spec), nodes: sizeOf(spec) }));
}

/** What is seen of a group's nodes before a change. */
export interface GroupSize {
  desired: number;
  /** Nodes of another launch template, or another version of it, than the group has. */
  outdated: number;
}

/**
 * All rolls of an `up`: those of templates that will be modified, and those that an earlier run left waiting, each with
 * the number of its nodes now. With `force` all groups roll.
 */
export function rollsNow(
  planned: readonly Roll[],
  groups: Record<string, Record<string, unknown>>,
  seen: Readonly<Record<string, GroupSize>>,
  force: boolean,
): Roll[] {
  const changed = new Set(planned.map(({ group }) => group));
  return inRollOrder(groups).flatMap(([group, spec]): Roll[] => {
    const size = seen[group];
    const roll = { group, controlPlane: isControlPlane(spec), nodes: sizeOf(spec) };
    if (changed.has(group) || (force && size)) return [{ ...roll, ...(size && { now: size.desired }) }];
    return size !== undefined && size.outdated > 0 ? [{ ...roll, now: size.outdated, waiting: true }] : [];
  });
}

/** How many resources of one kind are named; of more, the first. */
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

/** What a plan says that changes cloud resources and replaces nothing. */
export const noNodeRolls = "no node rolls";

/**
 * The cloud resources and nodes of a plan in a few lines: how much of what, by name, and which nodes roll in which
 * order.
 */
export function planLines(plan: Plan): string[] {
  const lines = [
    ...counted(plan.create, "create"),
    ...counted(plan.modify, "modify", ({ name, fields }) =>
      fields.length > 0 ? `${name} (${fields.join(", ")})` : name,
    ),
    ...counted(plan.remove, "delete"),
    ...counted(plan.prune, "prune after the last roll"),
    ...plan.rolls.map(rollLine),
    ...plan.leaves.map((group) => `leaves: ${group} is drained and deleted when the others are ready`),
  ];
  if (lines.length === 0) return [`no cloud resource changes, ${noNodeRolls}`];
  if (plan.rolls.length === 0) lines.push(noNodeRolls);
  return lines;
}

/** Whether the lines of a plan leave out names. */
export function isFolded({ create, modify, remove, prune }: Plan): boolean {
  return [create, modify, remove, prune].some((changes) =>
    byKind(changes, ({ name }) => name).some((text) => text.endsWith("…)")),
  );
}
