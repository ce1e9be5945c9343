import { expect } from "chai";
import yaml from "js-yaml";
import { isPlainObject } from "../../components/config/merge.ts";
import { clustersIn, filesOf, firstDesired, withConfig } from "./desired.ts";
import type { Desired } from "./desired.ts";
import type { Edit, Facts } from "./edit.ts";
import { editKinds, nextEdit } from "./edits.ts";
import { renamed } from "./place-edits.ts";
import { randomOf } from "./random.ts";
import { deletionsIn, announcedBy } from "./round.ts";

const manifest = `apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: { name: k1.sbx.pilot.internal }
spec:
  configBase: s3://state/k1.sbx.pilot.internal
  etcdClusters: [{ name: main }]
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata: { name: nodes, labels: { kops.k8s.io/cluster: k1.sbx.pilot.internal } }
spec: { role: Node }
`;

const factsOf = (good: readonly Desired[]): Facts => ({
  manifests: { "k1.sbx.pilot.internal": manifest, "k2.sbx.pilot.internal": manifest },
  stateBucket: "state",
  discoveryBucket: "oidc",
  good,
});

/** Edits that follow on each other when each is accepted that may be. */
function editsOf(seed: number, rounds: number): Edit[] {
  const random = randomOf(seed);
  const good = [firstDesired()];
  return Array.from({ length: rounds }, () => {
    const edit = nextEdit({ desired: good.at(-1) as Desired, random, facts: factsOf(good) });
    if (edit.expected !== "refused" && !edit.kind.includes("+")) good.push(edit.desired);
    return edit;
  });
}

describe("random edits", () => {
  it("are the same for the same seed, and differ for another", () => {
    expect(editsOf(7, 60)).to.deep.equal(editsOf(7, 60));
    expect(editsOf(8, 60)).to.not.deep.equal(editsOf(7, 60));
  });

  it("of all kinds occur within some hundred rounds, and each changes something", () => {
    const edits = [1, 2, 3, 4, 5].flatMap((seed) => editsOf(seed, 200));
    const seen = new Set(edits.flatMap(({ kind }) => kind.split(" + ")));
    expect(editKinds.map(({ name }) => name).filter((name) => !seen.has(name))).to.deep.equal([]);
    expect(new Set(editKinds.map(({ name }) => name)).size)
      .to.equal(editKinds.length)
      .and.to.be.above(40);
  });

  it("that must be refused are about half of them: they are fast, and clusters are lost there", () => {
    const edits = editsOf(3, 400);
    const share = (of: (edit: Edit) => boolean): number => edits.filter(of).length / edits.length;
    expect(share(({ expected }) => expected === "refused")).to.be.within(0.4, 0.7);
    expect(share(({ long }) => long === true)).to.be.below(0.25);
  });

  it("change the files of one stack only", () => {
    const random = randomOf(11);
    const first = firstDesired();
    for (let round = 0; round < 200; round += 1) {
      const edit = nextEdit({ desired: first, random, facts: factsOf([first]) });
      const other = edit.stack === "sbx" ? "team" : "sbx";
      const of = (desired: Desired): [string, string][] =>
        Object.entries(filesOf(desired)).filter(
          ([path]) => path.includes(`${other}/`) || path === `Pulumi.${other}.yaml`,
        );
      expect(of(edit.desired), edit.description).to.deep.equal(of(first));
    }
  });

  it("copy a manifest with other names and the original's places", () => {
    const objects = yaml.loadAll(renamed(manifest, "n1.sbx.pilot.internal")).filter(isPlainObject);
    expect(objects[0]).to.have.nested.property("metadata.name", "n1.sbx.pilot.internal");
    expect(objects[0]).to.have.nested.property("spec.configBase", "s3://state/k1.sbx.pilot.internal");
    expect(objects[1])
      .to.have.nested.property("metadata.labels")
      .that.deep.equals({ "kops.k8s.io/cluster": "n1.sbx.pilot.internal" });
  });
});

describe("a desired state", () => {
  it("is written as stack files and cluster files, and gives its clusters' full names", () => {
    const files = filesOf(withConfig(firstDesired(), "team", { "pilot:sandbox": undefined }));
    expect(Object.keys(files)).to.deep.equal([
      "Pulumi.sbx.yaml",
      "Pulumi.team.yaml",
      "clusters/sbx/k1.yaml",
      "clusters/sbx/k2.yaml",
      "clusters/team/t1.yaml",
    ]);
    expect(files["Pulumi.team.yaml"]).to.not.contain("sandbox");
    expect(clustersIn(firstDesired()).map(({ full }) => full)).to.deep.equal([
      "k1.sbx.pilot.internal",
      "k2.sbx.pilot.internal",
      "t1.sbx.pilot.internal",
    ]);
  });
});

describe("a preview", () => {
  const output = ` +  aws:ec2:Tag x create
 -  pulumi-nodejs:dynamic/kops:Cluster k2 delete
 ~  pulumi-nodejs:dynamic/kops:Cluster k1 update [diff: ~cluster]
 -  aws:ec2:Tag kubernetes.io/cluster/k2 delete
`;

  it("announces deleted clusters by their full names", () => {
    expect(deletionsIn(output)).to.deep.equal(["k2.sbx.pilot.internal"]);
    expect(deletionsIn(output.replaceAll(" -  pulumi", " ~  pulumi"))).to.deep.equal([]);
    expect(
      deletionsIn(`${output} -  pulumi-nodejs:dynamic/kops:Cluster k2 delete 1 error\n`),
      "one that is protected",
    ).to.deep.equal([]);
  });

  it("announces groups whose nodes may go: those that roll now, are removed or shrink, but none held back", () => {
    const plan = {
      rolls: [
        { group: "nodes", controlPlane: false, nodes: 1, held: false },
        { group: "blue", controlPlane: false, nodes: 1, held: "manual" },
      ],
      leaves: ["red"],
      changes: [{ path: "instanceGroups.green.maxSize", kind: "scales", groups: ["green"] }],
    };
    const announcements = announcedBy({ output, plans: { "k1.sbx.pilot.internal": plan as never } });
    expect(announcements).to.deep.equal({
      deleted: ["k2.sbx.pilot.internal"],
      changed: { "k1.sbx.pilot.internal": { groups: ["nodes", "red", "green"] } },
    });
  });
});
