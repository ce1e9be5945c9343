import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { Resource, Tags } from "../../../../providers/kops/aws/resources/resource.ts";
import { isAbsent } from "../../../../providers/kops/aws/resources/remove-resource.ts";
import { ownershipOf, byOwnership, describeResource } from "../../../../providers/kops/delete/ownership.ts";
import type { Ownership } from "../../../../providers/kops/delete/ownership.ts";
import { deletionBlockers, refusalOf, refuseBlocked } from "../../../../providers/kops/delete/refuse-deletion.ts";
import { deleteWithKops, blockingKops, describeHolds } from "../../../../providers/kops/delete/delete-with-kops.ts";
import { heldBy, holdsOn } from "../../../../providers/kops/delete/held-resources.ts";
import { sweep, describeLeft } from "../../../../providers/kops/delete/sweep.ts";
import type { Sweeping } from "../../../../providers/kops/delete/sweep.ts";
import { TimeoutError } from "../../../../providers/kops/model/errors.ts";
import type { Operation } from "../../../../providers/kops/operation/operation.ts";
import { rejection } from "../../../local/rejection.ts";
import { memoryStore } from "../memory-store.ts";
import { sampleInputs } from "../samples.ts";
import { nameSource, kopsNames } from "../../../../providers/kops/model/cloud-names.ts";

const cluster = "k1.example.com";
const names = kopsNames(cluster, { autoScalingGroups: ["nodes.k1.example.com"], records: true });
const owned = { [`kubernetes.io/cluster/${cluster}`]: "owned", KubernetesCluster: cluster };
const claim = {
  ...owned,
  "kubernetes.io/created-for/pvc/name": "db",
  "kubernetes.io/created-for/pvc/namespace": "shop",
};
const resource = (kind: Resource["kind"], id: string, tags: Tags = {}, more: Partial<Resource> = {}): Resource => ({
  kind,
  id,
  name: "",
  tags,
  ...more,
});

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

describe("what kOps leaves behind", () => {
  const said: string[] = [];
  const sweeping = (
    looks: Resource[][],
    changes: Partial<Sweeping> = {},
    remove: (one: Resource) => Promise<void> = () => Promise.resolve(),
  ): Sweeping => {
    let round = 0;
    let clock = 0;
    said.length = 0;
    return {
      cloud: {
        list: () => Promise.resolve(looks[Math.min(round++, looks.length - 1)] ?? []),
        remove: (_identity, one) => remove(one),
      },
      inputs: sampleInputs({ name: cluster, deletion: { noProgress: "1m" } }),
      names,
      progress: { say: (text) => said.push(text) },
      signal: new AbortController().signal,
      interval: 1,
      now: () => (clock += 20_000),
      ...changes,
    };
  };

  it("is deleted until nothing is left; other people's resources are not touched", async () => {
    const foreign = resource("volume", "foreign");
    const removed: string[] = [];
    const seen = await sweep(
      sweeping(
        [
          [resource("sqs", "url", owned, { name: names.queue }), foreign],
          [resource("eventbridge-rule", "r", owned), foreign],
          [foreign],
        ],
        {},
        (one) => {
          removed.push(one.id);
          return Promise.resolve();
        },
      ),
    );
    expect(removed).to.deep.equal(["url", "r"]);
    expect(seen).to.deep.equal([foreign]);
    expect(said[0]).to.equal(`deleted sqs ${names.queue} (url)`);
  });

  it(
    "is deleted again when two have one name or AWS still lists it; what something makes again each time is no " +
      "progress",
    async () => {
      const both = [resource("iam-instance-profile", "nodes", owned), resource("iam-role", "nodes", owned)];
      const tried: string[] = [];
      let inUse = true;
      await sweep(
        sweeping([both, [resource("iam-role", "nodes", owned)], []], {}, ({ kind }) => {
          tried.push(kind);
          if (kind === "iam-instance-profile" || !inUse) return Promise.resolve();
          inUse = false;
          return Promise.reject(new Error("DeleteConflict"));
        }),
      );
      expect(tried).to.deep.equal(["iam-instance-profile", "iam-role", "iam-role"]);
      const again: string[] = [];
      const error = await rejection(
        sweep(
          sweeping(
            [[resource("sqs", "url", owned)]],
            { inputs: sampleInputs({ name: cluster, deletion: { noProgress: "4m" } }) },
            ({ kind }) => {
              again.push(kind);
              return Promise.resolve();
            },
          ),
        ),
      );
      expect(error.message).to.contain("sqs url: AWS still lists it");
      expect(again.length).to.be.within(2, 4);
    },
  );

  it(
    "is waited for while something uses it, which is named, and no longer than the time " + "without progress",
    async () => {
      const held = [
        resource("security-group", "sg-1", owned, { name: "nodes" }),
        resource("network-interface", "eni-1", {}, { name: "lambda", groups: ["sg-1"] }),
      ];
      const error = await rejection(
        sweep(sweeping([held], {}, () => Promise.reject(new Error("has a dependent object")))),
      );
      expect(error)
        .to.be.instanceOf(TimeoutError)
        .with.property("message")
        .that.contains("made no progress for 1m00s")
        .and.contains("security group nodes (sg-1): has a dependent object; held by network interface eni-1 (lambda)");
      expect(said.filter((text) => text.startsWith("waiting for"))).to.have.length(1);
    },
  );

  it("of workloads is deleted only where that is set, volumes last, and otherwise named", async () => {
    const made = [
      resource("volume", "vol-1", claim),
      resource("load-balancer", "lb-1", { "elbv2.k8s.aws/cluster": cluster }),
    ];
    const removed: string[] = [];
    const remove = (one: Resource): Promise<void> => {
      removed.push(one.id);
      return Promise.resolve();
    };
    const seen = await sweep(sweeping([made], {}, remove));
    expect(removed).to.deep.equal([]);
    expect(describeLeft(names, seen).join()).to.contain(
      "volume vol-1 of PersistentVolumeClaim shop/db, with its data: made since the deletion began",
    );
    await sweep(
      sweeping(
        [made, []],
        { inputs: sampleInputs({ name: cluster, deletion: { workloadResources: "delete" } }) },
        remove,
      ),
    );
    expect(removed).to.deep.equal(["lb-1", "vol-1"]);
  });

  it("counts as deleted where AWS says that it does not exist", () => {
    const named = (name: string, message = ""): Error => Object.assign(new Error(message), { name });
    for (const name of [
      "NoSuchEntityException",
      "InvalidGroup.NotFound",
      "QueueDoesNotExist",
      "ResourceNotFoundException",
      "InvalidVolume.NotFound",
    ])
      expect(isAbsent(named(name)), name).to.equal(true);
    expect(isAbsent(named("ValidationError", "AutoScalingGroup name not found - null"))).to.equal(true);
    for (const name of ["DependencyViolation", "ValidationError", "AccessDenied", "VolumeInUse"])
      expect(isAbsent(named(name)), name).to.equal(false);
  });

  it("is named and kept when only its name is kOps's", () => {
    expect(
      describeLeft(names, [resource("iam-role", "nodes.k1.example.com", {}, { name: "nodes.k1.example.com" })]).join(),
    ).to.contain("iam role nodes.k1.example.com: it has a name that kOps gives, but no tag");
  });
});

describe("kOps's own deletion", () => {
  const free = resource(
    "network-interface",
    "eni-1",
    { "cluster.k8s.amazonaws.com/name": cluster },
    { name: "aws-K8S", groups: ["sg-1"], detail: { status: "available" } },
  );
  const foreign = resource(
    "network-interface",
    "eni-2",
    {},
    { name: "warehouse", groups: ["sg-1"], detail: { status: "in-use" } },
  );
  const group = resource("security-group", "sg-1", owned, { name: "nodes" });

  it("is helped only with what kOps does not know, and never with volumes before it has ended", () => {
    const inputs = sampleInputs({ name: cluster, deletion: { workloadResources: "delete" } });
    // The role of nodes, which kOps has, and the group without tags, which it has not, have one name.
    const untagged = resource(
      "autoscaling-group",
      "nodes.k1.example.com",
      {},
      { name: "nodes.k1.example.com", proof: "its launch template" },
    );
    const seen = [
      free,
      foreign,
      group,
      untagged,
      resource("volume", "v", claim),
      resource("load-balancer", "lb", { "elbv2.k8s.aws/cluster": cluster }),
    ];
    expect(
      blockingKops({ inputs, names }, seen, new Set(["security-group:sg-1", "iam-role:nodes.k1.example.com"])).map(
        ({ id }) => id,
      ),
    ).to.deep.equal(["nodes.k1.example.com", "lb", "eni-1"]);
    expect(describeHolds(["security-group:sg-1", "vpc:vpc-1"], seen)).to.deep.equal([
      "security-group:sg-1 is held by unused network interface eni-1 (aws-K8S), network interface " +
        "eni-2 (warehouse)",
    ]);
    expect(heldBy("sg-2", seen)).to.deep.equal([]);
    expect(describeResource(group)).to.equal("security group nodes (sg-1)");
  });

  it("is stopped when nothing is deleted any more, and the error says what is left and what uses it", async () => {
    const removed: string[] = [];
    const said: string[] = [];
    let stopped = false;
    const kops = {
      async run({ args, onLine, stop }: { args: string[]; onLine: (line: string) => void; stop: AbortSignal }) {
        expect(args).to.include.members(["--wait", "0s"]);
        for (const line of [
          "TYPE\tNAME\tID",
          "security-group\tnodes\tsg-1",
          "",
          "volume:vol-1\tok",
          "security-group:sg-1\tstill has dependencies, will retry",
          "Not all resources deleted; waiting before reattempting deletion",
          "\tsecurity-group:sg-1",
        ])
          onLine(line);
        while (!stop.aborted) await sleep(20);
        stopped = true;
        return { exitCode: 1, stdout: "", stderr: "" };
      },
    };
    const inputs = sampleInputs({ name: cluster, deletion: { noProgress: "1s" } });
    const context = {
      inputs,
      kops,
      progress: { say: (text: string) => said.push(text) },
      signal: new AbortController().signal,
      log: { path: "the log" },
    } as unknown as Operation["context"];
    const cloud = {
      list: () => Promise.resolve(removed.length > 0 ? [foreign, group] : [free, foreign, group]),
      remove: (_: unknown, one: Resource) => {
        removed.push(one.id);
        return Promise.resolve();
      },
    };
    const error = await rejection(deleteWithKops({ context }, names, cloud));
    expect(stopped).to.equal(true);
    expect(removed).to.deep.equal(["eni-1"]);
    expect(said.join("\n"))
      .to.contain("deleted network interface aws-K8S (eni-1)")
      .and.to.contain("security-group:sg-1 is held by");
    expect(error)
      .to.be.instanceOf(TimeoutError)
      .with.property("message")
      .that.contains("made no progress for 1s")
      .and.contains("left: security-group:sg-1")
      .and.contains("network interface eni-2 (warehouse)");
  });

  it("is stopped by timeouts.delete with the same report on what is left", async () => {
    const late = new AbortController();
    const kops = {
      async run({ onLine }: { onLine: (line: string) => void }) {
        for (const line of ["Not all resources deleted; waiting before reattempting deletion", "\tsecurity-group:sg-1"])
          onLine(line);
        await sleep(600);
        late.abort(
          new TimeoutError({
            what: "The delete of k1 was stopped: timeouts.delete is 1s",
            why: "unfinished: Deleted",
            next: "run it again",
          }),
        );
        throw late.signal.reason as Error;
      },
    };
    const context = {
      inputs: sampleInputs({ name: cluster }),
      kops,
      progress: { say: () => undefined },
      signal: late.signal,
      log: { path: "the log" },
    } as unknown as Operation["context"];
    const error = await rejection(
      deleteWithKops({ context }, names, {
        list: () => Promise.resolve([foreign, group]),
        remove: () => Promise.resolve(),
      }),
    );
    expect(error.message)
      .to.contain("timeouts.delete is 1s")
      .and.to.contain(
        "unfinished: Deleted; left: security-group:sg-1; security-group:sg-1 is held by network interface eni-2 " +
          "(warehouse)",
      );
  });
});
