import { expect } from "chai";
import { unusedFields, unusedOfCluster, unusedOfGroup } from "../../providers/kops/kops-cli/output/unused-fields.ts";
import { batches, manifestNames, readManifest } from "./corpus.ts";
import { complaint } from "./cycle.ts";
import type { Stage } from "./cycle.ts";
import { rowsIn } from "./docs.ts";
import { deedsIn } from "./events.ts";
import { fillIn, parseManifest, purposeOf } from "./manifest.ts";
import { lineOf, rowOf, summaryOf, tableOf } from "./report.ts";

const urn = (name: string): string => `urn:pulumi:sbx::pilot::pulumi-nodejs:dynamic/kops:Cluster::${name}`;
const event = (timestamp: number, body: Record<string, unknown>): string =>
  JSON.stringify({ sequence: 1, timestamp, ...body });

describe("the corpus of manifests", () => {
  it("has at least 30, each with a purpose and a cluster named after it", async () => {
    const names = await manifestNames();
    expect(names).to.have.length.of.at.least(30);
    for (const name of names) {
      const text = await readManifest(name);
      expect(purposeOf(text), name).to.match(/\w.{20,}/);
      expect(text, name).to.match(new RegExp(`^  name: ${name}\\.`, "m"));
    }
  });

  it("has every field that kOps knows and does not use, but for those of other network plugins", async () => {
    const { cluster, instanceGroups } = parseManifest(await readManifest("unused-fields"));
    const found = unusedFields({ cluster, instanceGroups }).map(([part, ...path]) =>
      (part === "cluster" ? path : path.slice(1)).filter((step) => typeof step === "string").join("."),
    );
    const listed = [...unusedOfCluster, ...unusedOfGroup].filter(
      (path) => !/^(configStore|networking\.(calico|flannel)\.)/.test(path),
    );
    expect(found).to.have.members(listed);
  });

  it("is completed at run time, and allows no unknown placeholder", () => {
    expect(fillIn("id: ${private-a}", { "private-a": "subnet-1" })).to.equal("id: subnet-1");
    expect(() => fillIn("id: ${privat-a}", { "private-a": "subnet-1" })).to.throw(
      "${privat-a} stands for nothing; known are private-a",
    );
  });

  it("runs in batches, and what must be alone after them", () => {
    expect(batches([1, 2, 3, 4, 5], 2, (one) => one === 2)).to.deep.equal([[1, 3], [4, 5], [2]]);
    expect(batches([1], 3, () => true)).to.deep.equal([[1]]);
  });

  it("is parsed as by kOps: a Cluster, its groups by name, its key", () => {
    const object = (kind: string, name: string, spec: string): string =>
      `apiVersion: kops.k8s.io/v1alpha2\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
    const text = [
      object("Cluster", "k1.example.com", "{ channel: stable, a: false }"),
      object("InstanceGroup", "nodes", "{ minSize: 0 }"),
      object("SSHCredential", "admin", "{ publicKey: ssh-ed25519 A }"),
    ].join("---\n");
    expect(parseManifest(text)).to.deep.equal({
      name: "k1.example.com",
      cluster: { channel: "none", a: false },
      instanceGroups: { nodes: { minSize: 0 } },
      sshPublicKeys: ["ssh-ed25519 A"],
    });
  });
});

describe("the events of pulumi", () => {
  it("tell for each cluster what was done, how long it took, and what is wrong", () => {
    const conditions = [{ type: "CloudApplied", status: "False", message: "modify 1" }];
    const output = [
      "a line of something else",
      event(10, { resourcePreEvent: { metadata: { op: "create", urn: urn("a") } } }),
      event(10, { resourcePreEvent: { metadata: { op: "create", urn: urn("b") } } }),
      event(25, { resOutputsEvent: { metadata: { op: "create", urn: urn("a"), new: { outputs: { conditions } } } } }),
      event(26, {
        diagnosticEvent: { urn: urn("b"), severity: "error", message: "<{%reset%}>kops failed<{%reset%}>\n" },
      }),
      event(27, { resOpFailedEvent: { metadata: { op: "create", urn: urn("b") } } }),
    ].join("\n");
    expect(Object.fromEntries(deedsIn(output))).to.deep.equal({
      a: { op: "create", failed: false, seconds: 15, errors: [], untrue: ["CloudApplied: modify 1"], began: 10 },
      b: { op: "create", failed: true, seconds: 17, errors: ["kops failed"], untrue: [], began: 10 },
    });
  });
});

describe("a stage of the cycle", () => {
  const deed = (op: string, more: { failed?: boolean; untrue?: string[]; errors?: string[] } = {}) => ({
    op,
    failed: false,
    seconds: 1,
    errors: [],
    untrue: [],
    ...more,
  });
  const well: [Stage, string][] = [
    ["create", "create"],
    ["again", "same"],
    ["refresh", "refresh"],
    ["refresh", "same"],
    ["destroy", "delete"],
  ];

  it("passes when it did its task and nothing else", () => {
    for (const [stage, op] of well) expect(complaint(stage, deed(op), ""), stage).to.equal(undefined);
  });

  for (const [what, stage, one, reason] of [
    [
      "leaves a condition that is not true",
      "create",
      deed("create", { untrue: ["Validated: no"] }),
      "create: Validated: no",
    ],
    ["is an update where nothing changed", "again", deed("update"), "the second up is not empty: update"],
    ["finds other inputs in a refresh", "refresh", deed("update"), "the refresh is not empty: update"],
    [
      "finds the cloud drifted in a refresh, though Pulumi calls it the same",
      "refresh",
      deed("same", { untrue: ["CloudApplied: modify 1"] }),
      "the refresh is not empty: same: CloudApplied: modify 1",
    ],
    ["fails", "destroy", deed("delete", { failed: true, errors: ["kops failed"] }), "kops failed"],
    ["was never come to", "destroy", undefined, "pulumi did not come to it: what it printed"],
  ] as const) {
    it(`does not pass when it ${what}`, () => {
      expect(complaint(stage, one, "what it printed")).to.equal(reason);
    });
  }
});

describe("the report on the corpus", () => {
  const passed = { slug: "a", seconds: { create: 12.4, again: 0, refresh: 3, destroy: 8 }, problem: undefined };
  const failed = { slug: "b", seconds: { create: 12 }, problem: "again: not\nempty | at all" };

  it("shows how long each stage took, or why it failed", () => {
    expect(lineOf(passed)).to.match(/^a +create 12 {2}again {2}0 {2}refresh {2}3 {2}destroy {2}8 {2}ok$/);
    expect(lineOf(failed)).to.match(/^b +create 12 {2}again {2}- .* FAILED again: not\nempty/);
    expect(summaryOf([passed, failed])).to.equal("1 passed, 1 failed");
  });

  it("is a table whose rows can be replaced one by one", () => {
    const rows = [rowOf(passed, "why", "2026-01-02"), rowOf(failed, "why not", "2026-01-03")];
    expect([...rowsIn(tableOf(rows))]).to.deep.equal([
      ["a", rows[0]],
      ["b", rows[1]],
    ]);
    expect(rows[1]).to.contain("| 2026-01-03 | **failed**: again: not empty \\| at all |");
  });
});
