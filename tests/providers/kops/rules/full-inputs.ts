import { refusalsOf } from "../../../../providers/kops/rules/refusals.ts";
import { sampleInputs } from "../samples.ts";

export type Fields = Record<string, unknown>;

export const authority = (name: string): Fields => ({
  certificate: `certificate of ${name}`,
  privateKey: `key of ${name}`,
});
export const member = (zone: string): Fields => ({
  name: zone,
  instanceGroup: `control-plane-${zone}`,
  encryptedVolume: true,
});
export const members = [member("a"), member("b"), member("c")];
export const subnetA = { name: "a", type: "Private", zone: "ap-southeast-2a", cidr: "10.0.1.0/24", id: "subnet-a" };
export const subnetB = { name: "b", type: "Private", zone: "ap-southeast-2b", cidr: "10.0.2.0/24", id: "subnet-b" };

/** A cluster that names everything a rule looks at. */
export function fullCluster(changes: Fields = {}): Fields {
  return {
    channel: "stable",
    cloudProvider: "aws",
    configBase: "s3://state-of-sbx/k1.sbx.example.com",
    kubernetesVersion: "1.34.3",
    networkID: "vpc-1",
    networkCIDR: "10.0.0.0/16",
    nonMasqueradeCIDR: "100.64.0.0/10",
    podCIDR: "100.96.0.0/11",
    topology: { masters: "private", nodes: "private", dns: { type: "Public" } },
    subnets: [subnetA, subnetB],
    networking: { cilium: { enableNodePort: true } },
    api: { loadBalancer: { class: "Network", type: "Internal" } },
    serviceAccountIssuerDiscovery: { discoveryStore: "s3://discovery/k1" },
    etcdClusters: [
      { name: "main", etcdMembers: members },
      { name: "events", etcdMembers: members },
    ],
    ...changes,
  };
}

export const group = (role: string, changes: Fields = {}): Fields => ({
  role,
  image: "ami-1",
  machineType: "t3.large",
  minSize: 1,
  maxSize: 1,
  subnets: ["a"],
  ...changes,
});
export const fullGroups = (changes: Fields = {}): Fields => ({
  "control-plane-a": group("ControlPlane"),
  "control-plane-b": group("ControlPlane"),
  nodes: group("Node"),
  ...changes,
});
export const given = (changes: Fields = {}): Fields => ({
  ...sampleInputs(),
  cluster: fullCluster(),
  instanceGroups: fullGroups(),
  ...changes,
});
export const withCluster = (changes: Fields): Fields => given({ cluster: fullCluster(changes) });
export const withGroups = (changes: Fields): Fields => given({ instanceGroups: fullGroups(changes) });
export const withoutGroup = (name: string): Fields =>
  given({ instanceGroups: Object.fromEntries(Object.entries(fullGroups()).filter(([key]) => key !== name)) });
export const withMain = (main: Fields, changes: Fields = {}): Fields =>
  withCluster({
    ...changes,
    etcdClusters: [
      { name: "main", etcdMembers: members, ...main },
      { name: "events", etcdMembers: members },
    ],
  });
export const withMembers = (...etcdMembers: Fields[]): Fields => withMain({ etcdMembers });
export const withSubnet = (changes: Fields): Fields => withCluster({ subnets: [{ ...subnetA, ...changes }, subnetB] });

export const properties = (old: Fields | undefined, desired: Fields): string[] =>
  refusalsOf(old, desired).map(({ property }) => property);
