import type { Told } from "../../../cli/report/told.ts";
import { historyName } from "../../../providers/kops/store/history.ts";
import type { HistoryRecord } from "../../../providers/kops/store/history.ts";

const begun = Date.parse("2026-11-30T12:00:00Z");

/** A time so many seconds after the sample began. */
export const second = (seconds: number): string => new Date(begun + 1000 * seconds).toISOString();

const steps: [name: string, from: number, to: number][] = [
  ...([
    ["SpecWritten", 2, 6],
    ["ControlPlaneApplied", 6, 41],
    ["ControlPlaneRolled", 41, 52],
    ["CloudApplied", 52, 70],
    ["NodesRolled", 70, 1046],
    ["Rolled nodes", 74, 756],
    ["Rolled spot", 756, 1044],
    ["GroupsLeft", 1046, 1118],
    ["Pruned", 1118, 1131],
    ["Validated", 1131, 1140],
  ] as [string, number, number][]),
];

type Node = [name: string, group: string, drained: number, stopped: number, notJoined: number, valid: number];
const nodes: Node[] = [
  ["i-0c41e8b27d9a35f60", "nodes", 80, 98, 182, 205],
  ["i-07be2a91c4d8e3f15", "nodes", 222, 461, 540, 566],
  ["i-0f93d1b6a2c7e8045", "nodes", 583, 604, 690, 752],
  ["i-0a5d7c3e9b1f48262", "spot", 764, 779, 868, 884],
  ["i-03e8f6a1d7b2c9540", "spot", 901, 917, 1003, 1040],
];

const pdb = "a PodDisruptionBudget allows no disruption of shop/cart-6d9f7c5b8-x2x7k";

/** A new machine type, with a drain that a budget blocks and a removed group. */
export const rolled: HistoryRecord = {
  version: 1,
  id: "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
  cluster: "k1.sbx.example.com",
  verb: "update",
  owner: "organization/pilot/sbx",
  by: {
    arn: "arn:aws:sts::123456789012:assumed-role/pilot-up/pilot-up-7301",
    person: "runner@ci-7301",
    actor: "ann",
    approvedBy: ["bob"],
    commit: "0f2d8a6b41c7e9d3a5b8c0e2f4a6d8b1c3e5f7a9",
    pull: "https://github.com/acme/clusters/pull/31",
    run: "https://github.com/acme/clusters/actions/runs/7301",
  },
  begun: second(0),
  ended: second(1141),
  result: "succeeded",
  kopsVersion: "1.35.0",
  kubernetesVersion: "1.34.3",
  changes: [
    "instanceGroups.nodes.machineType: t3.large -> t3.xlarge",
    "instanceGroups.spot.machineType: t3.large -> t3.xlarge",
    "instanceGroups.spot.maxSize: 2 -> 3",
    'instanceGroups.old: {"role":"Node","machineType":"t3.medium","minSize":1,"maxSize… -> nothing',
    "cluster.sshAccess: nothing -> 10.0.0.0/16",
  ],
  plan: { shown: "5f1c0a9be27d4386", reviewed: "5f1c0a9be27d4386" },
  steps: steps.map(([name, from, to]) => ({ name, begun: second(from), ended: second(to) })),
  nodes: [
    ...nodes.map(([name, group, drained, stopped, notJoined, valid]) => ({
      ...{ name, group, instance: name, drained: second(drained), stopped: second(stopped) },
      ...{ notJoined: second(notJoined), valid: second(valid) },
    })),
    {
      ...{ name: "i-0b7f2d5c8e1a94360", group: "old", removed: true },
      ...{ drained: second(1060), emptied: second(1082), stopped: second(1115) },
    },
  ],
  waits: [
    {
      ...{ what: "task LaunchTemplate/nodes.k1.sbx.example.com", begun: second(12), ended: second(24) },
      reason: "RequestLimitExceeded: Request limit exceeded",
    },
    {
      ...{ what: "the cluster to be valid", begun: second(104), ended: second(205) },
      reason: 'machine "i-0d2c4e6f8a1b3c5d7" has not yet joined cluster',
    },
    { what: "the drain of node i-07be2a91c4d8e3f15", begun: second(230), ended: second(452), reason: pdb },
    {
      ...{ what: "the cluster to be valid", begun: second(470), ended: second(566) },
      reason: 'machine "i-09a8b7c6d5e4f3021" has not yet joined cluster',
    },
    {
      ...{ what: "the cluster to be valid", begun: second(612), ended: second(752) },
      reason: 'system-node-critical pod "ebs-csi-node-9q4tz" is pending',
    },
    { what: "an answer of the Kubernetes API", begun: second(1066), ended: second(1075), reason: "HTTP status 503" },
  ],
  held: [],
  events: [
    [2, "writing the manifests"],
    [70, "rolling 0/5"],
    [80, "rolling 1/5 draining i-0c41e8b27d9a35f60"],
    [98, "rolling nodes 1/5 replacing i-0c41e8b27d9a35f60"],
    [205, "rolling 1/5 cluster is valid"],
    [230, `rolling 2/5 waits: ${pdb}`],
    [461, "rolling nodes 2/5 replacing i-07be2a91c4d8e3f15"],
    [1046, "removing instance group old: cordoning and draining it"],
    [1141, "the cluster is up to date"],
  ].map(([at, text]) => ({ at: second(Number(at)), text: String(text) })),
  log: {
    host: "ci-7301",
    path: "/home/runner/.local/state/pilot/logs/k1.sbx.example.com/2026-11-30T12-00-00-000Z-update-4711.log",
  },
};

/** The same, failed at a drain. */
export const failed: HistoryRecord = {
  ...rolled,
  result: "failed",
  ended: second(1000),
  error: [
    "kops rolling-update cluster failed (exit status 1).",
    'error draining node "i-07be2a91c4d8e3f15": global timeout reached: 15m0s.',
    "Next: make room for the pods or change their PodDisruptionBudget, then run `pulumi up` again: it continues with this node.",
    `Log: ${rolled.log?.path ?? ""}`,
  ].join("\n  "),
  steps: rolled.steps
    .slice(0, 6)
    .map(({ name, begun: from, ended }, index) => ({ name, begun: from, ...(index < 4 && ended && { ended }) })),
  nodes: [...rolled.nodes.slice(0, 1), { name: "i-07be2a91c4d8e3f15", drained: second(222) }],
  waits: rolled.waits.slice(0, 3).map((wait, index) => (index === 2 ? { ...wait, ended: second(1000) } : wait)),
};

/** As a reader tells it. */
export function told(record: HistoryRecord, outcome: Told["outcome"] = record.result): Told {
  return { name: historyName(record), record, outcome, now: new Date(begun + 2_000_000) };
}

/** A text that would break out of any place where it is not escaped. */
export const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'\`</style></title><!--&amp;`;

/** Each text of a record replaced by a hostile one. */
export function withHostileTexts(record: HistoryRecord): HistoryRecord {
  const times = /^\d{4}-\d\d-\d\dT/;
  const kept = new Set(["succeeded", "failed", "update", "first"]);
  const replaced = (value: unknown): unknown => {
    if (typeof value === "string") return times.test(value) || kept.has(value) ? value : hostile;
    if (Array.isArray(value)) return value.map(replaced);
    if (value !== null && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replaced(one)]));
    return value;
  };
  return replaced(record) as HistoryRecord;
}
