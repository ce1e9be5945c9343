import { expect } from "chai";
import { unknownValue } from "../../../../../providers/kops/model/unknown.ts";
import { newClusterLines } from "../../../../../providers/kops/plan/print/new-cluster.ts";
import { sampleInputs } from "../../samples.ts";

describe("the plan of a new cluster whose network does not exist yet", () => {
  const unchecked = "not checked by kOps yet: its network or state store does not exist before the up";
  const groups = {
    "control-plane-a": { minSize: 1, maxSize: 1, machineType: "t3.medium" },
    nodes: { minSize: 2, maxSize: 5, machineType: "t3.large" },
  };
  const lines = (cluster: unknown, instanceGroups: unknown = groups): string[] =>
    newClusterLines({ ...sampleInputs(), cluster, instanceGroups });

  it(
    "shows groups, sizes, versions, CNI and add-ons from the manifest alone, and says that kOps has not " +
      "checked it",
    () => {
      const cluster = {
        kubernetesVersion: "1.34.3",
        networkID: unknownValue,
        networking: { cilium: { hubble: { enabled: true } } },
        kubeProxy: { enabled: true },
        metricsServer: { enabled: true, insecure: false },
        certManager: { enabled: true },
        clusterAutoscaler: { enabled: false },
        kubeDNS: { nodeLocalDNS: { enabled: true } },
        externalDns: { provider: "external-dns" },
        authentication: { aws: {} },
        addons: [{ manifest: "s3://addons/own.yaml" }],
      };
      expect(lines(cluster)).to.deep.equal([
        "a new cluster: control-plane-a 1 x t3.medium, nodes 2-5 x t3.large",
        "Kubernetes 1.34.3 by kOps 1.35.0, CNI cilium, add-ons certManager, metricsServer, kubeDNS.nodeLocalDNS, " +
          "externalDns, authentication.aws, s3://addons/own.yaml",
        unchecked,
      ]);
    },
  );

  it("says when no add-ons are requested", () => {
    expect(lines(sampleInputs().cluster)[1]).to.equal(
      "Kubernetes 1.34.3 by kOps 1.35.0, CNI cilium, no add-ons requested",
    );
  });

  it("marks unknown values, and leaves out unknown sections", () => {
    expect(
      lines(
        { kubernetesVersion: unknownValue, networking: unknownValue },
        { nodes: { minSize: 1, maxSize: unknownValue, machineType: unknownValue } },
      ),
    ).to.deep.equal([
      "a new cluster: nodes 1-? x ?",
      "Kubernetes ? by kOps 1.35.0, CNI ?, no add-ons requested",
      unchecked,
    ]);
    expect(lines(unknownValue, unknownValue)).to.deep.equal([
      "a new cluster, whose instance groups are not known yet",
      unchecked,
    ]);
  });
});
