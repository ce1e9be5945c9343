import { clusterStatusOf, type Facts } from "../../../cli/status/compose.ts";
import type { ClusterStatus, LockStatus } from "../../../cli/status/document.ts";
import { updateConditions, type Finding } from "../../../providers/kops/model/conditions.ts";
import type { HistoryRecord, ReplacedNode } from "../../../providers/kops/store/history.ts";
import type { Journal } from "../../../providers/kops/store/journal.ts";

export const cluster = "k1.sbx.example.com";
export const now = new Date("2026-11-30T12:10:00Z");
export const at = (minutes: number, seconds = 0): string =>
  new Date(Date.parse("2026-11-30T12:00:00Z") + 60_000 * minutes + 1000 * seconds).toISOString();

const types = ["SpecWritten", "CloudApplied", "ControlPlaneUpToDate", "NodesUpToDate", "Validated"] as const;
const allTrue: Finding[] = types.map((type) => ({ type, status: "True", reason: "UpToDate", message: "" }));

export const spec = { kubernetesVersion: "1.34.3" };
export const groups = {
  "control-plane-a": { role: "ControlPlane", machineType: "t3.medium", minSize: 1, maxSize: 1 },
  nodes: { role: "Node", machineType: "t3.xlarge", minSize: 2, maxSize: 4 },
};

export const journal: Journal = {
  version: 1,
  cluster,
  owner: "organization/pilot/sbx",
  conditions: updateConditions([], allTrue, new Date(at(-60))),
  instanceGroups: Object.keys(groups),
  kops: { version: "1.35.0" },
  identity: { region: "eu-west-1", accountId: "123456789012" },
  applied: {
    ...{ digest: "d0", kopsVersion: "1.35.0", revision: 3, at: at(-60) },
    spec: { kopsVersion: "1.35.0", cluster: spec, instanceGroups: groups },
  },
};

const id = "0a1b2c3d-0000-4000-8000-000000000000";
const roll = ["SpecWritten", "CloudApplied", "NodesRolled", "Rolled nodes"];

/** The journal while it rolls nodes, or after that was broken off. */
export const rolling: Journal = {
  ...journal,
  conditions: updateConditions(
    journal.conditions,
    [{ type: "NodesUpToDate", status: "False", reason: "Rolling", message: "nodes wait for a roll" }],
    new Date(at(1)),
  ),
  operation: {
    ...{ id, verb: "update", digest: "d1", begun: at(0) },
    steps: roll.map((name, index) => ({
      ...{ name, begun: at(0, 10 * index) },
      ...(index < 2 && { ended: at(0, 10 * index + 8) }),
    })),
  },
};

const nodes: ReplacedNode[] = [
  { name: "i-0a1", instance: "i-0a1", group: `nodes.${cluster}`, drained: at(1), stopped: at(2), valid: at(5) },
  { name: "i-0a2", instance: "i-0a2", group: `nodes.${cluster}`, drained: at(5), stopped: at(6), notJoined: at(9) },
];

export const record = (changes: Partial<HistoryRecord> = {}): HistoryRecord => ({
  ...{ version: 1, id, cluster, verb: "update", owner: journal.owner, by: { person: "ann@laptop" }, begun: at(0) },
  ...{ result: "running", kopsVersion: "1.35.0", changes: ["instanceGroups.nodes.machineType: t3.large -> t3.xlarge"] },
  ...{ plan: {}, nodes, waits: [], held: [] },
  steps:
    rolling.operation?.steps.map(({ name, begun, ended }) => ({
      name,
      begun,
      ...(ended !== undefined && { ended }),
    })) ?? [],
  events: [{ at: at(9, 30), text: 'rolling 2/4 waits: machine "i-0b2" has not yet joined cluster' }],
  ...changes,
});

export const earlier = record({
  ...{ id: "ffffffff-0000-4000-8000-000000000000", begun: at(-120), ended: at(-110), result: "succeeded", events: [] },
  nodes: [0, 3].map((begun) => ({ name: `i-00${begun}`, drained: at(begun - 120), valid: at(begun - 117) })),
});

export const lock: LockStatus = {
  ...{ operation: "update", owner: "organization/pilot/sbx", host: "laptop", pid: 4711, since: at(0), renewed: 4 },
  alive: "yes",
};

const sizes = (name: string, role: string, machineType: string, desired: number, maxSize = desired) => ({
  ...{ role, machineType, minSize: Math.min(2, desired), maxSize, desired, autoScalingGroup: `${name}.${cluster}` },
});

const cloud = (waiting: string[]): NonNullable<Facts["cloud"]> => ({
  sizes: {
    "control-plane-a": sizes("control-plane-a.masters", "ControlPlane", "t3.medium", 1),
    nodes: sizes("nodes", "Node", "t3.xlarge", 4, 4),
  },
  instances: { "control-plane-a": 1, nodes: 4 },
  waiting: waiting.length === 0 ? {} : { nodes: waiting },
  notAsked: [],
});

const node = (name: string, group: string, ready = true, cordoned = false) => ({
  name,
  group,
  version: "v1.34.3",
  ready,
  cordoned,
});
const kubernetes = (...of: NonNullable<Facts["kubernetes"]>["nodes"]): NonNullable<Facts["kubernetes"]> => ({
  server: "1.34.3",
  nodes: [node("i-0c1", "control-plane-a"), ...of],
});

export const ready: Facts = {
  ...{ name: cluster, now, spec, groups, kopsVersion: "1.35.0", journal, lock: undefined, pause: undefined },
  records: [{ name: "2026-11-30T10-00-00-000Z-update-ffffffff", record: earlier }],
  cloud: cloud([]),
  kubernetes: kubernetes(...[1, 2, 3, 4].map((one) => node(`i-0a${one}`, "nodes"))),
  notAsked: [],
};

const current = { name: "2026-11-30T12-00-00-000Z-update-0a1b2c3d", record: record() };

export const inRoll: Facts = {
  ...ready,
  ...{ journal: rolling, lock, records: [current, ...ready.records], cloud: cloud(["i-0a3", "i-0a4"]) },
  kubernetes: kubernetes(node("i-0b1", "nodes"), node("i-0a3", "nodes"), node("i-0a4", "nodes")),
};

export const pause = { since: at(8), by: "kim@desk", reason: "until the sale ends" };

/** A cluster in each state that a status tells. */
export const cases: Readonly<Record<string, Facts>> = {
  ready,
  rolling: inRoll,
  killed: { ...inRoll, lock: { ...lock, alive: "no", renewed: 312 } },
  paused: {
    ...inRoll,
    ...{ lock: undefined, pause },
    records: [
      { ...current, record: record({ result: "stopped", ended: at(9), error: "The update stopped." }) },
      ...ready.records,
    ],
  },
  failed: {
    ...inRoll,
    lock: undefined,
    records: [{ ...current, record: record({ result: "failed", ended: at(9), error: "The drain took too long." }) }],
  },
  "nodes wait": {
    ...ready,
    cloud: cloud(["i-0a3"]),
    journal: {
      ...journal,
      rollingUpdate: {
        maintenanceWindows: [{ days: ["Mon"], from: "22:00", to: "04:00", timezone: "Australia/Sydney" }],
      },
    },
  },
  "nothing answers": {
    ...ready,
    ...{ cloud: undefined, kubernetes: undefined },
    notAsked: [
      { what: "AWS", why: "AccessDenied: not authorized to perform autoscaling:DescribeAutoScalingGroups" },
      { what: "Kubernetes API", why: "the kubeconfig has no context of this name; kOps 1.35.0 is not on this machine" },
    ],
  },
  unmanaged: { ...ready, journal: undefined, records: [], drift: ["modify LaunchTemplate/nodes"] },
};

export const statusOf = (name: string): ClusterStatus => {
  const facts = cases[name];
  if (!facts) throw new Error(`there is no case ${name}`);
  return clusterStatusOf(facts);
};
