import { expect } from "chai";
import type { Plan } from "../../../../providers/kops/plan/plan.ts";
import { allRoles, chooseGroups } from "../../../../providers/kops/model/instance-groups.ts";
import { cloudNameOf } from "../../../../providers/kops/model/cloud-names.ts";
import { parseDryRun } from "../../../../providers/kops/kops-cli/output/update-cluster.ts";
import { cloudLines, isFolded, rollLines } from "../../../../providers/kops/plan/print/plan-lines.ts";
import { rollsNow, rollsOf } from "../../../../providers/kops/plan/rolls.ts";

const report = [
  "Will create resources:",
  "  AutoscalingGroup/extra.k1.example.com",
  "  \tGranularity         \t1Minute",
  "  \tMinSize             \t1",
  "",
  "  ManagedFile/k1.example.com-addons-bootstrap",
  "  \tBase                \ts3://state/k1.example.com",
  "",
  "Will modify resources:",
  "  LaunchTemplate/nodes.k1.example.com",
  "  \tInstanceType        \t t3.large -> t3.xlarge",
  "  \tUserData            ",
  "  \t                    \t+ line one",
  "  \t                    \t- line two",
  "",
  "  LaunchTemplate/control-plane-a.masters.k1.example.com",
  "  \tHTTPPutResponseHopLimit\t 1 -> 2",
  "  \tRootVolumeKmsKey    \t <nil> -> key-1",
  "  \tTags                \t {Name: a, team: x} -> {team: y, Name: a}",
  "",
  "Items will be deleted only when the --prune flag is specified:",
  "  SecurityGroup        sg-123 old",
  "",
  "Items will be deleted during update:",
  "  LaunchTemplate       nodes-old.k1.example.com",
  "",
  "Must specify --yes to apply changes",
  "",
].join("\n");

const groups = {
  nodes: { role: "Node", maxSize: 5, minSize: 3 },
  "control-plane-a": { role: "ControlPlane", maxSize: 1 },
  bastions: { role: "Bastion", maxSize: 1 },
};

describe("the dry run of kOps as a plan", () => {
  it("names each resource to create, with its kind", () => {
    expect(parseDryRun(report).create.map(({ kind, name }) => `${kind}/${name}`)).to.deep.equal([
      "AutoscalingGroup/extra.k1.example.com",
      "ManagedFile/k1.example.com-addons-bootstrap",
    ]);
  });

  it("names the fields of each modified resource, and mistakes no line of a text diff for a field", () => {
    expect(parseDryRun(report).modify).to.deep.equal([
      {
        kind: "LaunchTemplate",
        name: "nodes.k1.example.com",
        fields: ["InstanceType", "UserData"],
        values: { InstanceType: { from: "t3.large", to: "t3.xlarge" } },
      },
      {
        kind: "LaunchTemplate",
        name: "control-plane-a.masters.k1.example.com",
        fields: ["HTTPPutResponseHopLimit", "RootVolumeKmsKey", "Tags"],
        values: {
          HTTPPutResponseHopLimit: { from: "1", to: "2" },
          RootVolumeKmsKey: { from: "none", to: "key-1" },
          Tags: { from: "team", to: "team" },
        },
      },
    ]);
  });

  it("distinguishes what is deleted during the update from what is pruned after the last roll", () => {
    const { remove, prune } = parseDryRun(report);
    expect(remove).to.deep.equal([{ kind: "LaunchTemplate", name: "nodes-old.k1.example.com", fields: [] }]);
    expect(prune).to.deep.equal([{ kind: "SecurityGroup", name: "sg-123 old", fields: [] }]);
  });

  it("finds nothing in a report without changes", () => {
    const text = "No changes need to be applied\n";
    expect(parseDryRun(text)).to.deep.equal({ create: [], modify: [], remove: [], prune: [] });
  });
});

describe("the groups that roll", () => {
  it("are those with a modified launch template, control plane first", () => {
    expect(rollsOf(parseDryRun(report).modify, groups, "k1.example.com")).to.deep.equal([
      { group: "control-plane-a", controlPlane: true, nodes: 1 },
      { group: "nodes", controlPlane: false, nodes: 5 },
    ]);
  });

  it(
    "stand in the order in which the roll takes them: API servers after the control plane, whatever their " + "names",
    () => {
      const all = {
        a: { role: "Node" },
        b: { role: "Bastion" },
        c: { role: "APIServer" },
        d: { role: "ControlPlane" },
        e: { role: "Master" },
      };
      const { chosen } = chooseGroups(all, allRoles, {});
      expect(chosen).to.deep.equal(["d", "e", "c", "b", "a"]);
      const modified = Object.entries(all).map(([group, spec]) => ({
        kind: "LaunchTemplate",
        name: cloudNameOf(group, spec, "k1.example.com"),
        fields: [],
      }));
      expect(rollsOf(modified, all, "k1.example.com").map(({ group }) => group)).to.deep.equal(chosen);
      const seen = Object.fromEntries(chosen.map((group) => [group, { desired: 1, outdated: 1 }]));
      expect(rollsNow([], all, seen, false).map(({ group }) => group)).to.deep.equal(chosen);
    },
  );

  it("do not include a group whose template is new", () => {
    const created = [{ kind: "LaunchTemplate", name: "nodes.k1.example.com", fields: [] }];
    expect(rollsOf([], groups, "k1.example.com")).to.deep.equal([]);
    expect(rollsOf(created.slice(1), groups, "k1.example.com")).to.deep.equal([]);
  });

  for (const [role, name] of [
    ["ControlPlane", "g.masters.c.example.com"],
    ["Master", "g.masters.c.example.com"],
    ["APIServer", "g.apiservers.c.example.com"],
    ["Node", "g.c.example.com"],
    ["Bastion", "g.c.example.com"],
  ] as const) {
    it(`are found by kOps's cloud name of a ${role} group`, () => {
      expect(cloudNameOf("g", { role }, "c.example.com")).to.equal(name);
    });
  }
});

describe("a plan in lines", () => {
  const cluster = "k1.example.com";
  const empty: Plan = { create: [], modify: [], remove: [], prune: [], rolls: [], leaves: [] };
  const launch = (group: string, fields = ["UserData"]) => ({
    kind: "LaunchTemplate",
    name: `${group}.${cluster}`,
    fields,
  });

  it("names the groups that roll, in their order", () => {
    expect(rollLines(rollsOf(parseDryRun(report).modify, groups, cluster))).to.deep.equal([
      "roll 1. control-plane-a: up to 1 control-plane node",
      "roll 2. nodes: up to 5 nodes",
    ]);
  });

  it("tells old and new values, and drops the cluster's name from those of its resources", () => {
    expect(cloudLines(parseDryRun(report), cluster)).to.deep.equal([
      "create 2: AutoscalingGroup/extra; ManagedFile/addons-bootstrap",
      "modify LaunchTemplate/nodes: InstanceType t3.large → t3.xlarge, UserData",
      "modify LaunchTemplate/control-plane-a.masters: HTTPPutResponseHopLimit 1 → 2, RootVolumeKmsKey none → key-1, " +
        "Tags (team)",
      "delete 1: LaunchTemplate/nodes-old",
      "prune after the last roll 1: SecurityGroup/sg-123 old",
    ]);
  });

  it("counts resources that change alike in one line, and tells apart those that do not", () => {
    const modify = ["a", "b", "c", "d"].map((group) => launch(group));
    expect(cloudLines({ ...empty, modify: [...modify, launch("e", ["ImageID"])] }, cluster)).to.deep.equal([
      "modify 4 LaunchTemplate (a, b, c, …): UserData",
      "modify LaunchTemplate/e: ImageID",
    ]);
    expect([isFolded({ ...empty, modify: modify.slice(1) }), isFolded({ ...empty, modify })]).to.deep.equal([
      false,
      true,
    ]);
  });

  it("leaves out all but the first of many that change each in its own way", () => {
    const modify = Array.from({ length: 25 }, (_, index) => launch("a", [`Field${index}`]));
    expect(cloudLines({ ...empty, modify }, cluster).slice(19)).to.deep.equal([
      "modify LaunchTemplate/a: Field19",
      "and 5 more",
    ]);
  });

  it("names all resources of a kind while they are few, then the first, then Auto Scaling groups only", () => {
    const files = (number: number) =>
      Array.from({ length: number }, (_, index) => ({ kind: "ManagedFile", name: `f${index}`, fields: [] }));
    const asg = { kind: "AutoscalingGroup", name: `nodes.${cluster}`, fields: [] };
    const cases = [3, 12, 30].map((number) => ({ ...empty, create: [...files(number), asg] }));
    expect(cases.map((plan) => cloudLines(plan, cluster)[0])).to.deep.equal([
      "create 4: ManagedFile/f0, ManagedFile/f1, ManagedFile/f2; AutoscalingGroup/nodes",
      "create 13: 12 ManagedFile (f0, f1, f2, …); AutoscalingGroup/nodes",
      "create 31: AutoscalingGroup/nodes; 30 others",
    ]);
    expect(cases.map(isFolded)).to.deep.equal([false, true, true]);
  });
});

describe("the rolls of an up", () => {
  const nodes = { group: "nodes", controlPlane: false, nodes: 5 };
  const controlPlane = { group: "control-plane-a", controlPlane: true, nodes: 1 };
  const upToDate = { nodes: { desired: 4, outdated: 0 }, "control-plane-a": { desired: 1, outdated: 0 } };

  for (const [promise, planned, seen, force, expected] of [
    ["count the nodes of now, not the most there may be", [nodes], upToDate, false, [{ ...nodes, now: 4 }]],
    [
      "include nodes that an earlier update left waiting, in their order",
      [nodes],
      { ...upToDate, "control-plane-a": { desired: 1, outdated: 1 } },
      false,
      [
        { ...controlPlane, now: 1, waiting: true },
        { ...nodes, now: 4 },
      ],
    ],
    [
      "are those of all groups when they are forced",
      [],
      upToDate,
      true,
      [
        { ...controlPlane, now: 1 },
        { ...nodes, now: 4 },
      ],
    ],
    ["fall back to the most there may be where nobody could look", [nodes], {}, false, [nodes]],
    ["are none when no template changes and no node waits", [], upToDate, false, []],
  ] as const) {
    it(promise, () => {
      expect(
        rollsNow(planned, { ...groups, "control-plane-a": { role: "ControlPlane", maxSize: 1 } }, seen, force),
      ).to.deep.equal(expected);
    });
  }
});
