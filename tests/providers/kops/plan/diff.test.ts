import { expect } from "chai";
import { updateConditions } from "../../../../providers/kops/model/conditions.ts";
import type { Condition, Finding } from "../../../../providers/kops/model/conditions.ts";
import {
  difference,
  inputsIn,
  isDifferent,
  isMetadataOnly,
  isUpToDate,
  withLastApplied,
} from "../../../../providers/kops/plan/diff.ts";
import type { PropertyChange } from "../../../../providers/kops/plan/diff.ts";
import type { KopsClusterInputs } from "../../../../providers/kops/index.ts";
import type { Journal } from "../../../../providers/kops/store/journal.ts";
import { desiredSpec, digestOf } from "../../../../providers/kops/model/spec.ts";
import { irreversibleLines } from "../../../../providers/kops/plan/document/irreversible.ts";
import { sampleInputs } from "../samples.ts";
import { changeLine } from "../../../../providers/kops/plan/print/plan-block.ts";

const at = new Date("2026-11-21T08:00:00Z");
const good: Finding[] = (
  ["SpecWritten", "CloudApplied", "ControlPlaneUpToDate", "NodesUpToDate", "Validated"] as const
).map((type) => ({ type, status: "True", reason: "Done", message: "" }));
const ready: Condition[] = updateConditions([], good, at);

function journal(changes: Partial<Journal> = {}): Journal {
  const inputs = sampleInputs();
  return { version: 1, cluster: inputs.name, owner: inputs.owner, conditions: ready, instanceGroups: [], ...changes };
}

function state(
  changes: object = {},
): ReturnType<typeof sampleInputs> & { conditions: Condition[]; appliedDigest: string } {
  const inputs = sampleInputs();
  return { ...inputs, conditions: ready, appliedDigest: digestOf(desiredSpec(inputs)), ...changes };
}

describe("the diff of a cluster", () => {
  it("is empty when inputs, last applied spec, conditions and journal all agree", () => {
    expect(isDifferent(difference(sampleInputs(), state(), journal()))).to.equal(false);
  });

  it("is empty when only the order of keys differs", () => {
    const { cluster } = sampleInputs();
    const turned = Object.fromEntries(Object.entries(cluster).reverse());
    expect(isDifferent(difference(sampleInputs({ cluster: turned }), state(), journal()))).to.equal(false);
  });

  it("sees a value that changed from true to false", () => {
    const desired = sampleInputs({ cluster: { ...sampleInputs().cluster, kubelet: { anonymousAuth: true } } });
    expect(difference(desired, state(), journal())).to.deep.include({ inputs: ["cluster"], spec: true });
  });

  it("sees a feature flag of kOps; none equals the state of an older version", () => {
    expect(difference(sampleInputs({ featureFlags: ["APIServerNodes"] }), state(), journal())).to.deep.include({
      inputs: ["featureFlags"],
      spec: true,
      properties: [{ path: "featureFlags", kind: "applies" }],
    });
    expect(digestOf(desiredSpec(sampleInputs({ featureFlags: [] })))).to.equal(digestOf(desiredSpec(sampleInputs())));
  });

  it("sees a changed roll option without a changed spec", () => {
    const found = difference(sampleInputs({ rollingUpdate: { nodeInterval: "1m" } }), state(), journal());
    expect(found).to.deep.include({ inputs: ["rollingUpdate"], spec: false });
  });

  it(
    "is a change while the journal has an unfinished operation, even when the change was reverted and a refresh " +
      "cleared the error",
    () => {
      const operation = {
        id: "1",
        verb: "update" as const,
        digest: "other",
        begun: at.toISOString(),
        steps: [{ name: "NodesRolled", begun: at.toISOString() }],
      };
      const found = difference(sampleInputs(), state(), journal({ operation }));
      expect(found).to.deep.include({ inputs: [], spec: false });
      expect(found.open).to.deep.equal(["update begun 2026-11-21T08:00:00.000Z stopped at NodesRolled"]);
    },
  );

  it(
    "shows after a failed update what changed since the last applied spec, and what is irreversible: Pulumi's " +
      "state has the inputs of the failed one",
    () => {
      const { kopsVersion, cluster, instanceGroups } = sampleInputs({
        cluster: { ...sampleInputs().cluster, kubernetesVersion: "1.33.7" },
      });
      const desired = sampleInputs();
      const operation = {
        id: "1",
        verb: "update" as const,
        digest: digestOf(desiredSpec(desired)),
        begun: at.toISOString(),
        steps: [],
      };
      const applied = {
        digest: "older",
        kopsVersion,
        revision: 1,
        at: at.toISOString(),
        spec: { kopsVersion, cluster, instanceGroups },
      };
      const old = withLastApplied(state({ appliedDigest: "older" }), journal({ operation, applied }));
      expect(difference(desired, old, journal({ operation, applied })).properties).to.deep.equal([
        { path: "cluster.kubernetesVersion", kind: "rolls", groups: ["control-plane-a", "nodes"] },
      ]);
      expect(irreversibleLines(old, desired, { remove: [], prune: [] })[0]).to.match(/^Kubernetes 1\.33 to 1\.34/);
    },
  );

  it("compares with the state when no operation is open, and when a journal of an older program lacks the spec", () => {
    const applied = { digest: "older", kopsVersion: "1.35.0", revision: 1, at: at.toISOString() };
    const operation = { id: "1", verb: "update" as const, digest: "d", begun: at.toISOString(), steps: [] };
    const { kopsVersion, cluster, instanceGroups } = sampleInputs();
    expect(
      withLastApplied(
        state(),
        journal({ applied: { ...applied, spec: { kopsVersion: "1.34.0", cluster, instanceGroups } } }),
      ).kopsVersion,
    ).to.equal(kopsVersion);
    expect(withLastApplied(state(), journal({ applied, operation }))).to.deep.equal(state());
    expect(withLastApplied(state(), undefined)).to.deep.equal(state());
  });

  it(
    "is a change when another spec was applied than Pulumi's state says: by a run killed after its work, or from " +
      "another machine",
    () => {
      const applied = { digest: "other", kopsVersion: "1.35.0", revision: 7, at: at.toISOString() };
      expect(difference(sampleInputs(), state(), journal({ applied })).open).to.deep.equal([
        "another spec was applied at 2026-11-21T08:00:00.000Z (revision 7), which Pulumi's state does not have",
      ]);
    },
  );

  it("is a change while a condition is not true, and names it", () => {
    const drifted = updateConditions(
      ready,
      [{ type: "CloudApplied", status: "False", reason: "Drifted", message: "modify 1" }],
      at,
    );
    expect(difference(sampleInputs(), state({ conditions: drifted }), journal()).open).to.deep.equal([
      "CloudApplied is False: Drifted modify 1",
    ]);
  });

  it("is empty while the user holds rolls back", () => {
    const desired = sampleInputs({ rollingUpdate: { strategy: "manual" } });
    const waiting = updateConditions(
      ready,
      [{ type: "NodesUpToDate", status: "False", reason: "ManualStrategy", message: "" }],
      at,
    );
    const old = state({ conditions: waiting, rollingUpdate: { strategy: "manual" } });
    expect(isDifferent(difference(desired, old, journal({ conditions: waiting })))).to.equal(false);
  });

  it("is a change when the cluster has no journal any more, as after a deletion at whose end Pulumi was killed", () => {
    const found = difference(sampleInputs(), state(), undefined);
    expect(isDifferent(found)).to.equal(true);
    expect(found).to.deep.include({ inputs: [], spec: false });
    expect(found.open.join()).to.include("was deleted");
  });

  it("is a change when no spec was ever applied", () => {
    expect(isDifferent(difference(sampleInputs(), sampleInputs(), undefined))).to.equal(true);
  });
});

describe("a state", () => {
  it("yields its inputs without its outputs", () => {
    expect(inputsIn({ ...state(), endpoint: "https://api.k1" })).to.deep.equal(sampleInputs());
  });
});

describe("the effect of each changed property", () => {
  const { cluster, instanceGroups } = sampleInputs();
  const nodes = instanceGroups["nodes"] ?? {};
  const group = (changes: object): Partial<KopsClusterInputs> => ({
    instanceGroups: { ...instanceGroups, nodes: { ...nodes, ...changes } },
  });
  const all = ["control-plane-a", "nodes"];

  for (const [what, desired, expected] of [
    [
      "a machine type rolls its group",
      group({ machineType: "t3.xlarge" }),
      [{ path: "instanceGroups.nodes.machineType", kind: "rolls", groups: ["nodes"] }],
    ],
    [
      "an image rolls its group",
      group({ image: "ami-0b2" }),
      [{ path: "instanceGroups.nodes.image", kind: "rolls", groups: ["nodes"] }],
    ],
    [
      "a size scales its group and rolls nothing",
      group({ minSize: 1, maxSize: 9 }),
      [
        { path: "instanceGroups.nodes.maxSize", kind: "scales", groups: ["nodes"] },
        { path: "instanceGroups.nodes.minSize", kind: "scales", groups: ["nodes"] },
      ],
    ],
    [
      "a subnet is applied",
      group({ subnets: ["ap-southeast-2b"] }),
      [{ path: "instanceGroups.nodes.subnets", kind: "applies" }],
    ],
    [
      "a field this program does not know is applied, and kOps's dry run tells the rest",
      group({ someday: true }),
      [{ path: "instanceGroups.nodes.someday", kind: "applies" }],
    ],
    [
      "a new group is applied",
      { instanceGroups: { ...instanceGroups, more: {} } },
      [{ path: "instanceGroups.more", kind: "applies" }],
    ],
    [
      "a group that leaves is applied",
      { instanceGroups: { nodes } },
      [{ path: "instanceGroups.control-plane-a", kind: "applies" }],
    ],
    [
      "a Kubernetes version rolls every group",
      { cluster: { ...cluster, kubernetesVersion: "1.34.4" } },
      [{ path: "cluster.kubernetesVersion", kind: "rolls", groups: all }],
    ],
    [
      "a kOps version rolls every group",
      { kopsVersion: "1.35.1" },
      [{ path: "kopsVersion", kind: "rolls", groups: all }],
    ],
    [
      "an add-on is applied",
      { cluster: { ...cluster, metricsServer: { enabled: true } } },
      [{ path: "cluster.metricsServer", kind: "applies" }],
    ],
    ["an SSH key is applied", { sshPublicKeys: ["ssh-ed25519 A"] }, [{ path: "sshPublicKeys", kind: "applies" }]],
    [
      "how nodes are rolled is metadata",
      { rollingUpdate: { nodeInterval: "1m" } },
      [{ path: "rollingUpdate", kind: "metadata" }],
    ],
    [
      "how the cluster is validated is metadata",
      { validation: { timeout: "1h" } },
      [{ path: "validation", kind: "metadata" }],
    ],
    ["time-outs are metadata", { timeouts: { update: "5h" } }, [{ path: "timeouts", kind: "metadata" }]],
    ["a budget is metadata", { budget: "5h" }, [{ path: "budget", kind: "metadata" }]],
    [
      "the protection from deletion is metadata",
      { deletionProtection: true },
      [{ path: "deletionProtection", kind: "metadata" }],
    ],
    ["what is let through is metadata", { allow: ["networking"] }, [{ path: "allow", kind: "metadata" }]],
    ["to adopt is no change: it may stay, or go, once the cluster is taken over", { adopt: true }, []],
    [
      "another owner, which is refused unless it adopts, is metadata",
      { owner: "organisation/pilot/other", adopt: true },
      [{ path: "owner", kind: "metadata" }],
    ],
    ["the profile of an AWS identity is metadata", { profile: "sbx" }, [{ path: "profile", kind: "metadata" }]],
  ] satisfies [string, Partial<KopsClusterInputs>, PropertyChange[]][]) {
    it(what, () => {
      const found = difference(sampleInputs(desired), state(), journal());
      expect(found.properties.sort((a, b) => (a.path < b.path ? -1 : 1))).to.deep.equal(expected);
    });
  }

  it("is printed in one line without values, with only the first of many", () => {
    const found = difference(
      sampleInputs({ ...group({ machineType: "t3.xlarge" }), budget: "5h" }),
      state(),
      journal(),
    );
    expect(changeLine(found.properties))
      .to.match(/^changed: .*instanceGroups\.nodes\.machineType \(rolls nodes\)/)
      .and.to.contain("budget (metadata)")
      .and.not.to.contain("xlarge");
    const many = Array.from({ length: 9 }, (_, index) => ({ path: `cluster.f${index}`, kind: "applies" as const }));
    expect(changeLine(many)).to.match(/; and 3 more$/);
    expect(changeLine([])).to.equal(undefined);
  });

  it("is none when a newer program has more options than the one that wrote the state", () => {
    // What is not given is absent on both sides, however many keys a newer program knows.
    const desired = {
      ...sampleInputs(),
      rollingUpdate: undefined,
      timeouts: undefined,
      deletion: undefined,
    } as unknown as KopsClusterInputs;
    expect(isDifferent(difference(desired, state(), journal()))).to.equal(false);
  });
});

describe("a change that only concerns later operations", () => {
  const applied = {
    digest: digestOf(desiredSpec(sampleInputs())),
    kopsVersion: "1.35.0",
    revision: 1,
    at: at.toISOString(),
  };
  const interval = sampleInputs({ rollingUpdate: { nodeInterval: "1m" } });
  const broken = updateConditions(
    ready,
    [{ type: "NodesUpToDate", status: "False", reason: "Excluded", message: "" }],
    at,
  );
  const operation = { id: "1", verb: "update" as const, digest: "x", begun: at.toISOString(), steps: [] };

  for (const [runs, desired, before] of [
    [false, interval, journal({ applied })],
    [true, interval, journal()],
    [true, interval, journal({ applied, conditions: broken })],
    [true, interval, journal({ applied, operation })],
    [true, interval, journal({ applied: { ...applied, digest: "other" } })],
    [true, sampleInputs({ rollingUpdate: { force: true } }), journal({ applied })],
    [true, sampleInputs({ allow: ["image"] }), journal({ applied })],
    [true, sampleInputs({ ...interval, kopsVersion: "1.35.1" }), journal({ applied })],
  ] satisfies [boolean, KopsClusterInputs, Journal][]) {
    const why = JSON.stringify({
      ...desired.rollingUpdate,
      allow: desired.allow,
      kops: desired.kopsVersion,
      applied: before.applied?.digest,
      open: before.operation !== undefined,
      ready: before.conditions === ready,
    });
    it(`${runs ? "runs kOps" : "runs no kOps"}: ${why}`, () => {
      expect(isUpToDate(desired, before)).to.equal(!runs);
      expect(isMetadataOnly(difference(desired, state(), before), desired, before)).to.equal(!runs);
    });
  }
});
