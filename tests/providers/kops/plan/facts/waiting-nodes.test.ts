import { expect } from "chai";
import type { Condition } from "../../../../../providers/kops/model/conditions.ts";
import { secretChanges } from "../../../../../providers/kops/model/secrets.ts";
import { difference, isDifferent } from "../../../../../providers/kops/plan/diff.ts";
import { differencesOf } from "../../../../../providers/kops/plan/facts/manifest-differences.ts";
import { keepTransitionTimes } from "../../../../../providers/kops/observe/read.ts";
import { desiredSpec, digestOf } from "../../../../../providers/kops/model/spec.ts";
import { foreignOwnerOf } from "../../../../../providers/kops/store/lifecycle.ts";
import { upToDateFindings, waitingNodes } from "../../../../../providers/kops/plan/facts/waiting-nodes.ts";
import type { GroupVersions } from "../../../../../providers/kops/plan/facts/waiting-nodes.ts";
import { memoryStore } from "../../memory-store.ts";
import { sampleInputs } from "../../samples.ts";
import { adoptionLines } from "../../../../../providers/kops/plan/print/adoption.ts";
import { isUnchanged } from "../../../../../providers/kops/plan/plan.ts";

const inputs = sampleInputs();
const nodes = `nodes.${inputs.name}`;
const group = (changes: Partial<GroupVersions>): GroupVersions => ({
  name: nodes,
  desired: 1,
  newest: "lt-1:2",
  instances: [],
  detached: [],
  ...changes,
});
const waiting = (...groups: GroupVersions[]): Record<string, string[]> =>
  waitingNodes(groups, inputs.instanceGroups, inputs.name);

describe("nodes that wait for a roll", () => {
  it("have another launch template version than a new node would get", () => {
    expect(
      waiting(
        group({
          instances: [
            { id: "i-old", version: "lt-1:1" },
            { id: "i-new", version: "lt-1:2" },
          ],
        }),
      ),
    ).to.deep.equal({ nodes: ["i-old"] });
  });
  it("are all nodes of a group whose template is gone", () => {
    expect(waiting(group({ newest: undefined, instances: [{ id: "i-1", version: "lt-1:1" }] }))).to.deep.equal({
      nodes: ["i-1"],
    });
  });
  it("include those that an interrupted roll detached", () => {
    expect(waiting(group({ instances: [{ id: "i-new", version: "lt-1:2" }], detached: ["i-surge"] }))).to.deep.equal({
      nodes: ["i-surge"],
    });
  });
  it("exclude groups that are up to date or of another cluster", () => {
    expect(
      waiting(
        group({ instances: [{ id: "i-new", version: "lt-1:2" }] }),
        group({ name: "nodes.other", instances: [{ id: "i-x", version: "lt-9:1" }] }),
      ),
    ).to.deep.equal({});
  });

  const old = (type: Condition["type"], reason: string): Condition => ({
    type,
    status: "False",
    reason,
    message: "",
    lastTransitionTime: "2026-11-23T09:00:00Z",
  });
  const words = (
    waits: Record<string, string[]>,
    changes: Parameters<typeof sampleInputs>[0] = {},
    known: Condition[] = [],
  ): string[] =>
    upToDateFindings(waits, sampleInputs(changes), known).map(({ type, status, reason, message }) =>
      `${type} ${status} ${reason} ${message}`.trim(),
    );
  it("make their condition false and are named in it", () => {
    expect(words({ nodes: ["i-1", "i-2"] })).to.deep.equal([
      "ControlPlaneUpToDate True UpToDate",
      "NodesUpToDate False NeedsUpdate not up to date: nodes i-1, i-2",
    ]);
    expect(words({ "control-plane-a": ["i-3"] })[0]).to.equal(
      "ControlPlaneUpToDate False NeedsUpdate not up to date: control-plane-a i-3",
    );
  });
  it("are counted, not all named, where a thousand wait: the outputs keep the message", () => {
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, group) => [
        `g${String(group).padStart(3, "0")}`,
        Array.from({ length: 10 + group }, (_, node) => `i-0123456789abcde${String(node).padStart(3, "0")}`),
      ]),
    );
    const instanceGroups = Object.fromEntries(Object.keys(many).map((name) => [name, { role: "Node" }]));
    const [, text = ""] = words(many, { instanceGroups });
    expect(text).to.match(/g009 i-\S+, .*, and 9 more; and 90 more$/);
    expect(text.length).to.be.below(3_000);
  });
  it("keep the reason why the user holds them back", () => {
    expect(words({ nodes: ["i-1"] }, { rollingUpdate: { strategy: "manual" } })[1]).to.contain("False ManualStrategy");
    expect(words({ nodes: ["i-1"] }, { rollingUpdate: { excludeGroups: ["nodes"] } })[1]).to.contain("False Excluded");
    expect(words({ nodes: ["i-1"] }, {}, [old("NodesUpToDate", "OutsideWindow")])[1]).to.contain("False OutsideWindow");
  });
  it("no longer wait when somebody rolled them by hand", () => {
    expect(words({}, {}, [old("NodesUpToDate", "ManualStrategy")])[1]).to.equal("NodesUpToDate True UpToDate");
  });
});

describe("a finding that has not changed", () => {
  it("keeps the time of the first observation", () => {
    const at = (time: string, status: Condition["status"] = "False"): Condition => ({
      type: "CloudApplied",
      status,
      reason: "Drifted",
      message: "",
      lastTransitionTime: time,
    });
    expect(keepTransitionTimes([at("2")], [at("1")])).to.deep.equal([at("1")]);
    expect(keepTransitionTimes([at("2")], [at("1", "True")])).to.deep.equal([at("2")]);
  });
});

describe("the manifests of an adopted cluster", () => {
  it("are compared by property, without empty values", () => {
    expect(
      differencesOf(
        { a: 1, b: { c: [1, 2] }, empty: {}, off: false },
        { a: 2, b: { c: [1, 3] }, none: null, off: true },
        "cluster",
      ),
    ).to.deep.equal(["cluster.a: 1 -> 2", "cluster.b.c[1]: 2 -> 3", "cluster.off: false -> true"]);
    expect(differencesOf({ list: [1] }, { list: [1, 2], new: "x" }, "c")).to.deep.equal([
      "c.list: [1] -> [1,2]",
      "c.new: nothing -> x",
    ]);
  });

  const plan = (changes: Partial<Parameters<typeof isUnchanged>[0]> = {}): Parameters<typeof isUnchanged>[0] => ({
    create: [],
    modify: [],
    remove: [],
    prune: [],
    leaves: [],
    differences: { cluster: [], groups: [] },
    ...changes,
  });
  for (const [title, changes, same] of [
    ["are as wanted when nothing differs", {}, true],
    [
      "are as wanted when the Cluster only leaves out what kOps takes by default",
      { differences: { cluster: ["cluster.x: 1 -> nothing"], groups: [] } },
      true,
    ],
    [
      "are not when a group's text differs, of which the cloud tells nothing",
      { differences: { cluster: [], groups: ["instanceGroups.nodes.rollingUpdate.maxSurge: nothing -> 2"] } },
      false,
    ],
    ["are not when the cloud would change", { modify: [{ kind: "LaunchTemplate", name: "x", fields: [] }] }, false],
    ["are not when a group would leave", { leaves: ["extra"] }, false],
  ] as const) {
    it(title, () => {
      expect(isUnchanged(plan(changes as Partial<Parameters<typeof isUnchanged>[0]>), [])).to.equal(same);
    });
  }
  it("are not unchanged when a secret must be written, which neither manifests nor cloud show", () => {
    const secrets = secretChanges({ dockerConfig: "a", ciliumPassword: "b" }, { ciliumPassword: "c" });
    expect(isUnchanged(plan(), secrets)).to.equal(false);
    const lines = adoptionLines("it belongs to a/b/c", plan(), secrets);
    expect(lines.map((line) => line.split(":")[0])).to.deep.equal([
      "adopts the cluster (it belongs to a/b/c) and changes it to the desired spec",
      "secret dockerConfig is added",
      "secret ciliumPassword changes",
    ]);
  });
  it("are shown with the former owner, the first thirty differences and the number of others", () => {
    const lines = adoptionLines(
      "it belongs to a/b/c",
      plan({ differences: { cluster: [], groups: Array.from({ length: 32 }, (_, index) => `p${index}: 1 -> 2`) } }),
      [],
    );
    expect(lines[0]).to.contain("it belongs to a/b/c");
    expect(lines).to.have.length(32).and.to.include("and 2 more");
  });
});

describe("the owner of a cluster", () => {
  const owner = { name: inputs.name, owner: inputs.owner };
  const journal = (by: string) => ({
    version: 1 as const,
    cluster: inputs.name,
    owner: by,
    conditions: [],
    instanceGroups: [],
  });
  it("is read from the journal, where the cluster exists", async () => {
    const store = memoryStore();
    expect(await foreignOwnerOf(store, owner, undefined)).to.equal(undefined);
    store.objects.set(`${inputs.name}/config`, "kind: Cluster");
    expect(await foreignOwnerOf(store, owner, undefined)).to.contain("without this program");
    expect(await foreignOwnerOf(store, owner, journal("acme/x/y"))).to.contain("acme/x/y");
    expect(await foreignOwnerOf(store, owner, journal(inputs.owner))).to.equal(undefined);
  });

  it("is no difference after the adoption, with `adopt` or without", () => {
    const ready: Condition = {
      type: "Ready",
      status: "True",
      reason: "UpToDate",
      message: "",
      lastTransitionTime: "1",
    };
    const found = difference(
      inputs,
      { ...inputs, adopt: true, appliedDigest: digestOf(desiredSpec(inputs)), conditions: [ready] },
      journal(inputs.owner),
    );
    expect(isDifferent(found)).to.equal(false);
  });
});
