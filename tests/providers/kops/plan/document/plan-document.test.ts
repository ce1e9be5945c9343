import { expect } from "chai";
import { cloudPart } from "../../plans.ts";
import { documentOf, planDocument } from "../../../../../providers/kops/plan/document/plan-document.ts";
import type { Plan } from "../../../../../providers/kops/plan/plan.ts";
import type { PlanDocument, PlanFacts } from "../../../../../providers/kops/plan/document/plan-document.ts";
import {
  refusalByReview,
  unreviewedClusterChanges,
} from "../../../../../providers/kops/plan/document/reviewed-plan.ts";
import { skewLines } from "../../../../../providers/kops/plan/document/version-skew.ts";
import { irreversibleLines } from "../../../../../providers/kops/plan/document/irreversible.ts";
import type { RollingUpdateOptions } from "../../../../../providers/kops/model/inputs.ts";
import { sampleInputs } from "../../samples.ts";
import { documentLines } from "../../../../../providers/kops/plan/print/plan-block.ts";

const nodes = { group: "nodes", controlPlane: false, nodes: 6 };
const controlPlane = { group: "control-plane-a", controlPlane: true, nodes: 1 };

describe("what a revert does not undo", () => {
  const none: Pick<Plan, "remove" | "prune"> = { remove: [], prune: [] };
  const old = {
    kopsVersion: "1.35.0",
    cluster: {
      kubernetesVersion: "1.33.7",
      networking: { cilium: {} },
      etcdClusters: [{ name: "main", version: "3.5.21" }],
    },
  };
  for (const [what, desired, plan, expected] of [
    [
      "is a Kubernetes minor",
      { ...old, cluster: { ...old.cluster, kubernetesVersion: "v1.34.3" } },
      none,
      /^Kubernetes 1\.33 to 1\.34: only a restore of etcd/,
    ],
    ["is a kOps minor", { ...old, kopsVersion: "1.36.2" }, none, /^kOps 1\.35 to 1\.36: .*allowDowngrade/],
    [
      "is a version of etcd",
      { ...old, cluster: { ...old.cluster, etcdClusters: [{ name: "main", version: "3.6.5" }] } },
      none,
      /^etcd main 3\.5 to 3\.6: its data is converted/,
    ],
    [
      "is the version of etcd that kOps takes for a newer Kubernetes",
      { ...old, cluster: { ...old.cluster, kubernetesVersion: "1.34.3", etcdClusters: [{ name: "main" }] } },
      none,
      /^Kubernetes 1\.33 to 1\.34.*\netcd main 3\.5 to 3\.6: its data is converted/,
    ],
    [
      "is another CNI",
      { ...old, cluster: { ...old.cluster, networking: { calico: {} } } },
      none,
      /^CNI cilium to calico/,
    ],
    [
      "is a volume that is deleted",
      old,
      { remove: [{ kind: "EBSVolume", name: "a.etcd-main", fields: [] as string[] }] },
      /^EBSVolume a\.etcd-main is deleted with its data/,
    ],
    [
      "is no patch of etcd",
      { ...old, cluster: { ...old.cluster, etcdClusters: [{ name: "main", version: "3.5.24" }] } },
      none,
      undefined,
    ],
    [
      "is no patch of Kubernetes",
      { ...old, cluster: { ...old.cluster, kubernetesVersion: "1.33.9" } },
      none,
      undefined,
    ],
    [
      "is no setting of the same CNI",
      { ...old, cluster: { ...old.cluster, networking: { cilium: { enableNodePort: true } } } },
      none,
      undefined,
    ],
    ["is nothing of an unchanged cluster", old, none, undefined],
  ] as const) {
    it(what, () => {
      const lines = irreversibleLines(old, desired, { remove: [...plan.remove], prune: [] });
      if (expected) expect(lines.join("\n")).to.match(expected);
      else expect(lines).to.deep.equal([]);
    });
  }

  it("is empty for a new cluster", () => {
    expect(irreversibleLines(undefined, old, none)).to.deep.equal([]);
  });
});

describe("the skew of versions", () => {
  const at = (version: string, name = "i-1", group = "nodes") => [{ name, group, version }];
  for (const [what, server, desired, seen, rolling, expected] of [
    ["is none when all are of one version", "v1.34.3", "1.34.3", at("v1.34.3"), [], /^$/],
    [
      "is allowed three minors back",
      "v1.34.3",
      "1.34.3",
      at("v1.31.0"),
      [],
      /older than the API server v1\.34\.3, which is allowed: i-1/,
    ],
    [
      "is too much four minors back",
      "v1.34.3",
      "1.34.3",
      at("v1.30.0"),
      [],
      /more than 3 minors older than the API server v1\.34\.3: i-1/,
    ],
    ["names a node newer than its API server", "v1.34.3", "1.34.3", at("v1.35.0"), [], /newer than the API server/],
    [
      "sees what the wanted minor would leave too far behind",
      "v1.34.3",
      "1.35.0",
      at("v1.31.0"),
      [],
      /would be more than 3 minors older than the API server 1\.35/,
    ],
    ["lets be what rolls along", "v1.34.3", "1.35.0", at("v1.31.0"), ["nodes"], /which is allowed/],
  ] as const) {
    it(what, () => {
      expect(skewLines(server, desired, seen, new Set(rolling)).join("\n")).to.match(expected);
    });
  }

  it("counts many nodes of one kind instead of naming them", () => {
    const many = ["a", "b", "c", "d"].flatMap((name) => at("v1.33.0", name));
    expect(skewLines("v1.34.3", "1.34.3", many, new Set())).to.have.lengthOf(1);
    expect(skewLines("v1.34.3", "1.34.3", many, new Set())[0]).to.match(/: 4 nodes$/);
  });
});

function facts(changes: Partial<PlanFacts> = {}): PlanFacts {
  return {
    inputs: sampleInputs(),
    old: undefined,
    difference: undefined,
    plan: cloudPart(),
    sizes: {},
    api: undefined,
    now: new Date("2026-11-21T08:00:00Z"),
    ...changes,
  };
}

describe("the plan as a document", () => {
  it("matches its schema and has a digest", () => {
    const document = documentOf(facts());
    expect(planDocument.parse(JSON.parse(JSON.stringify(document)))).to.deep.equal(document);
    expect(document.digest).to.match(/^[0-9a-f]{16}$/);
  });

  it("has a digest of the changes, not of what was only observed", () => {
    const plan = cloudPart({ rolls: [nodes] });
    const [one, other] = [2, 5].map(
      (desired) =>
        documentOf(facts({ plan, sizes: { nodes: { desired, outdated: 0 } }, now: new Date(desired * 1e10) })).digest,
    );
    expect(one).to.equal(other);
    expect(documentOf(facts({ plan: cloudPart({ rolls: [nodes, controlPlane] }) })).digest).not.to.equal(one);
    expect(documentOf(facts({ plan, inputs: sampleInputs({ kopsVersion: "1.35.1" }) })).digest).not.to.equal(one);
  });

  it("marks each roll that is held back, includes that in its digest and counts no time for it", () => {
    const plan = cloudPart({ rolls: [nodes, controlPlane] });
    const documents = [
      undefined,
      { excludeGroups: ["nodes"] },
      { includeRoles: ["Bastion" as const] },
      { strategy: "manual" as const },
    ].map((rollingUpdate) => documentOf(facts({ plan, inputs: sampleInputs(rollingUpdate && { rollingUpdate }) })));
    expect(
      documents.map(({ rolls }) =>
        rolls.map(({ group, held }) => `${group} ${held === undefined ? "unmarked" : String(held)}`),
      ),
    ).to.deep.equal([
      ["control-plane-a false", "nodes false"],
      ["control-plane-a false", "nodes excluded"],
      ["control-plane-a excluded", "nodes excluded"],
      ["control-plane-a manual", "nodes manual"],
    ]);
    const [none, one, left, manual] = documents;
    expect(new Set([none?.digest, one?.digest, left?.digest]).size).to.equal(3);
    // Neither replaces a node.
    expect(manual?.digest).to.equal(left?.digest);
    expect(documents.map(({ estimate: time }) => time?.seconds)).to.deep.equal([810, 210, undefined, undefined]);
    if (one)
      expect(documentLines(one)).to.include.members([
        "roll 1. control-plane-a: up to 1 control-plane node, about 3m30s",
        "roll 2. nodes: up to 3 nodes, held back",
      ]);
  });

  it("has values of fields that its digest ignores, and is read without them", () => {
    const change = { kind: "LaunchTemplate", name: "nodes.k1.sbx.example.com", fields: ["InstanceType"] };
    const values = { InstanceType: { from: "t3.large", to: "t3.xlarge" } };
    const [older, newer] = [change, { ...change, values }].map((one) =>
      documentOf(facts({ plan: cloudPart({ modify: [one] }) })),
    );
    expect(newer?.digest).to.equal(older?.digest);
    expect(newer?.modify).to.deep.equal([{ ...change, values }]);
    expect(planDocument.parse(JSON.parse(JSON.stringify(older))).modify).to.deep.equal([change]);
  });

  it("says what could not be checked", () => {
    const lines = documentLines(
      documentOf(facts({ plan: cloudPart({ rolls: [nodes] }), api: { unreachable: "connection refused" } })),
    );
    expect(lines.join("\n")).to.contain(
      "not checked: PodDisruptionBudgets and versions of nodes: the Kubernetes API of k1.sbx.example.com could " +
        "not be asked (connection refused)",
    );
  });

  it("names in one line what AWS still deletes, for which the up waits first, and not in its digest", () => {
    const plan = cloudPart({ create: [{ kind: "AutoscalingGroup", name: "nodes.k1.sbx.example.com", fields: [] }] });
    const groups = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => `Auto Scaling group g${index}.k1 (Delete in progress)`);
    const [none, two, many] = [0, 2, 12].map((count) => documentOf(facts({ plan, deletions: groups(count) })));
    if (!none || !two || !many) throw new Error("three documents");
    expect(none).to.deep.equal(documentOf(facts({ plan })));
    expect(documentLines(two)).to.include(
      "the up first waits until AWS has deleted: Auto Scaling group g0.k1 (Delete in progress), Auto Scaling group " +
        "g1.k1 (Delete in progress)",
    );
    expect(documentLines(many).filter((line) => line.includes("first waits"))[0]).to.match(/g9\.k1 .*, and 2 more$/);
    expect(planDocument.parse(JSON.parse(JSON.stringify(two)))).to.deep.equal(two);
    expect(two.digest).to.equal(none.digest);
  });

  it("says what blocks a drain now", () => {
    const api = { server: "v1.34.3", nodes: [], blocking: ["default/web (1 of 1 pods healthy)"] };
    expect(documentLines(documentOf(facts({ plan: cloudPart({ rolls: [nodes] }), api })))).to.include(
      "blocks a drain now: PodDisruptionBudget default/web (1 of 1 pods healthy)",
    );
  });
});

describe("an up after a review", () => {
  const gone = { kind: "SecurityGroup", name: "sg-1", fields: [] };
  const document = (changes: Parameters<typeof cloudPart>[0] = {}, rollingUpdate?: RollingUpdateOptions) =>
    documentOf(facts({ plan: cloudPart(changes), inputs: sampleInputs(rollingUpdate && { rollingUpdate }) }));
  const both = { rolls: [nodes, controlPlane] };
  const manual = { strategy: "manual" } as const;
  /** As a version of this program wrote it that did not mark what is held back. */
  const unmarked = (plan: PlanDocument): PlanDocument => ({
    ...plan,
    rolls: plan.rolls.map((roll) => ({ ...roll, held: undefined })),
  });

  for (const [what, planned, reviewed, expected] of [
    ["may do the same", document({ rolls: [nodes], remove: [gone] }), document({ rolls: [nodes], remove: [gone] }), []],
    ["may do less", document({}), document({ rolls: [nodes], remove: [gone], leaves: ["old"] }), []],
    [
      "may not create or modify more",
      document({ create: [gone], modify: [gone] }),
      document({}),
      ["creates SecurityGroup/sg-1", "changes SecurityGroup/sg-1"],
    ],
    [
      "may not modify another field",
      document({ modify: [{ ...gone, fields: ["a", "b"] }] }),
      document({ modify: [{ ...gone, fields: ["a"] }] }),
      ["changes SecurityGroup/sg-1 (b)"],
    ],
    ["may finish what was created in part", document({ modify: [gone] }), document({ create: [gone] }), []],
    ["may delete sooner what was to be pruned later", document({ remove: [gone] }), document({ prune: [gone] }), []],
    [
      "may not roll another group",
      document({ rolls: [nodes, controlPlane] }),
      document({ rolls: [nodes] }),
      ["rolls control-plane-a"],
    ],
    ["may not delete another resource", document({ prune: [gone] }), document({}), ["deletes SecurityGroup/sg-1"]],
    ["may not drop another group", document({ leaves: ["old"] }), document({}), ["deletes instance group old"]],
    ["may roll nothing where nothing was to change", document({ rolls: [nodes] }), undefined, ["rolls nodes"]],
    ["may hold back the same", document(both, manual), document(both, manual), []],
    [
      "may hold back what was to roll, and what was not to change at all",
      document(both, manual),
      document({ rolls: [nodes] }),
      [],
    ],
    [
      "may hold back by other words",
      document({ rolls: [nodes] }, { includeRoles: ["ControlPlane"] }),
      document({ rolls: [nodes] }, manual),
      [],
    ],
    [
      "may not roll what was to wait for a person",
      document(both),
      document(both, manual),
      ["rolls control-plane-a, whose roll was held back", "rolls nodes, whose roll was held back"],
    ],
    [
      "may not roll a group that was excluded",
      document(both),
      document(both, { excludeGroups: ["nodes"] }),
      ["rolls nodes, whose roll was held back"],
    ],
    [
      "may not roll a group that was not included",
      document(both),
      document(both, { includeGroups: ["control-plane-a"] }),
      ["rolls nodes, whose roll was held back"],
    ],
    [
      "may not roll a role that was left out",
      document(both, { excludeRoles: ["Bastion"] }),
      document(both, { includeRoles: ["ControlPlane"] }),
      ["rolls nodes, whose roll was held back"],
    ],
    ["may do the same as an older plan, which marks nothing", document(both), unmarked(document(both)), []],
    [
      "may not roll by an older plan that held something back, whatever that was",
      document(both),
      unmarked(document(both, { excludeGroups: ["nodes"] })),
      ["rolls control-plane-a, whose roll was held back", "rolls nodes, whose roll was held back"],
    ],
    [
      "is not bound by the plan of another cluster",
      document({ rolls: [nodes] }),
      { ...document({ rolls: [nodes] }), cluster: "k2" },
      ["rolls nodes"],
    ],
  ] as const) {
    it(what, () => {
      expect(unreviewedClusterChanges(planned, reviewed)).to.deep.equal(expected);
    });
  }

  it("accepts only the plan with the reviewed digest", () => {
    const planned = document({ rolls: [nodes] });
    expect(refusalByReview(planned, { digest: planned.digest })).to.equal(undefined);
    expect(refusalByReview(planned, { digest: "0123456789abcdef" })?.message)
      .to.contain(planned.digest)
      .and.to.contain("0123456789abcdef");
  });

  it("refuses another desired spec, but lets a new cluster be made whose plan could not be known", () => {
    const source = "plans/k1.json";
    const planned = document({ rolls: [nodes] });
    expect(refusalByReview(planned, { document: planned, source })).to.equal(undefined);
    expect(
      refusalByReview(planned, { document: { ...planned, spec: "0123456789abcdef" }, source })?.message,
    ).to.contain("its desired spec is another one");
    const made = { create: [gone], modify: [], remove: [], prune: [], rolls: [], leaves: [] };
    const [first, existing] = [false, true].map((exists) => documentOf({ ...facts({ plan: made }), exists }));
    expect(first && refusalByReview(first, { document: undefined, source })).to.equal(undefined);
    expect(existing && refusalByReview(existing, { document: undefined, source })?.message).to.contain("creates");
  });

  it("holds no digest of a secret, which could be guessed", () => {
    const of = (ciliumPassword: string) => documentOf(facts({ inputs: sampleInputs({ secrets: { ciliumPassword } }) }));
    expect(of("summer")).to.deep.equal(of("winter"));
  });

  it("names what the reviewed plan lacks, and the next command", () => {
    const refusal = refusalByReview(document({ rolls: [nodes] }), { document: undefined, source: "plans/k1.json" });
    expect(refusal?.message).to.contain("rolls nodes").and.to.contain("plans/k1.json").and.to.contain("pulumi preview");
  });
});
