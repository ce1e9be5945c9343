import { expect } from "chai";
import { planBlock } from "../../../../../providers/kops/plan/print/plan-block.ts";
import { clusterLines, consoleProgress } from "../../../../../providers/kops/runtime/progress.ts";
import { plan } from "../../../../pull-requests/documents.ts";

const roll = { group: "nodes", controlPlane: false, nodes: 5, now: 3 };

describe("the block of a plan", () => {
  for (const [what, changes, expected] of [
    [
      "what changes in AWS, which groups roll with how many nodes, how long, and the digest",
      {},
      "modifies 1 resource in AWS; rolls nodes (3 nodes), about 9m30s; digest 0123456789abcdef",
    ],
    [
      "many groups in short, and removed ones",
      {
        create: [{ kind: "EBSVolume", name: "a", fields: [] }],
        rolls: ["a", "b", "c", "d", "e"].map((group) => ({ ...roll, group })),
        leaves: ["old"],
      },
      "creates 1, modifies 1 resource in AWS; removes group old; rolls a, b, c, and 2 more (15 nodes), " +
        "about 9m30s; digest 0123456789abcdef",
    ],
    [
      "a control plane of several groups as one, and no cloud resource where a group is removed",
      {
        modify: [],
        rolls: ["a", "b", "c"].map((group) => ({ ...roll, group, controlPlane: true, now: 1 })).concat(roll as never),
        leaves: ["old"],
      },
      "removes group old; rolls the control plane, nodes (6 nodes), about 9m30s; digest 0123456789abcdef",
    ],
    [
      "that a cluster is new",
      {
        new: true as const,
        modify: [],
        create: ["a", "b"].map((name) => ({ kind: "VPC", name, fields: [] })),
        rolls: [],
        estimate: undefined,
      },
      "a new cluster: creates 2 resources in AWS; digest 0123456789abcdef",
    ],
    [
      "that everything is held back",
      { rolls: [{ ...roll, held: "manual" as const }], estimate: undefined },
      "modifies 1 resource in AWS; every roll is held back; digest 0123456789abcdef",
    ],
    [
      "that nothing changes in the cloud",
      { modify: [], rolls: [], estimate: undefined },
      "no cloud resource changes; no node rolls; digest 0123456789abcdef",
    ],
  ] as const) {
    it(`begins with ${what}`, () => {
      const [head] = planBlock(plan({ ...changes } as Parameters<typeof plan>[0]));
      expect(head).to.deep.equal({ text: expected, paint: "bold" });
    });
  }

  it("tells what is irreversible, then what is risky, then causes, changes, rolls, and what is held back", () => {
    const lines = planBlock(
      plan({
        oneWay: ["Kubernetes 1.33 to 1.34"],
        architectures: ["nodes: x86_64 → arm64"],
        blocking: ["default/web"],
        toBeFinished: ["NodesRolled"],
        upgrades: ["Kubernetes 1.33.7 to 1.34.3"],
        rolls: [{ ...roll, seconds: 570 }],
        heldBack: ["held back: rolls begin only in a maintenance window"],
        notChecked: ["versions"],
        modify: [
          {
            kind: "LaunchTemplate",
            name: "nodes.k1.sbx.pilot.internal",
            fields: ["InstanceType"],
            values: { InstanceType: { from: "t3.large", to: "t3.xlarge" } },
          },
        ],
      }),
      ["secret dockerConfig changes"],
    ).slice(1);
    expect(lines.map(({ text, paint = "plain" }) => `${paint} ${text}`)).to.deep.equal([
      "red irreversible: Kubernetes 1.33 to 1.34",
      "yellow another architecture: nodes: x86_64 → arm64",
      "yellow unfinished: NodesRolled",
      "yellow blocks a drain now: PodDisruptionBudget default/web",
      "plain secret dockerConfig changes",
      "plain changed: instanceGroups.nodes.machineType (rolls nodes)",
      "plain Kubernetes 1.33.7 to 1.34.3",
      "plain modify LaunchTemplate/nodes: InstanceType t3.large → t3.xlarge",
      "plain roll 1. nodes: 3 nodes, about 9m30s",
      "plain takes about 9m30s",
      "plain held back: rolls begin only in a maintenance window",
      "plain not checked: versions",
    ]);
  });
});

describe("a line of a cluster", () => {
  const written = (use: (write: (line: string) => void) => void): string[] => {
    const lines: string[] = [];
    use((line) => lines.push(line));
    return lines;
  };

  it("has no time, and the colours that Pulumi shows on a terminal only", () => {
    const lines = written((write) => {
      const line = clusterLines("k1.sbx.example.com", write);
      line("plan: a");
      line("plan: b", "red");
    });
    expect(lines).to.deep.equal(["[k1.sbx] plan: a", "[k1.sbx] <{%fg 1%}>plan: b<{%reset%}>"]);
  });

  it("has no tag from a text, on which Pulumi would crash", () => {
    const hostile = "label <{%nope%}> <{%fg 1";
    const lines = written((write) => {
      clusterLines("k1", write)(hostile);
      clusterLines("k1", write)(hostile, "bold");
      consoleProgress("k1", () => 0, write).say(hostile);
      clusterLines("<{%nope%}>", write)("plan");
    });
    for (const line of lines) expect(line.replace(/^\[k1\] <\{%bold%\}>|<\{%reset%\}>$/g, "")).to.not.contain("<{%");
  });
});
