import { expect } from "chai";
import { refusalsOf } from "../../../../providers/kops/rules/refusals.ts";
import { tagsOfGroup } from "../../../../providers/kops/model/tag-keys.ts";
import { unknownValue } from "../../../../providers/kops/model/unknown.ts";
import { sampleInputs } from "../samples.ts";

type Fields = Record<string, unknown>;

const sample = sampleInputs();
const ofCluster = (cloudLabels: Fields): Fields => ({ ...sample, cluster: { ...sample.cluster, cloudLabels } });
const ofGroup = (changes: Fields, group = "nodes"): Fields => ({
  ...sample,
  instanceGroups: { ...sample.instanceGroups, [group]: { ...sample.instanceGroups[group], ...changes } },
});
const said = (desired: Fields, old?: Fields): string[] =>
  refusalsOf(old, desired).map(({ property, reason }) => `${property} ${reason}`);
const many = (count: number): Fields =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, "x"]));

describe("tags and labels", () => {
  const wrong: [Fields, string][] = [
    [
      ofCluster({ KubernetesCluster: "other" }),
      "cluster.cloudLabels.KubernetesCluster is a tag that is not for people to set: kOps finds what belongs to a " +
        "cluster by it",
    ],
    [ofCluster({ kubernetescluster: "other" }), "cluster.cloudLabels.kubernetescluster is a tag"],
    [
      ofCluster({ "kubernetes.io/cluster/k2.example.com": "owned" }),
      "cluster.cloudLabels.kubernetes.io/cluster/k2.example.com is a tag",
    ],
    [ofCluster({ Name: "mine" }), "cluster.cloudLabels.Name is a tag"],
    [ofCluster({ name: "mine" }), "cluster.cloudLabels.name is a tag"],
    [ofCluster({ "k8s.io/role/master": "1" }), "cluster.cloudLabels.k8s.io/role/master is a tag"],
    [ofCluster({ "k8s.io/etcd/main": "a/a" }), "cluster.cloudLabels.k8s.io/etcd/main is a tag"],
    [ofCluster({ "kops.k8s.io/instancegroup": "nodes" }), "cluster.cloudLabels.kops.k8s.io/instancegroup is a tag"],
    [ofCluster({ "kubernetes.io/kops/role": "private" }), "cluster.cloudLabels.kubernetes.io/kops/role is a tag"],
    [
      ofCluster({ "AWS:owner": "x" }),
      "cluster.cloudLabels.AWS:owner is a tag that is not for people to set: AWS keeps it",
    ],
    [
      ofCluster({ ["k".repeat(129)]: "x" }),
      `cluster.cloudLabels.${"k".repeat(129)} has a key of 129 characters: AWS takes 128`,
    ],
    [ofCluster({ key: "v".repeat(257) }), "cluster.cloudLabels.key has a value of 257 characters: AWS takes 256"],
    [ofCluster({ key: "a,b" }), "cluster.cloudLabels.key has a value with other characters than IAM takes"],
    [ofCluster({ "a*b": "c" }), "cluster.cloudLabels.a*b has a key with other characters than IAM takes"],
    [ofCluster({ team: "a", Team: "b" }), "cluster.cloudLabels.Team differs from team only by its case"],
    [
      ofCluster({ "k8s.io/cluster-autoscaler/node-template/label/node-role.kubernetes.io/control-plane": "" }),
      "cluster.cloudLabels.k8s.io/cluster-autoscaler/node-template/label/node-role.kubernetes.io/control-plane " +
        "gives nodes the label",
    ],
    [
      ofGroup({ cloudLabels: { KubernetesCluster: "x" } }),
      "instanceGroups.nodes.cloudLabels.KubernetesCluster is a tag",
    ],
    [
      ofGroup({ cloudLabels: { "kops.k8s.io/instancegroup": "others" } }),
      "instanceGroups.nodes.cloudLabels.kops.k8s.io/instancegroup is a tag",
    ],
    [
      ofGroup({ nodeLabels: { "node-role.kubernetes.io/control-plane": "" } }),
      "instanceGroups.nodes.nodeLabels.node-role.kubernetes.io/control-plane is a label of control-plane nodes",
    ],
    [
      ofGroup({ nodeLabels: { [`${"a".repeat(40)}.example.com/${"b".repeat(40)}`]: "" } }),
      `instanceGroups.nodes.nodeLabels.${"a".repeat(40)}.example.com/${"b".repeat(40)} is too long: kOps makes the tag`,
    ],
    [
      ofGroup({ taints: ["a=b:NoSchedule", `${"a".repeat(90)}=x:NoSchedule`] }),
      "instanceGroups.nodes.taints[1] has too long a key",
    ],
    [ofGroup({ cloudLabels: many(45) }), "instanceGroups.nodes would have 52 tags, 45 of them given"],
  ];
  for (const [desired, expected] of wrong) {
    it(`that kOps relies on, or AWS refuses, are refused: ${expected.slice(0, 90)}`, () => {
      const all = said(desired);
      expect(all).to.have.length(1);
      expect(all[0]?.startsWith(expected), all[0]).to.equal(true);
    });
  }

  const fine: [string, Fields][] = [
    [
      "tags of people",
      ofCluster({ Owner: "John Doe", "foo/bar": "fib+baz", "cost-centre": "1234", tëam: "ä", empty: "" }),
    ],
    [
      "tags of the cluster autoscaler",
      ofGroup({
        cloudLabels: {
          "k8s.io/cluster-autoscaler/enabled": "true",
          "k8s.io/cluster-autoscaler/k1.example.com": "",
          "k8s.io/cluster-autoscaler/node-template/label/tier": "general",
          "k8s.io/cluster-autoscaler/node-template/label/kops.k8s.io/instancegroup": "nodes",
          "k8s.io/cluster-autoscaler/node-template/taint/a": "b:NoSchedule",
        },
      }),
    ],
    [
      "the group's own name, as kOps writes it",
      ofGroup({
        cloudLabels: { "kops.k8s.io/instancegroup": "nodes" },
        nodeLabels: { "kops.k8s.io/instancegroup": "nodes" },
      }),
    ],
    [
      "a former name of the group in its labels, as in kOps's own manifests",
      ofGroup({ nodeLabels: { "kops.k8s.io/instancegroup": "nodes-us-test-1a" } }),
    ],
    ["roles of workers", ofGroup({ nodeLabels: { "node-role.kubernetes.io/spot-worker": "true" } })],
    [
      "the role of the control plane on the control plane",
      ofGroup({ nodeLabels: { "node-role.kubernetes.io/control-plane": "" } }, "control-plane-a"),
    ],
    ["other characters on a group, which has no role", ofGroup({ cloudLabels: { "a*b": "c,d" } })],
    ["as many as AWS takes", ofGroup({ cloudLabels: many(43) })],
    ["values that are not known yet", ofCluster({ key: unknownValue })],
  ];
  for (const [what, desired] of fine) {
    it(`are accepted: ${what}`, () => {
      expect(said(desired)).to.deep.equal([]);
    });
  }

  it("that a cluster already has block no other change", () => {
    const old = ofCluster({ "k8s.io/odd": "x" });
    expect(said({ ...old, instanceGroups: sample.instanceGroups }, old)).to.deep.equal([]);
    expect(said(ofCluster({ "k8s.io/odd": "y" }), old)).to.have.length(1);
  });

  it("of a group's resources are counted with those of kOps", () => {
    const none = { clusterTags: [], cloudLabels: [], nodeLabels: [], taints: [] };
    expect(tagsOfGroup({ role: "Node", ...none })).to.have.length(7);
    expect(tagsOfGroup({ role: "ControlPlane", ...none })).to.have.length(10);
    expect(
      tagsOfGroup({
        role: "Node",
        clusterTags: ["a"],
        cloudLabels: ["a", "b"],
        nodeLabels: ["c"],
        taints: ["d=e:NoSchedule", "f:NoSchedule"],
      }),
    ).to.have.length(11);
  });
});
