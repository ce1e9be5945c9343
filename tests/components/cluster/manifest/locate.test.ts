import { expect } from "chai";
import { refusedText } from "../../../../providers/kops/model/hidden-inputs.ts";
import { dryRun, manifestFolder, name } from "./manifests.ts";

describe("the place of a property of a cluster", () => {
  const { read } = manifestFolder();
  const beside = "manifest: [c.yaml]\nkopsVersion: 1.35.0\nkops:\n  cluster:\n    kubeDNS: { replicas: 2 }\n";
  const object = "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
  const locate = () => read({ "k1.yaml": beside, "c.yaml": `${dryRun}${object}` }).locate?.get(name);

  const table: [PropertyKey[], string | undefined][] = [
    [["cluster", "cloudProvider"], "clusters/sbx/c.yaml:14"],
    [["cluster", "etcdClusters", 0, "name"], "clusters/sbx/c.yaml:16"],
    [["cluster", "kubeDNS", "replicas"], "clusters/sbx/k1.yaml:5"],
    [["instanceGroups", "nodes-ap-southeast-2a", "maxSize"], "clusters/sbx/c.yaml:75"],
    [["additionalObjects", 0, "metadata", "name"], "clusters/sbx/c.yaml:84"],
    [["cluster", "absent"], undefined],
    [["kopsVersion"], undefined],
  ];
  for (const [path, place] of table)
    it(`is ${place ?? "nowhere"} for ${path.join(".")}`, () => {
      expect(locate()?.(path)).to.equal(place);
    });

  it("is that of the escape hatch for a request", () => {
    const text =
      "name: k1\nkopsVersion: 1.35.0\nkubernetesVersion: 1.34.3\napiAccess: [10.0.0.0/8]\nnodeGroups: { n: { " +
      "machineType: t3.large, count: 1 } }\nkops:\n  cluster:\n    masterInternalName: x\n";
    const ofRequest = read({ "k1.yaml": text }).locate?.get(name);
    expect(ofRequest?.(["cluster", "masterInternalName"])).to.equal("clusters/sbx/k1.yaml:8");
    expect(ofRequest?.(["cluster", "kubernetesVersion"])).to.equal(undefined);
  });

  it("stands before the refusal of a preview", () => {
    const refused = [
      { property: "cluster.etcdClusters[0].name", reason: "cannot change" },
      { property: "cluster.etcdClusters[0].absent", reason: "is missing" },
      { property: "cluster.absent", reason: "is wrong" },
      { property: "", reason: "no plan" },
    ];
    expect(refusedText("k1", refused, locate())).to.equal(
      "Cluster k1 would be refused:\n  clusters/sbx/c.yaml:16: cluster.etcdClusters[0].name cannot change\n  " +
        "clusters/sbx/c.yaml:16: cluster.etcdClusters[0].absent is missing\n  cluster.absent is wrong\n  no plan",
    );
  });
});
