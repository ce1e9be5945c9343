import { expect } from "chai";
import yaml from "js-yaml";
import { composeCluster } from "../../../../components/cluster/index.ts";
import { surroundings } from "../golden-cases.ts";
import { dryRun, manifestFolder, name } from "./manifests.ts";

const [cluster = "", ...groups] = dryRun.split("---\n\n");
const beside = (manifest: string) => `manifest: ${manifest}\nkopsVersion: 1.35.0\n`;
const scheduler = {
  apiVersion: "kubescheduler.config.k8s.io/v1",
  kind: "KubeSchedulerConfiguration",
  profiles: [{ schedulerName: "spread" }],
};

describe("the forms of a kOps manifest", () => {
  const { read, requestOf, problemsOf } = manifestFolder();
  const problems = (files: Record<string, string>) =>
    read(files).problems.map(
      ({ source, line, path, message }) => `${source.replace("clusters/sbx/", "")}:${line ?? "-"} ${path} ${message}`,
    );
  const whole = () => composeCluster(requestOf({ "k1.yaml": dryRun }), surroundings);

  it("include kOps's short group, alone and named by a file", () => {
    const text = dryRun.replaceAll("kops.k8s.io/v1alpha2", "kops/v1alpha2");
    expect(composeCluster(requestOf({ "k1.yaml": text }), surroundings)).to.deep.equal(whole());
    const named = requestOf({ "k1.yaml": beside("kops/k1.yaml"), "kops/k1.yaml": text });
    expect(named.manifest.cluster).to.deep.equal(requestOf({ "k1.yaml": dryRun }).manifest.cluster);
  });

  it("include a list of files, beside the naming file and below it", () => {
    const files = {
      "k1.yaml": beside("[k1-cluster.yaml, groups/all.yaml]"),
      "k1-cluster.yaml": cluster,
      "groups/all.yaml": groups.join("---\n"),
    };
    const { manifest } = requestOf(files);
    expect(manifest.cluster).to.deep.equal((yaml.load(cluster) as { spec: object }).spec);
    expect(Object.keys(manifest.instanceGroups)).to.deep.equal([
      "control-plane-ap-southeast-2a",
      "nodes-ap-southeast-2a",
    ]);
  });

  it("include a folder, whose files are read in the order of their names", () => {
    const files = {
      "k1.yaml": beside("k1/"),
      "k1/b.yaml": groups[0] ?? "",
      "k1/a.yml": groups[1] ?? "",
      "k1/c.yaml": cluster,
      "k1/notes.md": "nothing",
    };
    const { manifest } = requestOf(files);
    expect(Object.keys(manifest.instanceGroups)).to.deep.equal([
      "nodes-ap-southeast-2a",
      "control-plane-ap-southeast-2a",
    ]);
    expect(manifest.cluster).to.deep.equal((yaml.load(cluster) as { spec: object }).spec);
  });

  it("report each problem in the file that has it", () => {
    expect(
      problems({
        "k1.yaml": beside("[c.yaml, g.yaml, m.yaml]"),
        "c.yaml": cluster,
        "g.yaml": groups
          .join("---\n")
          .replace(/ap-southeast-2a\n$/, "elsewhere\n")
          .replace(/cluster: k1/, "cluster: k2"),
        "m.yaml": cluster,
      }),
    ).to.deep.equal([
      "m.yaml:5 metadata.name is a second cluster: one manifest holds one",
      'g.yaml:6 metadata.labels.kops.k8s.io/cluster "k2.sbx.pilot.internal" is not the cluster of this manifest, ' +
        name,
      "g.yaml:31 spec.subnets elsewhere is not a subnet of the cluster (it has ap-southeast-2a, " +
        "utility-ap-southeast-2a)",
    ]);
  });

  it("are refused with a file that is missing, a folder without manifests, or a path outside", () => {
    expect(problems({ "k1.yaml": beside("[k1/a.yaml, k2]"), "k1/a.yaml": cluster, "k3/notes.md": "" })).to.deep.equal([
      "k2:-  must be a YAML file, or a folder with YAML files",
    ]);
    expect(problems({ "k1.yaml": beside("k3"), "k3/notes.md": "" })).to.deep.equal([
      "k3:-  must be a YAML file, or a folder with YAML files",
    ]);
    expect(problems({ "k1.yaml": beside("[k1.yml, ../x.yaml]") })[0]).to.match(
      /^k1\.yaml:1 manifest\[1\] must be the name of a YAML file below this one's folder: /,
    );
    expect(problems({ "k1.yaml": beside("5") })[0]).to.match(
      /^k1\.yaml:1 manifest must be the name of a YAML file below this one's folder: /,
    );
  });

  it("include objects of other kinds, which kOps keeps with the cluster", () => {
    const text = `${dryRun}---\n${yaml.dump(scheduler)}`;
    expect(requestOf({ "k1.yaml": text }).manifest.additionalObjects).to.deep.equal([scheduler]);
    const composed = composeCluster(requestOf({ "k1.yaml": text }), surroundings);
    expect(composed.additionalObjects).to.deep.equal([scheduler]);
    expect({ ...composed, additionalObjects: undefined }).to.deep.equal({ ...whole(), additionalObjects: undefined });
  });

  it("take an unquoted date as the text that it is", () => {
    const text = dryRun.replace("  kubernetesVersion", "  cloudLabels:\n    since: 2026-11-30\n  kubernetesVersion");
    expect(requestOf({ "k1.yaml": text }).manifest.cluster["cloudLabels"]).to.deep.equal({ since: "2026-11-30" });
    expect(problemsOf(text)).to.deep.equal([]);
  });
});
