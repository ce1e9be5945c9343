import type { CloudChange } from "../../kops-cli/output/index.ts";
import { shortened } from "../../model/shortened.ts";
import type { Plan } from "../plan.ts";
import { roughly } from "../document/estimate.ts";
import type { Roll } from "../rolls.ts";

/* Lines on cloud resources and rolls, for previews (plan-block.ts) and for drift. */

/** How many resources of one kind are named. */
const namesOfKind = 3;
/** From how many created or deleted resources on only the kinds that people look for are told, in this order. */
const manyResources = 20;
const knownKinds = [
  ...["AutoscalingGroup", "EBSVolume", "NetworkLoadBalancer", "ClassicLoadBalancer", "VPC", "Subnet", "NatGateway"],
  ...["ElasticIP", "IAMRole", "SecurityGroup"],
];
/** How many fields of a resource are named, and how many lines tell what is modified. */
const namedFields = 6;
const modifiedLines = 20;

/** What the changes of one cluster call their resources: without its name, which each line begins with. */
function shortName(name: string, cluster: string | undefined): string {
  if (cluster === undefined) return name;
  const end = `.${cluster}`;
  const start = `${cluster}-`;
  const cut = name.endsWith(end) ? name.slice(0, -end.length) : name;
  return cut.startsWith(start) ? cut.slice(start.length) : cut;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}

function named(kind: string, names: readonly string[]): string {
  if (names.length > namesOfKind)
    return `${names.length} ${kind} (${[...names.slice(0, namesOfKind), "…"].join(", ")})`;
  return names.map((name) => `${kind}/${name}`).join(", ");
}

const ofKinds = (changes: readonly CloudChange[]): CloudChange[][] => grouped(changes, ({ kind }) => kind);

function counted(changes: readonly CloudChange[], word: string, cluster: string | undefined): string[] {
  if (changes.length === 0) return [];
  const text = (kind: string, ofKind: readonly CloudChange[]): string =>
    named(
      kind,
      ofKind.map(({ name }) => shortName(name, cluster)),
    );
  const kinds = new Map(ofKinds(changes).map((ofKind) => [ofKind[0]?.kind ?? "", ofKind]));
  if (changes.length < manyResources)
    return [`${word} ${changes.length}: ${[...kinds].map(([kind, ofKind]) => text(kind, ofKind)).join("; ")}`];
  const known = knownKinds.flatMap((kind) => {
    const ofKind = kinds.get(kind);
    if (ofKind === undefined) return [];
    kinds.delete(kind);
    return [kind === "AutoscalingGroup" ? text(kind, ofKind) : `${ofKind.length} ${kind}`];
  });
  const others = [...kinds.values()].flat().length;
  return [`${word} ${changes.length}: ${[...known, ...(others > 0 ? [`${others} others`] : [])].join("; ")}`];
}

/** The fields of a modified resource, with old and new value where the plan has them. */
export function fieldsText({ fields, values = {} }: CloudChange): string {
  return shortened(
    fields.map((field) => {
      const found = values[field];
      if (found === undefined) return field;
      return found.from === found.to ? `${field} (${found.to})` : `${field} ${found.from} → ${found.to}`;
    }),
    namedFields,
  ).join(", ");
}

/** Modified resources, those together in which the same changes. */
const alikeIn = (changes: readonly CloudChange[]): CloudChange[][] =>
  grouped(changes, (one) => `${one.kind} ${fieldsText(one)}`);

function modified(changes: readonly CloudChange[], cluster: string | undefined): string[] {
  const lines = alikeIn(changes).flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const names = alike.map(({ name }) => shortName(name, cluster));
    const fields = fieldsText(first);
    return [`${named(first.kind, names)}${fields === "" ? "" : `: ${fields}`}`];
  });
  return shortened(
    lines.map((line) => `modify ${line}`),
    modifiedLines,
  );
}

/** The cloud resources of a plan, named by kind. `cluster` shortens their names. */
export function cloudLines(plan: Pick<Plan, "create" | "modify" | "remove" | "prune">, cluster?: string): string[] {
  return [
    ...counted(plan.create, "create", cluster),
    ...modified(plan.modify, cluster),
    ...counted(plan.remove, "delete", cluster),
    ...counted(plan.prune, "prune after the last roll", cluster),
  ];
}

/** Whether these lines leave out names. */
export function isFolded({
  create,
  modify,
  remove,
  prune,
}: Pick<Plan, "create" | "modify" | "remove" | "prune">): boolean {
  const alike = alikeIn(modify);
  return (
    alike.length > modifiedLines ||
    alike.some(({ length }) => length > namesOfKind) ||
    [create, remove, prune].some(
      (changes) => changes.length >= manyResources || ofKinds(changes).some(({ length }) => length > namesOfKind),
    )
  );
}

/** `3 control-plane nodes`, `up to 5 nodes`. */
export function nodesText({ controlPlane, nodes, now }: Pick<Roll, "controlPlane" | "nodes" | "now">): string {
  const number = now ?? nodes;
  return `${now === undefined ? "up to " : ""}${number} ${controlPlane ? "control-plane " : ""}node${number === 1 ? "" : "s"}`;
}

/** The rolls of a plan, in their order. */
export function rollLines(rolls: readonly (Roll & { seconds?: number | undefined })[]): string[] {
  return rolls.map((roll, index) => {
    const { group, waiting, held, seconds } = roll;
    return [
      `roll ${index + 1}. ${group}: ${nodesText(roll)}`,
      ...(waiting === true ? ["waiting since an earlier update"] : []),
      ...(held ? ["held back"] : []),
      ...(seconds === undefined ? [] : [roughly(seconds * 1000)]),
    ].join(", ");
  });
}
