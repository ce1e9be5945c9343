import { expect } from "chai";
import { destroyPlan, destroyPlanText, madeFor, parseListed } from "../../../../providers/kops/delete/destroy-plan.ts";

const cluster = "k1.example.com";
const owned = { [`kubernetes.io/cluster/${cluster}`]: "owned" };

describe("a destroy plan", () => {
  it("reads kOps's list, names that are empty too", () => {
    const text = "TYPE\t\t\tNAME\t\t\tID\nautoscaling-group\tnodes.k1.example.com\tnodes.k1.example.com\nvolume\t\t\t\t\tvol-1\n\nMust specify --yes to delete cluster\n";
    expect(parseListed(text)).to.deep.equal([
      { kind: "autoscaling-group", name: "nodes.k1.example.com", id: "nodes.k1.example.com" },
      { kind: "volume", name: "", id: "vol-1" },
    ]);
    expect(parseListed("No cloud resources to delete\n")).to.deep.equal([]);
  });

  for (const [title, tags, expected] of [
    ["a Service's load balancer", { ...owned, "kubernetes.io/service-name": "shop/web" }, "Service shop/web"],
    ["a load balancer controller's", { "elbv2.k8s.aws/cluster": cluster, "ingress.k8s.aws/stack": "shop/web" }, "Ingress shop/web"],
    ["a claim's volume", { ...owned, "kubernetes.io/created-for/pvc/namespace": "shop", "kubernetes.io/created-for/pvc/name": "db" }, "PersistentVolumeClaim shop/db"],
    ["a CSI volume without a claim's name", { KubernetesCluster: cluster, "ebs.csi.aws.com/cluster": "true" }, "a PersistentVolume"],
    ["kOps's own etcd volume, which is none", { ...owned, "k8s.io/etcd/main": "a/a" }, undefined],
    ["another cluster's, which is none", { "kubernetes.io/cluster/k2.example.com": "owned", "kubernetes.io/service-name": "shop/web" }, undefined],
  ] as const) {
    it(`knows ${title}`, () => {
      expect(madeFor(cluster, tags)).to.equal(expected);
    });
  }

  it("tells what the workloads made and goes, with its data, from what is left behind", () => {
    const plan = destroyPlan({
      cluster,
      listed: [{ kind: "volume", name: "pvc-1", id: "vol-1" }, { kind: "instance", name: "nodes", id: "i-1" }],
      tagged: [
        { kind: "volume", id: "vol-1", name: "pvc-1", tags: { ...owned, "kubernetes.io/created-for/pvc/name": "db" } },
        { kind: "load-balancer", id: "arn:1", name: "shop", tags: { "elbv2.k8s.aws/cluster": cluster } },
      ],
      stays: ["VPC vpc-1"],
      protected: true,
    });
    expect(plan.madeByWorkloads.map(({ id }) => id)).to.deep.equal(["vol-1"]);
    expect(plan.leftBehind.map(({ id }) => id)).to.deep.equal(["arn:1"]);
    const text = destroyPlanText(plan);
    expect(text).to.contain("deletes 2 cloud resources").and.to.contain("volume pvc-1 of PersistentVolumeClaim ?/db, with its data");
    expect(text).to.contain("load-balancer shop of a load balancer controller").and.to.contain("VPC vpc-1").and.to.contain("deletionProtection is on");
  });
});
