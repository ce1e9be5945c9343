import { expect } from "chai";
import { groupOfNode, previewOf } from "../../cli/roll.ts";
import { groupsToRoll, refuseRoll, waitingIn } from "../../providers/kops/converge/roll-command.ts";
import type { AskedRoll, RollFacts } from "../../providers/kops/converge/roll-command.ts";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { GroupVersions } from "../../providers/kops/plan/facts/waiting-nodes.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { kopsKeysOf } from "../../providers/kops/store/keys.ts";
import { rejection } from "../local/rejection.ts";
import { applied, journalOf, operationOf } from "../providers/kops/journals.ts";
import { memoryStore } from "../providers/kops/memory-store.ts";
import { textOf } from "./text-of.ts";

const cluster = "k1.sbx.example.com";
const instanceGroups = {
  "nodes-b": { role: "Node" },
  "nodes-a": { role: "Node" },
  spot: { role: "Node", manager: "Karpenter" },
  bastions: { role: "Bastion" },
  "control-plane-a": { role: "ControlPlane" },
};
const spec = { kopsVersion: "1.35.0", cluster: {}, instanceGroups };
const { config } = kopsKeysOf(cluster);
const etags = { [config]: "1" };
/** Monday, 21:00 in Sydney. */
const now = new Date("2026-11-23T10:00:00Z");
const window = { days: ["Mon" as const], from: "22:00", to: "04:00", timezone: "Australia/Sydney" };
const atRest: Partial<Journal> = {
  applied,
  lastApplied: spec,
  written: { digest: "d", etags },
  rollingUpdate: {},
};

describe("a roll by a command", () => {
  const cases: [string, AskedRoll, Partial<Journal>, Partial<RollFacts>, RegExp | undefined][] = [
    ["a cluster at rest", {}, {}, {}, undefined],
    ["groups that exist", { groups: ["nodes-a", "bastions"] }, {}, {}, undefined],
    [
      "groups that do not exist",
      { groups: ["nodes-a", "nodez"] },
      {},
      {},
      /no instance group nodez\.\s+Next: name one of these: bastions, control-plane-a, nodes-a, nodes-b, spot/,
    ],
    [
      "an unfinished operation",
      {},
      { operation: operationOf("update", "NodesRolled") },
      {},
      /unfinished: the update begun \S+ stopped at NodesRolled\.\s+Next: `pulumi up`, which continues it/,
    ],
    ["a cluster that was never brought up", {}, { applied: undefined, origin: "made" }, {}, /never brought up to date/],
    [
      "a cluster that is being deleted",
      {},
      { deletion: { begun: "2026-11-23T09:00:00Z" } },
      {},
      /never brought up to date|deletion/,
    ],
    [
      "a cluster that moved here",
      {},
      { movedFrom: { store: "s3://old", at: "", etags: {}, copied: {} } },
      {},
      /moved here from s3:\/\/old/,
    ],
    [
      "a paused cluster",
      {},
      {},
      { pause: { since: "2026-11-23T09:00:00Z", by: "kim@desk", reason: "sale" } },
      /paused by kim@desk [^]*: sale\.\s+Next: npx pilot resume s3:\/\/memory k1\.sbx\.example\.com/,
    ],
    [
      "manifests of somebody else",
      {},
      {},
      { etags: { [config]: "2" } },
      /changed by somebody else since the last `up`: k1\.sbx\.example\.com\/config\.\s+Next: `pulumi preview --refresh`/,
    ],
    ["an open window", {}, { rollingUpdate: { maintenanceWindows: [{ ...window, from: "20:00" }] } }, {}, undefined],
    [
      "a closed window",
      {},
      { rollingUpdate: { maintenanceWindows: [window] } },
      {},
      /no maintenance window is open; the next is Mon 22:00 to 04:00 Australia\/Sydney[^]*--outside-window/,
    ],
    [
      "a closed window that does not count",
      { outsideWindow: true },
      { rollingUpdate: { maintenanceWindows: [window] } },
      {},
      undefined,
    ],
    [
      "windows that an older program did not note",
      {},
      { rollingUpdate: undefined },
      {},
      /older Pilot[^]*`pulumi up`; or add --outside-window/,
    ],
    [
      "windows that nobody knows and that do not count",
      { outsideWindow: true },
      { rollingUpdate: undefined },
      {},
      undefined,
    ],
    ["nodes of Karpenter", { groups: ["spot"] }, {}, {}, /Karpenter replaces the nodes of spot/],
    ["up-to-date bastions", { groups: ["bastions"], force: true }, {}, {}, /bastions are no nodes of Kubernetes/],
    [
      "up-to-date nodes without the Kubernetes API",
      { force: true },
      { rollingUpdate: { cloudOnly: true } },
      {},
      /`rollingUpdate\.cloudOnly` is true[^]*`rollingUpdate\.force`/,
    ],
    ["waiting nodes without the Kubernetes API", {}, { rollingUpdate: { cloudOnly: true } }, {}, undefined],
  ];
  for (const [what, asked, changes, facts, why] of cases)
    it(`is ${why ? "refused for" : "allowed for"} ${what}`, () => {
      const journal = journalOf({ ...atRest, ...changes });
      const check = (): void => {
        refuseRoll(asked, { store: "s3://memory", journal, pause: undefined, etags, now, ...facts });
      };
      if (why === undefined) check();
      else expect(check).to.throw(ConfigError, why);
    });

  for (const [what, asked, rollingUpdate, groups] of [
    ["all groups, control plane first", {}, {}, ["control-plane-a", "bastions", "nodes-a", "nodes-b"]],
    [
      "those that the cluster does not leave out",
      {},
      { excludeGroups: ["nodes-a", "bastions"] },
      ["control-plane-a", "nodes-b"],
    ],
    ["all under a manual strategy", {}, { strategy: "manual" }, ["control-plane-a", "bastions", "nodes-a", "nodes-b"]],
    ["named ones, also when left out", { groups: ["nodes-a"] }, { excludeGroups: ["nodes-a"] }, ["nodes-a"]],
    ["no bastions by force", { force: true }, {}, ["control-plane-a", "nodes-a", "nodes-b"]],
  ] satisfies [string, AskedRoll, Journal["rollingUpdate"], string[]][])
    it(`takes ${what}`, () => {
      expect(groupsToRoll(asked, journalOf({ ...atRest, rollingUpdate }))).to.deep.equal(groups);
    });
});

it("a roll by a command says what still waits", () => {
  const condition = (type: "NodesUpToDate" | "Validated", status: "True" | "False") => ({
    ...{ type, status, reason: "OutsideWindow", message: `${type} waits`, lastTransitionTime: "" },
  });
  const journal = journalOf({ conditions: [condition("NodesUpToDate", "False"), condition("Validated", "False")] });
  expect(waitingIn(journal)).to.deep.equal(["NodesUpToDate waits"]);
  expect(waitingIn(journalOf({ conditions: [condition("NodesUpToDate", "True")] }))).to.deep.equal([]);
});

describe("what a roll would replace", () => {
  const versions: GroupVersions[] = [
    {
      ...{ name: `nodes-a.${cluster}`, desired: 2, newest: "lt:2" },
      instances: [
        { id: "i-1", version: "lt:1" },
        { id: "i-2", version: "lt:2" },
      ],
      detached: ["i-3"],
    },
    {
      name: `nodes-b.${cluster}`,
      desired: 1,
      newest: "lt:1",
      instances: [{ id: "i-4", version: "lt:1" }],
      detached: [],
    },
  ];
  for (const [what, asked, nodes] of [
    ["nodes that wait", {}, { "nodes-a": ["i-1", "i-3"], "nodes-b": [] }],
    ["all nodes by force", { force: true }, { "nodes-a": ["i-1", "i-2", "i-3"], "nodes-b": ["i-4"] }],
    ["one node", { node: "i-4" }, { "nodes-a": [], "nodes-b": ["i-4"] }],
  ] satisfies [string, AskedRoll, Record<string, string[]>][])
    it(`is ${what}`, () => {
      const preview = previewOf(asked, ["nodes-a", "nodes-b"], instanceGroups, { cluster, versions });
      expect(Object.fromEntries(preview.map((one) => [one.group, one.nodes]))).to.deep.equal(nodes);
    });

  it("is the group of one node, unless others of it wait or it is unknown", () => {
    const find = (node: string) => () => groupOfNode(cluster, node, instanceGroups, versions);
    expect(find("i-4")()).to.equal("nodes-b");
    expect(find("i-2")).to.throw(ConfigError, /wait for a roll, and kOps would replace them too: i-1, i-3/);
    expect(find("i-9")).to.throw(
      ConfigError,
      /has this instance\.\s+Next: name one of these: nodes-b i-4; nodes-a i-1/,
    );
  });
});

describe("the roll command", () => {
  const run = async (...words: string[]): Promise<string> => {
    const store = memoryStore();
    await store.put(config, "spec: {}");
    return (await rejection(textOf(["roll", "s3://memory", cluster, ...words], { open: () => store }))).message;
  };
  for (const [what, words, says] of [
    ["a node and a group at once", ["--node", "i-1", "--group", "a"], /--node replaces one node/],
    ["a node by force", ["--node", "i-1", "--force"], /--node replaces one node/],
    ["an empty group", ["--group", "a,,b"], /--group takes names of instance groups/],
    ["a cluster of plain kOps", [], /made without this program[^]*kops rolling-update cluster --name k1/],
  ] as const)
    it(`refuses ${what}`, async () => {
      expect(await run(...words)).to.match(says);
    });
});
