import { expect } from "chai";
import { updateConditions } from "../../../../providers/kops/model/conditions.ts";
import type { Finding } from "../../../../providers/kops/model/conditions.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/index.ts";
import type { Journal } from "../../../../providers/kops/store/journal.ts";
import { knownOutputs } from "../../../../providers/kops/plan/known-outputs.ts";
import { desiredSpec, digestOf } from "../../../../providers/kops/model/spec.ts";
import { sampleInputs } from "../samples.ts";

const good: Finding[] = (
  ["SpecWritten", "CloudApplied", "ControlPlaneUpToDate", "NodesUpToDate", "Validated"] as const
).map((type) => ({ type, status: "True", reason: "Done", message: "" }));
const conditions = updateConditions([], good, new Date("2026-11-21T08:00:00Z"));
const cluster = "k1.sbx.example.com";

const cloud = {
  instanceGroups: {
    "control-plane-a": {
      autoScalingGroup: `control-plane-a.masters.${cluster}`,
      launchTemplate: `control-plane-a.masters.${cluster}`,
      launchTemplateId: "lt-1",
    },
    nodes: { autoScalingGroup: `nodes.${cluster}`, launchTemplate: `nodes.${cluster}`, launchTemplateId: "lt-2" },
  },
  instanceProfiles: { "control-plane-a": `masters.${cluster}`, nodes: `nodes.${cluster}` },
  roles: { ControlPlane: `masters.${cluster}`, Node: `nodes.${cluster}` },
  securityGroups: { [`nodes.${cluster}`]: "sg-1" },
  etcdVolumes: {},
};

function journal(changes: Partial<Journal> = {}): Journal {
  const inputs = sampleInputs();
  const observed = {
    nodes: {
      role: "Node",
      machineType: "t3.large",
      minSize: 3,
      maxSize: 3,
      desired: 3,
      autoScalingGroup: `nodes.${cluster}`,
    },
  };
  return {
    version: 1,
    cluster,
    owner: inputs.owner,
    conditions,
    instanceGroups: [],
    applied: { digest: digestOf(desiredSpec(inputs)), kopsVersion: "1.35.0", revision: 4, at: "2026-11-21T08:00:00Z" },
    outputs: { certificateAuthority: "PEM", endpoint: "https://old", observed, cloud, kubernetesVersion: "1.34.3" },
    ...changes,
  };
}

function groupsWith(changes: Record<string, unknown>): Partial<KopsClusterInputs> {
  const { instanceGroups } = sampleInputs();
  return { instanceGroups: { ...instanceGroups, nodes: { ...instanceGroups["nodes"], ...changes } } };
}

const everything = [
  "appliedDigest",
  "certificateAuthority",
  "cloud",
  "conditions",
  "endpoint",
  "kubernetesVersion",
  "observed",
  "revision",
];
const without = (...names: string[]): string[] => everything.filter((name) => !names.includes(name));
const open = { id: "1", verb: "update" as const, digest: "x", begun: "2026-11-21T08:00:00Z", steps: [] };

describe("what is known of the outputs before an update", () => {
  for (const [change, inputs, before, names] of [
    ["a machine type: everything", groupsWith({ machineType: "t3.xlarge" }), journal(), everything],
    ["a size: everything", groupsWith({ maxSize: 9 }), journal(), everything],
    ["nothing but an interval: everything", { rollingUpdate: { nodeInterval: "1m" } }, journal(), everything],
    ["a new cluster: what its inputs tell", {}, undefined, ["appliedDigest", "endpoint", "kubernetesVersion"]],
    [
      "a cluster an older program wrote the journal of: what its inputs tell",
      {},
      journal({ outputs: undefined }),
      ["appliedDigest", "endpoint", "kubernetesVersion"],
    ],
    [
      "a new instance group: not the id of its template",
      { instanceGroups: { ...sampleInputs().instanceGroups, more: { role: "Node" } } },
      journal(),
      without("cloud"),
    ],
    [
      "a roll by hand: not whether it is done",
      { ...groupsWith({ machineType: "t3.xlarge" }), rollingUpdate: { strategy: "manual" } },
      journal(),
      without("conditions"),
    ],
    ["an update that was interrupted: not how it ends", {}, journal({ operation: open }), without("conditions")],
    ["a refused change let through: not what it makes anew", { allow: ["loadBalancer"] }, journal(), without("cloud")],
  ] satisfies [string, Partial<KopsClusterInputs>, Journal | undefined, string[]][]) {
    it(`of ${change}`, () => {
      expect(Object.keys(knownOutputs(sampleInputs(inputs), before)).sort()).to.deep.equal(names);
    });
  }

  it("increments the revision with another spec, and not with the same", () => {
    expect(knownOutputs(sampleInputs(groupsWith({ machineType: "t3.xlarge" })), journal()).revision).to.equal(5);
    expect(knownOutputs(sampleInputs({ budget: "1h" }), journal()).revision).to.equal(4);
  });

  it("keeps the number of nodes that an autoscaler chose, within the new bounds", () => {
    const desired = (changes: Record<string, unknown>): unknown =>
      knownOutputs(sampleInputs(groupsWith(changes)), journal()).observed?.["nodes"]?.desired;
    expect([
      desired({ minSize: 1, maxSize: 9 }),
      desired({ minSize: 5, maxSize: 9 }),
      desired({ minSize: 1, maxSize: 2 }),
    ]).to.deep.equal([3, 5, 2]);
  });

  it("takes the endpoint from the load balancer where the cluster has no DNS name", () => {
    const inputs = sampleInputs({ cluster: { ...sampleInputs().cluster, topology: { dns: { type: "None" } } } });
    expect(knownOutputs(inputs, journal()).endpoint).to.equal("https://old");
  });
});
