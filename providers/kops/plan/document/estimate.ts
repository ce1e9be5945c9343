import { elapsed, milliseconds } from "../../model/durations.ts";
import type { RollingUpdateOptions } from "../../model/inputs.ts";
import { isRecord } from "../../model/spec.ts";
import { kindOf } from "../facts/replaced-nodes.ts";
import type { NodeKind, NodeTimes } from "../facts/replaced-nodes.ts";
import type { Roll } from "../rolls.ts";

/** Assumed time for one node from its cordon until its replacement validates, without kOps's waits. */
export const perNode = 3 * 60_000;

/** kOps's defaults (cmd/kops/rolling-update_cluster.go). */
const interval = "15s";
const postDrainDelay = "5s";

export interface Estimate {
  /** Seconds of all groups together. */
  seconds: number;
  /** Seconds by group, each rounded up to half a minute. */
  groups: Record<string, number>;
  /** `about 12m, if each node takes 3m to drain, boot and validate`. */
  text: string;
}

/** A number of nodes as in `maxSurge` and `maxUnavailable`: a number, or a percentage of the group. */
function share(value: unknown, nodes: number, round: (value: number) => number): number | undefined {
  if (typeof value === "number") return value;
  const percent = typeof value === "string" ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  return percent === undefined ? undefined : round((Number(percent) * nodes) / 100);
}

/** Nodes that kOps adds to a group that rolls, and those that may be missing (settings.go in pkg/instancegroups). */
function resolveSettings(
  { nodes, controlPlane }: { nodes: number; controlPlane: boolean },
  cluster: Record<string, unknown>,
  group: Record<string, unknown>,
): { surge: number; unavailable: number } {
  const setting = (name: string): unknown =>
    [group["rollingUpdate"], cluster["rollingUpdate"]]
      .map((of) => (isRecord(of) ? of[name] : undefined))
      .find((value) => value !== undefined);
  const surge = share(setting("maxSurge"), nodes, Math.ceil) ?? 1;
  const unavailable =
    share(setting("maxUnavailable"), nodes, (value) => Math.max(1, Math.floor(value))) ?? (surge === 0 ? 1 : 0);
  // A control plane cannot surge, because each of its nodes holds an etcd member.
  return { surge: controlPlane ? 0 : Math.min(surge, nodes), unavailable };
}

/** How many nodes run in addition while a group rolls. */
export function surgeOf(
  group: Record<string, unknown>,
  cluster: Record<string, unknown>,
  { nodes, controlPlane }: { nodes: number; controlPlane: boolean },
): number {
  return resolveSettings({ nodes, controlPlane }, cluster, group).surge;
}

/** How many nodes of a group kOps replaces at a time. */
export function atOnce(roll: Roll, cluster: Record<string, unknown>, group: Record<string, unknown>): number {
  const { controlPlane } = roll;
  const { surge, unavailable } = resolveSettings({ nodes: roll.now ?? roll.nodes, controlPlane }, cluster, group);
  return Math.max(1, surge + unavailable);
}

/** Half minutes: an estimate says no more. */
const rounded = (ms: number): number => Math.ceil(ms / 30_000) * 30_000;

const plainly = (ms: number): string => elapsed(ms).replace(/m00s$/, "m");

/** `about 12m`. */
export const roughly = (ms: number): string => `about ${plainly(rounded(ms))}`;

const nameOf: Readonly<Record<NodeKind, string>> = {
  controlPlane: "control-plane node",
  node: "node",
  bastion: "bastion",
};

/** What an estimate rests on: `each node takes 1m20s (measured over the last 6 nodes) to drain, boot and validate`. */
function basis(kinds: readonly NodeKind[], times: NodeTimes): string {
  const end = "to drain, boot and validate";
  if (kinds.every((kind) => times[kind] === undefined)) return `each node takes ${plainly(perNode)} ${end}`;
  const parts = kinds.map((kind, index) => {
    const found = times[kind];
    const from =
      found === undefined ? "assumed" : `measured over the last ${found.nodes === 1 ? "one" : `${found.nodes} nodes`}`;
    return `each ${nameOf[kind]} ${index === 0 ? "takes " : ""}${plainly(found?.ms ?? perNode)} (${from})`;
  });
  return `${parts.join(", ")} ${end}`;
}

/**
 * How long the rolls of a plan may take, group after group, and what that rests on: what nodes took lately, else an
 * assumption. Undefined when none rolls.
 */
export function estimate(
  rolls: readonly Roll[],
  inputs: {
    cluster: Record<string, unknown>;
    instanceGroups: Record<string, Record<string, unknown>>;
    rollingUpdate?: RollingUpdateOptions | undefined;
  },
  times: NodeTimes = {},
): Estimate | undefined {
  const { rollingUpdate: options = {}, cluster, instanceGroups } = inputs;
  if (rolls.length === 0 || options.strategy === "manual") return undefined;
  const waits: Readonly<Record<NodeKind, string | undefined>> = {
    controlPlane: options.controlPlaneInterval,
    node: options.nodeInterval,
    bastion: options.bastionInterval,
  };
  const delay = milliseconds(options.postDrainDelay ?? postDrainDelay);
  const groups = rolls.map((roll) => {
    const group = instanceGroups[roll.group] ?? {};
    const kind = kindOf(group);
    const kopsWaits = delay + milliseconds(waits[kind] ?? interval);
    const measured = times[kind]?.ms;
    // What was measured has kOps's waits in it, but maybe shorter ones.
    const each = measured === undefined ? perNode + kopsWaits : Math.max(measured, kopsWaits);
    const rounds = Math.ceil((roll.now ?? roll.nodes) / atOnce(roll, cluster, group));
    return { group: roll.group, kind, ms: rounded(rounds * each) };
  });
  const sum = groups.reduce((total, { ms }) => total + ms, 0);
  return {
    seconds: sum / 1000,
    text: `${roughly(sum)}, if ${basis([...new Set(groups.map(({ kind }) => kind))], times)}`,
    groups: Object.fromEntries(groups.map(({ group, ms }) => [group, ms / 1000])),
  };
}
