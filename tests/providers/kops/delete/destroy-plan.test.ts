import { expect } from "chai";
import { updateConditions } from "../../../../providers/kops/model/conditions.ts";
import type { Condition } from "../../../../providers/kops/model/conditions.ts";
import { KopsError } from "../../../../providers/kops/model/errors.ts";
import {
  destroyPlan,
  destroyPlanText,
  madeFor,
  refuseNothing,
} from "../../../../providers/kops/delete/destroy-plan.ts";
import { parseListed } from "../../../../providers/kops/kops-cli/output/delete-cluster.ts";

const cluster = "k1.example.com";
const owned = { [`kubernetes.io/cluster/${cluster}`]: "owned" };

describe("a destroy plan", () => {
  it("reads kOps's list, names that are empty too", () => {
    const text =
      "TYPE\t\t\tNAME\t\t\tID\nautoscaling-group\tnodes.k1.example.com\tnodes.k1.example.com\nvolume\t\t\t\t\tvol-1\n\nMust " +
      "specify --yes to delete cluster\n";
    expect(parseListed(text)).to.deep.equal([
      { kind: "autoscaling-group", name: "nodes.k1.example.com", id: "nodes.k1.example.com" },
      { kind: "volume", name: "", id: "vol-1" },
    ]);
    expect(parseListed("No cloud resources to delete\n\nMust specify --yes to delete cluster\n")).to.deep.equal([]);
    expect(() => parseListed("NAME\tID\n")).to.throw(KopsError, "cannot be read");
  });

  const applied = { digest: "d", kopsVersion: "1.35.0", revision: 1, at: "2026-11-23T09:00:00Z" };
  const cloudApplied = (status: "True" | "False"): Condition[] =>
    updateConditions([], [{ type: "CloudApplied", status, reason: "Said", message: "" }], new Date());
  for (const [title, journal, refused] of [
    ["of a cluster that was applied", { applied, conditions: [] }, true],
    ["of a cluster whose first apply is done", { conditions: cloudApplied("True") }, true],
    ["while a deletion is under way", { conditions: cloudApplied("False") }, false],
    ["of a cluster without a journal", undefined, false],
  ] satisfies [string, Parameters<typeof refuseNothing>[2], boolean][]) {
    it(`is ${refused ? "" : "not "}refused when kOps finds nothing ${title}`, () => {
      const checkDesired = (listed: Parameters<typeof refuseNothing>[1]) => () => {
        refuseNothing(cluster, listed, journal, { region: "ap-southeast-2", asWhom: "the profile ops" });
      };
      expect(checkDesired([{ kind: "volume", name: "", id: "vol-1" }])).not.to.throw();
      if (refused)
        expect(checkDesired([]))
          .to.throw(KopsError, "finds no cloud resource of k1.example.com in ap-southeast-2 as the profile ops")
          .with.property("message")
          .that.contains("--assume-role");
      else expect(checkDesired([])).not.to.throw();
    });
  }

  for (const [title, tags, expected] of [
    ["a Service's load balancer", { ...owned, "kubernetes.io/service-name": "shop/web" }, "Service shop/web"],
    [
      "a load balancer controller's",
      { "elbv2.k8s.aws/cluster": cluster, "ingress.k8s.aws/stack": "shop/web" },
      "Ingress shop/web",
    ],
    [
      "a claim's volume",
      { ...owned, "kubernetes.io/created-for/pvc/namespace": "shop", "kubernetes.io/created-for/pvc/name": "db" },
      "PersistentVolumeClaim shop/db",
    ],
    [
      "a CSI volume without a claim's name",
      { KubernetesCluster: cluster, "ebs.csi.aws.com/cluster": "true" },
      "a PersistentVolume",
    ],
    [
      "a snapshot that somebody asked for",
      { ...owned, CSIVolumeSnapshotName: "snapshot-1" },
      "VolumeSnapshot snapshot-1",
    ],
    ["kOps's own etcd volume, which is none", { ...owned, "k8s.io/etcd/main": "a/a" }, undefined],
    [
      "another cluster's, which is none",
      { "kubernetes.io/cluster/k2.example.com": "owned", "kubernetes.io/service-name": "shop/web" },
      undefined,
    ],
  ] as const) {
    it(`knows ${title}`, () => {
      expect(madeFor(cluster, tags)).to.equal(expected);
    });
  }

  const seen: Parameters<typeof destroyPlan>[0] = {
    cluster,
    listed: [
      { kind: "iam-role", name: "nodes.k1.example.com", id: "nodes.k1.example.com" },
      { kind: "volume", name: "pvc-1", id: "vol-1" },
      { kind: "instance", name: "nodes", id: "i-1" },
    ],
    own: [
      { kind: "autoscaling-group", id: "nodes.k1.example.com", name: "nodes.k1.example.com", tags: {} },
      { kind: "instance", id: "i-1", name: "nodes", tags: owned },
    ],
    workload: [
      { kind: "volume", id: "vol-1", name: "pvc-1", tags: { ...owned, "kubernetes.io/created-for/pvc/name": "db" } },
      {
        kind: "classic-load-balancer",
        id: "shop",
        name: "shop",
        tags: { ...owned, "kubernetes.io/service-name": "shop/web" },
      },
    ],
    unproven: [{ kind: "iam-role", id: "nodes.k1.example.com", name: "nodes.k1.example.com", tags: {} }],
    blockedBy: ["instance i-2 holds security group nodes (sg-1)"],
    stays: ["VPC vpc-1"],
    workloadResources: "stop",
    protected: true,
  };

  it("tells what kOps deletes from what is deleted beside it, and what the workloads made, with its data", () => {
    const plan = destroyPlan(seen);
    expect(plan.alsoGoes.map(({ id }) => id)).to.deep.equal(["nodes.k1.example.com"]);
    expect(plan.madeByWorkloads.map(({ id }) => id)).to.deep.equal(["vol-1"]);
    expect(plan.leftBehind.map(({ kind, id }) => `${kind} ${id}`)).to.deep.equal(["load-balancer shop"]);
    const text = destroyPlanText(plan);
    expect(text)
      .to.contain("deletes 4 cloud resources")
      .and.to.contain("kOps does not know")
      .and.to.contain("autoscaling group nodes.k1.example.com");
    expect(text)
      .to.contain("deletion.workloadResources is stop: it is refused")
      .and.to.contain("volume pvc-1 of PersistentVolumeClaim ?/db, with its data")
      .and.to.contain("load-balancer shop of Service shop/web");
    expect(text)
      .to.contain("instance i-2 holds security group nodes (sg-1)")
      .and.to.contain("nothing shows whose they are")
      .and.to.contain("VPC vpc-1")
      .and.to.contain("deletionProtection is on");
  });

  it("says of what the workloads made that it is deleted where it is to be", () => {
    expect(destroyPlanText(destroyPlan({ ...seen, workloadResources: "delete" }))).to.contain(
      "they are deleted too (deletion.workloadResources is delete)",
    );
  });
});
