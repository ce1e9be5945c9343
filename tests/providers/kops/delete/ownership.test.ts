import { expect } from "chai";
import type { Resource } from "../../../../providers/kops/aws/resources/resource.ts";
import { ownershipOf, byOwnership } from "../../../../providers/kops/delete/ownership.ts";
import type { Ownership } from "../../../../providers/kops/delete/ownership.ts";
import { nameSource, kopsNames } from "../../../../providers/kops/model/cloud-names.ts";
import { cluster, names, owned, claim, resource } from "./found-resources.ts";

describe("names of what kOps makes", () => {
  it("match kOps's own integration test of a long name", () => {
    // tests/integration/update_cluster/minimal-longclustername of kOps.
    const long = kopsNames("this.is.truly.a.really.really.really.really.really.long.cluster-name.minimal.example.com", {
      autoScalingGroups: [],
      records: false,
    });
    expect(long.queue).to.equal("this-is-truly-a-really-really-really-really-really-long-cluster-name-ueip1f-nth");
    expect(long.queue.length).to.be.at.most(80);
    expect(long.rules).to.include("this.is.truly.a.really.really.rea-cbmd7d-ASGLifecycle");
    expect(long.roles.map((role) => role.length)).to.satisfy((lengths: number[]) =>
      lengths.every((length) => length <= 64),
    );
    expect(names.queue).to.equal("k1-example-com-nth");
    expect(names.rules).to.include("k1.example.com-SpotInterruption");
  });

  it(
    "cover groups of the manifests, of Pulumi's state and of the last applied spec, and records only where kOps " +
      "writes them",
    () => {
      const from = nameSource(cluster, { topology: { dns: { type: "None" } } }, [
        { nodes: { role: "Node" } },
        undefined,
        { cp: { role: "Master" }, nodes: { role: "Node" } },
      ]);
      expect(from).to.deep.equal({
        autoScalingGroups: ["cp.masters.k1.example.com", "nodes.k1.example.com"],
        records: false,
      });
      expect(nameSource("k1.k8s.local", {}, []).records).to.equal(false);
      expect(nameSource(cluster, {}, []).records).to.equal(true);
    },
  );
});

describe("the owner of a resource", () => {
  const name = "nodes.k1.example.com";
  for (const [title, it_, expected] of [
    ["the cluster's by both tags", resource("volume", "v", owned), "cluster"],
    [
      "the cluster's by kOps's own tag alone",
      resource("security-group", "sg", { KubernetesCluster: cluster }),
      "cluster",
    ],
    ["a workload's by what a controller writes", resource("volume", "v", claim), "workload"],
    ["a load balancer controller's", resource("target-group", "tg", { "elbv2.k8s.aws/cluster": cluster }), "workload"],
    ["somebody else's without tags", resource("volume", "v"), "other"],
    [
      "another cluster's by its tag, whatever its name",
      resource("autoscaling-group", name, { KubernetesCluster: "k2.example.com" }, { name, proof: "x" }),
      "other",
    ],
    [
      "another cluster's by the tag of its load balancer",
      resource("load-balancer", "lb", { ...owned, "elbv2.k8s.aws/cluster": "k2.example.com" }),
      "other",
    ],
    [
      "shared, so not the cluster's",
      resource("subnet", "s", { [`kubernetes.io/cluster/${cluster}`]: "shared" }),
      "other",
    ],
    [
      "not the cluster's by kOps's tag alone, where it is a part of a network",
      resource("vpc", "vpc", { KubernetesCluster: cluster }),
      "other",
    ],
    ["the cluster's own network", resource("vpc", "vpc", owned), "cluster"],
    [
      "the cluster's by name and launch template",
      resource("autoscaling-group", name, {}, { name, proof: "its launch template" }),
      "cluster",
    ],
    ["not shown by a name alone", resource("autoscaling-group", name, {}, { name }), "unproven"],
    ["somebody else's by another name", resource("autoscaling-group", "web", {}, { name: "web", proof: "x" }), "other"],
    [
      "the cluster's by the network plugin's tag",
      resource("network-interface", "eni", { "cluster.k8s.amazonaws.com/name": cluster }),
      "cluster",
    ],
    ["the queue by its name and policy", resource("sqs", "url", {}, { name: names.queue, proof: "policy" }), "cluster"],
    [
      "not the queue of a cluster whose name begins with this one's",
      resource("sqs", "url", {}, { name: "k1-example-com-au-nth", proof: "policy" }),
      "other",
    ],
  ] as [string, Resource, Ownership][]) {
    it(`is ${title}`, () => {
      expect(ownershipOf(names, it_)).to.equal(expected);
    });
  }

  it("lists resources in an order in which they can be deleted, without what AWS deletes itself", () => {
    const found = byOwnership(names, [
      resource("volume", "v", owned),
      resource("instance", "i-1", { ...owned, "aws:autoscaling:groupName": name }),
      resource("instance", "i-2", owned),
      resource("network-interface", "eni-1", owned, { detail: { status: "in-use" } }),
      resource("network-interface", "eni-2", owned, { detail: { status: "available" } }),
      resource("security-group", "sg", owned),
      resource("autoscaling-group", name, owned),
    ]);
    expect(found.cluster.map(({ id }) => id)).to.deep.equal([name, "i-2", "eni-2", "sg", "v"]);
  });
});
