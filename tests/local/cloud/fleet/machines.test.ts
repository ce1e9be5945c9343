import { expect } from "chai";
import { parseInstance } from "../../../../local/cloud/fleet/instances.ts";
import { launchFile, parseLaunch } from "../../../../local/cloud/fleet/launch.ts";
import { groupLabel, nodeOf } from "../../../../local/cloud/fleet/node.ts";

const tags = (pairs: Record<string, string>): { Key: string; Value: string }[] =>
  Object.entries(pairs).map(([Key, Value]) => ({ Key, Value }));

const worker = {
  InstanceId: "i-1",
  InstanceType: "m6g.large" as const,
  Architecture: "arm64" as const,
  State: { Name: "running" as const },
  Placement: { AvailabilityZone: "ap-southeast-2b" },
  PrivateIpAddress: "10.0.16.4",
  PrivateDnsName: "ip-10-0-16-4.internal",
  Tags: tags({
    KubernetesCluster: "k1.test",
    "kops.k8s.io/instancegroup": "nodes-b",
    "k8s.io/role/node": "1",
    "k8s.io/cluster-autoscaler/node-template/label/team": "blue",
  }),
};

describe("machines of a cluster", () => {
  it("are recognised by kOps's tags", () => {
    expect(parseInstance(worker)).to.deep.equal({
      id: "i-1",
      cluster: "k1.test",
      group: "nodes-b",
      role: "node",
      running: true,
      zone: "ap-southeast-2b",
      machineType: "m6g.large",
      architecture: "arm64",
      ip: "10.0.16.4",
      hostName: "ip-10-0-16-4.internal",
      labels: { team: "blue" },
    });
  });

  it("have the label of their NodePool if Karpenter created them", () => {
    expect(
      parseInstance({ ...worker, Tags: [...worker.Tags, { Key: "karpenter.sh/nodepool", Value: "default" }] })?.labels,
    ).to.deep.equal({ team: "blue", "karpenter.sh/nodepool": "default" });
  });

  it("have one role, even control-plane nodes with the tags of both names", () => {
    const both = tags({
      KubernetesCluster: "k1.test",
      "kops.k8s.io/instancegroup": "cp",
      "k8s.io/role/master": "1",
      "k8s.io/role/control-plane": "1",
    });
    expect(parseInstance({ ...worker, Tags: both })?.role).to.equal("control-plane");
  });

  it("are not treated as nodes if kOps did not create them", () => {
    expect(parseInstance({ ...worker, Tags: tags({ KubernetesCluster: "k1.test" }) })).to.equal(undefined);
  });
});

describe("what an instance reads at its first boot", () => {
  const yaml = [
    "ClusterName: k1.test",
    "KubeletConfig:",
    "  nodeLabels:",
    '    node-role.kubernetes.io/node: ""',
    "  taints:",
    "  - dedicated=blue:NoSchedule",
    "  - node-role.kubernetes.io/control-plane:NoSchedule",
    "KubernetesVersion: 1.34.3",
  ].join("\n");

  it("is read from where kOps writes it", () => {
    expect(launchFile("control-plane", "control-plane-a")).to.equal(
      "igconfig/control-plane/control-plane-a/nodeupconfig.yaml",
    );
  });

  it("contains version, taints and labels", () => {
    expect(parseLaunch(yaml)).to.deep.equal({
      kubeletVersion: "v1.34.3",
      taints: [
        { key: "dedicated", value: "blue", effect: "NoSchedule" },
        { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
      ],
      labels: { "node-role.kubernetes.io/node": "" },
      ipv6: false,
    });
    expect(parseLaunch(`${yaml}\nNetworking:\n  nonMasqueradeCIDR: ::/0`).ipv6).to.equal(true);
    expect(parseLaunch(`${yaml}\nNetworking:\n  nonMasqueradeCIDR: 100.64.0.0/10`).ipv6).to.equal(false);
  });

  it("gives a node of an IPv6 cluster its IPv6 address first, one of another cluster its IPv4 address only", () => {
    const addresses = (networking: string, more: object): string[] => {
      const machine = parseInstance({ ...worker, ...more });
      if (!machine) throw new Error("a worker is a machine");
      const launch = parseLaunch(`${yaml}\nNetworking:\n  nonMasqueradeCIDR: ${networking}`);
      const node = nodeOf(machine, launch, { cpus: 2, memoryMiB: 8192 }, true, "2026-11-21T00:00:00Z");
      return (node.status?.addresses ?? []).flatMap(({ type, address }) => (type === "InternalIP" ? [address] : []));
    };
    const both = { Ipv6Address: "2001:db8::4" };
    expect(addresses("::/0", both)).to.deep.equal(["2001:db8::4", "10.0.16.4"]);
    expect(addresses("::/0", { ...both, PrivateIpAddress: undefined })).to.deep.equal(["2001:db8::4"]);
    expect(addresses("100.64.0.0/10", both)).to.deep.equal(["10.0.16.4"]);
  });

  it("determines the node that its kubelet registers", () => {
    const machine = parseInstance(worker);
    if (!machine) throw new Error("a worker is a machine");
    const node = nodeOf(machine, parseLaunch(yaml), { cpus: 2, memoryMiB: 8192 }, true, "2026-11-21T00:00:00Z");
    expect(node.metadata.name).to.equal("i-1");
    expect(node.metadata.labels).to.include({
      team: "blue",
      [groupLabel]: "nodes-b",
      "node-role.kubernetes.io/node": "",
      "kubernetes.io/arch": "arm64",
      "node.kubernetes.io/instance-type": "m6g.large",
      "topology.kubernetes.io/zone": "ap-southeast-2b",
      "topology.kubernetes.io/region": "ap-southeast-2",
    });
    expect(node.metadata.labels, "as on AWS, where no label says which group it is of").not.to.have.property(
      "kops.k8s.io/instancegroup",
    );
    expect(node.spec?.providerID).to.equal("aws:///ap-southeast-2b/i-1");
    expect(node.status?.nodeInfo?.["kubeletVersion"]).to.equal("v1.34.3");
    expect(node.status?.allocatable).to.include({ cpu: "2", memory: "8192Mi" });
  });
});
