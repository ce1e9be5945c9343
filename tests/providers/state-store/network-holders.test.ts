import { expect } from "chai";
import { clusterInTags } from "../../../providers/state-store/network-holders.ts";

describe("what holds a network", () => {
  for (const [who, tags, cluster] of [
    [
      "kOps",
      { KubernetesCluster: "k1.example.com", "kubernetes.io/cluster/k1.example.com": "owned" },
      "k1.example.com",
    ],
    ["the cloud provider", { "kubernetes.io/cluster/k2.example.com": "owned" }, "k2.example.com"],
    ["the load balancer controller", { "elbv2.k8s.aws/cluster": "k3.example.com" }, "k3.example.com"],
    ["the CNI", { "cluster.k8s.amazonaws.com/name": "k4.example.com" }, "k4.example.com"],
    ["nobody of a cluster", { Name: "warehouse" }, undefined],
  ] as const) {
    it(`is a cluster's if ${who} tagged it`, () => {
      expect(clusterInTags(tags)).to.equal(cluster);
    });
  }
});
