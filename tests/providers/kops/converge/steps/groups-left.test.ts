import { V1Node, V1NodeSpec, V1ObjectMeta } from "@kubernetes/client-node";
import { expect } from "chai";
import { keptItem } from "../../../../../providers/kops/kops-cli/output/update-cluster.ts";
import { deleteGroup, isLastOfRole } from "../../../../../providers/kops/converge/steps/groups-left.ts";
import { dryRun } from "../../../../../providers/kops/plan/dry-run.ts";
import type { KopsCommand, KopsResult } from "../../../../../providers/kops/kops-cli/kops.ts";
import { TimeoutError } from "../../../../../providers/kops/model/errors.ts";
import { groupOfNode } from "../../../../../providers/kops/kubernetes/drain.ts";
import { DrainedGroup as Group, budget, made } from "../../kubernetes/drained-group.ts";
import { sampleInputs } from "../../samples.ts";
import { applyAndPrune, isToBePruned } from "../../../../../providers/kops/converge/steps/pruned.ts";

describe("the drain of a removed group", function () {
  this.timeout(20_000);

  it("also drains nodes that join meanwhile, and lets no pod onto them", async () => {
    const group = new Group({ "i-1": ["web-1"], "i-2": ["web-2"] });
    group.refuse = (pod) => {
      // An autoscaler makes room for what is evicted, in the group that goes.
      if (pod === "web-1") group.join("i-3", ["web-3"]);
      if (pod === "web-3") group.join("i-4", ["web-4"]);
      return undefined;
    };
    await group.drain();
    expect(group.evicted).to.have.members(["web-1", "web-2", "web-3", "web-4"]);
    expect([...group.nodes.values()].map(({ cordoned }) => cordoned)).to.deep.equal([true, true, true, true]);
    expect(group.said.filter((line) => line.startsWith("draining "))).to.deep.equal([
      "draining old 1/2 i-1",
      "draining old 2/3 i-2",
      "draining old 3/3 i-3",
      "draining old 4/4 i-4",
    ]);
  });

  it("leaves the nodes of other groups alone", async () => {
    const group = new Group({ "i-1": ["web-1"], "other-1": ["api-1"] });
    await group.drain();
    expect(group.evicted).to.deep.equal(["web-1"]);
    expect(group.nodes.get("other-1")).to.deep.include({ cordoned: false });
  });

  it("ends at the time-out with the pod that a PodDisruptionBudget keeps", async () => {
    const group = new Group({ "i-1": ["web-1"] });
    group.refuse = () => budget("web");
    const thrown: unknown = await group.drain("1s").catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(TimeoutError);
    expect(String(thrown))
      .to.contain("the drain of node i-1")
      .and.to.contain("a PodDisruptionBudget allows no disruption of default/web-1");
  });
});

describe("the group of a node", () => {
  const node = (providerID: string | undefined, labels: Record<string, string>): V1Node =>
    made(V1Node, {
      metadata: made(V1ObjectMeta, { name: "n", labels }),
      spec: made(V1NodeSpec, providerID === undefined ? {} : { providerID }),
    });
  const instances = new Map([
    ["i-1", "nodes"],
    ["i-2", "karpenter"],
  ]);
  for (const [what, one, group] of [
    [
      "is that of its instance: kOps gives most nodes no label of their group",
      node("aws:///ap-southeast-2a/i-1", {}),
      "nodes",
    ],
    [
      "is that of its instance where Karpenter made it",
      node("aws:///ap-southeast-2a/i-2", { "karpenter.sh/nodepool": "default" }),
      "karpenter",
    ],
    [
      "is that of its instance, whatever its label says",
      node("aws:///ap-southeast-2a/i-1", { "kops.k8s.io/instancegroup": "other" }),
      "nodes",
    ],
    [
      "is that of its label where its instance is not to be found",
      node("aws:///ap-southeast-2a/i-9", { "kops.k8s.io/instancegroup": "nodes" }),
      "nodes",
    ],
    ["is none of a node of nobody's", node(undefined, { "karpenter.sh/nodepool": "karpenter" }), ""],
  ] as const) {
    it(what, () => {
      expect(groupOfNode(one, instances)).to.equal(group);
    });
  }
});

describe("the manifest of a removed group", () => {
  it("is all that the journal drops: an interrupted write of the others does not count as done", async () => {
    const { name } = sampleInputs();
    const etags = {
      [`${name}/config`]: "written",
      [`${name}/instancegroup/nodes`]: "written",
      [`${name}/instancegroup/old`]: "written",
    };
    const journal = {
      version: 1 as const,
      cluster: name,
      owner: "a",
      conditions: [],
      instanceGroups: ["nodes", "old"],
      cordoned: ["old"],
      written: { digest: "d", etags },
    };
    const commands: string[] = [];
    const kops = {
      run: ({ args }: KopsCommand): Promise<KopsResult> => {
        commands.push(args.join(" "));
        return Promise.resolve({ exitCode: 0, stdout: "", stderr: "" });
      },
    };
    await deleteGroup({ context: { inputs: sampleInputs(), kops }, journal, save: () => Promise.resolve() }, "old");
    expect(commands).to.deep.equal([`delete instancegroup old --name ${name} --yes`]);
    expect(journal.written.etags).to.deep.equal({
      [`${name}/config`]: "written",
      [`${name}/instancegroup/nodes`]: "written",
    });
    expect(journal)
      .to.include({ cluster: name })
      .and.to.deep.include({ instanceGroups: ["nodes"], cordoned: [] });
  });
});

describe("a role that kOps made for groups", () => {
  const groups = {
    a: { role: "Node" },
    b: { role: "Node", iam: { profile: "arn:aws:iam::1:instance-profile/own" } },
    c: { role: "Bastion" },
    d: { role: "APIServer" },
    e: { role: "APIServer" },
  };
  for (const [group, last] of [
    ["a", true],
    ["b", false],
    ["c", true],
    ["d", false],
    ["gone", false],
  ] as const) {
    it(`${last ? "goes" : "stays"} when group ${group} leaves`, () => {
      expect(isLastOfRole(group, groups)).to.equal(last);
    });
  }
});

describe("cloud resources that nothing uses any more", () => {
  it("are those that kOps says it keeps", () => {
    const item = "SecurityGroupRule/sg-1: port=22 protocol=tcp ip=203.0.113.9/32 ipv6=";
    expect(
      keptItem(
        `I1128 22:46:30.1 7 default_methods.go:122] not deleting ${item} because it is marked for deferred-deletion`,
      ),
    ).to.equal(item);
    expect(keptItem("I1128 22:46:30.1 7 executor.go:113] Tasks: 127 done / 128 total; 1 can run")).to.equal(undefined);
  });

  const skips =
    "I1128 22:46:30.1 7 securitygroup.go:376] Deletion skipping find of SecurityGroupRule from-nodes, because " +
    "SourceGroup was not found";
  const report =
    "Items will be deleted only when the --prune flag is specified:\n  SecurityGroupRule    sg-1: port=22\n";
  /** kOps that overlooks rules in its first runs. */
  const overlooking = (
    times: number,
    stdout: (overlooked: boolean) => string = () => "",
  ): { commands: string[]; run: (command: KopsCommand) => Promise<KopsResult> } => {
    const commands: string[] = [];
    return {
      commands,
      run: ({ args, onLine }) => {
        commands.push(args.join(" "));
        const overlooked = commands.length <= times;
        if (overlooked) onLine?.(skips);
        return Promise.resolve({ exitCode: 0, stdout: stdout(overlooked), stderr: "" });
      },
    };
  };
  const progress = { say: () => undefined };

  it("are searched again when kOps overlooked them, and reported by the dry run that found them", async () => {
    const kops = overlooking(2, (overlooked) => (overlooked ? "No changes need to be applied" : report));
    expect((await dryRun(kops, sampleInputs(), progress)).prune).to.deep.equal([
      { kind: "SecurityGroupRule", name: "sg-1: port=22", fields: [] },
    ]);
    expect(kops.commands).to.have.length(3);
    const growing = overlooking(9, () => "Will create resources:\n  SecurityGroup/bastion.k1\n");
    await dryRun(growing, sampleInputs(), progress);
    expect(growing.commands, "with a group that is not made yet").to.have.length(1);
  });

  it("are no empty plan when kOps prints a report that nobody here can read", async () => {
    const other = { run: () => Promise.resolve({ exitCode: 0, stdout: "Changes: 3 resources\n", stderr: "" }) };
    expect(String(await dryRun(other, sampleInputs(), progress).catch((error: unknown) => error)))
      .to.contain("The dry run of k1.sbx.example.com cannot be read")
      .and.to.contain("printed neither changes nor that there are none");
  });

  it(
    "are pruned by the run that overlooks nothing; if none does, the operation fails and the next run " + "continues",
    async () => {
      const journal = { version: 1 as const, cluster: "k1", owner: "a", conditions: [], instanceGroups: [] };
      const prune = (kops: ReturnType<typeof overlooking>): Promise<void> =>
        applyAndPrune({
          context: { inputs: sampleInputs(), progress, kops },
          journal,
          assertManifests: () => Promise.resolve(),
          save: () => Promise.resolve(),
        });
      const kops = overlooking(1);
      await prune(kops);
      expect(kops.commands.map((command) => command.endsWith("--prune"))).to.deep.equal([true, true]);
      expect(String(await prune(overlooking(99)).catch((error: unknown) => error)))
        .to.contain("cannot be deleted")
        .and.to.contain("it continues here");
    },
  );

  for (const [what, route, leaves, kept, pruned] of [
    [
      "goes, although no control-plane node rolls, when kOps kept some",
      "nodes",
      [],
      ["SecurityGroupRule/sg-1: port=22"],
      true,
    ],
    ["goes from a cluster whose creation was changed half-way", "new", [], ["SecurityGroupRule/sg-1: port=22"], true],
    ["is not asked for where kOps kept none", "nodes", [], [], false],
    ["is not asked for in a new cluster", "new", [], [], false],
    ["is asked for when an earlier run applied", "new", [], undefined, true],
    ["is asked for after a group has left", "nodes", ["old"], [], true],
    ["is asked for after the control plane", "whole", [], [], true],
  ] as const) {
    it(what, () => {
      expect(isToBePruned(route, leaves, kept)).to.equal(pruned);
    });
  }
});
