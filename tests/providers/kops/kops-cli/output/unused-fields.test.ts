import { expect } from "chai";
import { droppedFields, unusedFields } from "../../../../../providers/kops/kops-cli/output/index.ts";

describe("fields that kOps knows and does not use", () => {
  const cluster = {
    masterInternalName: "api.internal.k1.example.com",
    etcdClusters: [
      { name: "main", enableEtcdTLS: true },
      { name: "events", enableTLSAuth: false, version: "3.5.9" },
    ],
    kubeDNS: { provider: "CoreDNS", replicas: 2, image: null },
    topology: { masters: "private", bastion: { idleTimeoutSeconds: 1200 } },
    networking: { cilium: { logOpt: { level: "debug" }, etcdManaged: true } },
    cloudConfig: { openstack: { insecureSkipVerify: true } },
  };
  const instanceGroups = { "nodes.v2": { rootVolumeDeleteOnTermination: true, kubeDNS: { replicas: 2 } } };

  it("are found by their paths, whatever their values are", () => {
    expect(unusedFields({ cluster, instanceGroups }).map((path) => path.join("/"))).to.deep.equal([
      "cluster/masterInternalName",
      "cluster/etcdClusters/0/enableEtcdTLS",
      "cluster/etcdClusters/1/enableTLSAuth",
      "cluster/kubeDNS/replicas",
      "cluster/topology/masters",
      "cluster/topology/bastion/idleTimeoutSeconds",
      "cluster/networking/cilium/logOpt",
      "cluster/cloudConfig/openstack",
      "instanceGroups/nodes.v2/rootVolumeDeleteOnTermination",
    ]);
  });

  it("are not among those that kOps does not know", () => {
    const stored = {
      etcdClusters: [{ name: "main" }, { name: "events", version: "3.5.9" }],
      kubeDNS: { provider: "CoreDNS" },
      networking: { cilium: { etcdManaged: true } },
    };
    expect(droppedFields(cluster, stored, "cluster")).to.deep.equal([]);
    expect(
      droppedFields({ ...cluster, topology: { bastion: { idleTimeoutSeconds: 5, typo: 1 } } }, stored, "cluster"),
    ).to.deep.equal(["cluster.topology"]);
    expect(droppedFields(instanceGroups["nodes.v2"], {}, "instanceGroups.nodes.v2")).to.deep.equal([
      "instanceGroups.nodes.v2.kubeDNS",
    ]);
  });

  it("do not include a network plugin that kOps no longer has", () => {
    expect(unusedFields({ cluster: { networking: { canal: { mtu: 1400 } } } })).to.deep.equal([]);
  });
});
