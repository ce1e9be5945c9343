import { expect } from "chai";
import type { Resource } from "../../../../providers/kops/aws/resources/resource.ts";
import {
  deletionBlockers,
  refusalOf,
  refuseBlocked,
  refuseProtected,
} from "../../../../providers/kops/delete/refuse-deletion.ts";
import { holdsOn } from "../../../../providers/kops/delete/held-resources.ts";
import { rejection } from "../../../local/rejection.ts";
import { memoryStore } from "../memory-store.ts";
import { sampleInputs } from "../samples.ts";
import { cluster, names, owned, claim, resource } from "./found-resources.ts";

describe("what blocks a deletion", () => {
  const group = resource("security-group", "sg-1", owned, { name: "nodes.k1.example.com" });
  const holding = (more: Partial<Resource>): Resource[] => [
    group,
    resource("autoscaling-group", "nodes.k1.example.com", owned, { name: "nodes.k1.example.com" }),
    resource("network-interface", "eni-1", {}, { groups: ["sg-1"], ...more }),
  ];
  for (const [title, resources, expected] of [
    ["an instance of somebody else", holding({ instance: { id: "i-9", tags: { Name: "db" } } }), ["instance i-9 (db)"]],
    [
      "an instance of an Auto Scaling group of somebody else",
      holding({ instance: { id: "i-9", tags: { "aws:autoscaling:groupName": "web" } } }),
      ["instance i-9 of Auto Scaling group web"],
    ],
    [
      "nothing, where an own group has it",
      holding({ instance: { id: "i-1", tags: { "aws:autoscaling:groupName": "nodes.k1.example.com" } } }),
      [],
    ],
    ["nothing, where an instance of the cluster has it", holding({ instance: { id: "i-1", tags: owned } }), []],
    ["nothing, where a NAT gateway has it", holding({ name: "Interface for NAT Gateway nat-1" }), []],
    [
      "nothing, where a load balancer has it, which is looked at itself",
      holding({ detail: { requester: "amazon-elb" } }),
      [],
    ],
    [
      "an interface that nothing uses",
      holding({ name: "left", detail: { status: "available" } }),
      ["unused network interface eni-1 (left)"],
    ],
    [
      "nothing, where it is the network plugin's, left over",
      holding({ tags: { "cluster.k8s.amazonaws.com/name": cluster }, detail: { status: "available" } }),
      [],
    ],
    [
      "a load balancer of somebody else",
      [group, resource("load-balancer", "arn", {}, { name: "web", groups: ["sg-1"] })],
      ["load balancer web (arn)"],
    ],
    [
      "nothing, where a workload's load balancer has it",
      [group, resource("load-balancer", "arn", { "elbv2.k8s.aws/cluster": cluster }, { groups: ["sg-1"] })],
      [],
    ],
    [
      "a rule in a group of somebody else",
      [group, resource("security-group-rule", "sgr-1", {}, { name: "in security group sg-9 (db)", groups: ["sg-1"] })],
      ["security group rule in security group sg-9 (db) (sgr-1)"],
    ],
    [
      "nothing, where kOps wrote the rule",
      [group, resource("security-group-rule", "sgr-1", owned, { groups: ["sg-1"] })],
      [],
    ],
    [
      "what lies in the cluster's own VPC",
      [resource("vpc", "vpc-1", owned), resource("network-interface", "eni-1", {}, { name: "lambda", vpc: "vpc-1" })],
      ["network interface eni-1 (lambda)"],
    ],
    [
      "nothing that lies in a VPC that is shared",
      [
        resource("vpc", "vpc-1", { [`kubernetes.io/cluster/${cluster}`]: "shared" }),
        resource("network-interface", "eni-1", {}, { vpc: "vpc-1" }),
      ],
      [],
    ],
  ] as [string, Resource[], string[]][]) {
    it(`is ${title}`, () => {
      expect(holdsOn(names, resources).map(({ by }) => by)).to.deep.equal(expected);
    });
  }

  it("is reported all at once, with the next step for each", () => {
    const resources = [
      ...holding({ instance: { id: "i-9", tags: {} } }),
      resource("volume", "vol-1", claim),
      resource("sqs", "url", {}, { name: "k1-example-com-au-nth" }),
    ];
    const { message } = refusalOf(cluster, deletionBlockers(names, resources, "stop")) ?? new Error("not refused");
    expect(refusalOf(cluster, deletionBlockers(names, resources, "stop"), true)?.message).to.contain(
      "nothing more was deleted",
    );
    for (const text of [
      "nothing was deleted",
      "volume vol-1 of PersistentVolumeClaim shop/db, with its data",
      "instance i-9 holds security group nodes.k1.example.com (sg-1)",
      "sqs k1-example-com-au-nth (url)",
      "workloadResources: delete",
    ])
      expect(message).to.contain(text);
  });

  it("excludes what workloads made, where that is deleted, and what only has the cluster's name", () => {
    expect(
      refusalOf(
        cluster,
        deletionBlockers(
          names,
          [
            resource("volume", "vol-1", claim),
            resource("iam-role", "nodes.k1.example.com", {}, { name: "nodes.k1.example.com" }),
          ],
          "delete",
        ),
      ),
    ).to.equal(undefined);
  });

  it("is not checked where this stack never made the cluster and there are no manifests", async () => {
    let looks = 0;
    const cloud = {
      list: () => {
        looks += 1;
        return Promise.resolve([resource("volume", "v", claim)]);
      },
      remove: () => Promise.resolve(),
    };
    const journal = { version: 1 as const, cluster, owner: "o", conditions: [], instanceGroups: [] };
    const store = memoryStore();
    const inputs = sampleInputs({ name: cluster });
    await refuseBlocked({ context: { inputs, store }, journal }, cloud);
    expect(looks).to.equal(0);
    store.objects.set(`${cluster}/config`, "kind: Cluster\nspec: {}\n");
    expect((await rejection(refuseBlocked({ context: { inputs, store }, journal }, cloud))).message).to.contain(
      "cannot be deleted",
    );
  });
});

describe("deletion protection", () => {
  it("holds by Pulumi's state and by the journal", () => {
    expect(() => {
      refuseProtected({ name: cluster, deletionProtection: true }, undefined);
    }).to.throw("deletionProtection is true in Pulumi's state");
    expect(() => {
      refuseProtected({ name: cluster }, { deletionProtection: true });
    }).to.throw("deletionProtection is true in the journal");
    expect(() => {
      refuseProtected({ name: cluster, deletionProtection: false }, { deletionProtection: false });
    }).not.to.throw();
    expect(() => {
      refuseProtected({ name: cluster }, undefined);
    }).not.to.throw();
  });
});
