import { parse } from "../../../components/config-problems.ts";
import { clusterRequest, composeCluster, type ClusterRequest, type ClusterSurroundings } from "../../../components/cluster/index.ts";
import { allocateSubnets } from "../../../components/network/index.ts";
import { manifestOf } from "../../../providers/kops/spec.ts";

const zones = ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"];

export const surroundings: ClusterSurroundings = {
  network: {
    vpcId: "vpc-0123456789abcdef0",
    vpcCidr: "10.20.0.0/16",
    zones: allocateSubnets({ vpcCidr: "10.20.0.0/16", zones }).map((zone, index) => ({
      ...zone,
      privateSubnetId: `subnet-000000000000000a${index}`,
      utilitySubnetId: `subnet-000000000000000b${index}`,
    })),
  },
  dns: { topology: "Private", zoneName: "sbx.pilot.internal", zoneId: "Z0123456789ABCDEFGHIJ" },
  store: { stateStore: "s3://pilot-sbx-state", discoveryBucket: "pilot-sbx-oidc" },
  tags: { environment: "sbx" },
};

export const smallest = {
  name: "k1",
  kopsVersion: "1.35.0",
  kubernetesVersion: "1.34.3",
  apiAccess: ["10.20.0.0/16"],
  nodeGroups: { nodes: { machineType: "t3.large", count: 3 } },
};

/** A request as a file would give it. */
export function request(value: unknown): ClusterRequest {
  const parsed = parse(clusterRequest, value);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value;
}

/** By name of the golden file. */
export const goldenCases: Record<string, { value: unknown; surroundings: ClusterSurroundings }> = {
  smallest: { value: smallest, surroundings },
  "single-without-dns": {
    value: { ...smallest, apiAccess: "anyone", controlPlane: { count: 1, machineType: "t4g.medium" } },
    surroundings: { ...surroundings, dns: { topology: "None", zoneName: "sbx.pilot.internal" } },
  },
  "every-key": {
    value: {
      ...smallest,
      name: "k2.example.com",
      controlPlane: { count: 5, machineType: "m7g.large", zones: zones.slice(0, 2), volumeSize: 100, metadata: { hopLimit: 2 }, image: "099720109477/ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-20251212" },
      nodeGroups: {
        nodes: { machineType: "m7i.large", minSize: 2, maxSize: 6, image: "099720109477/ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20251212", volumeSize: 200 },
        arm: { machineType: "c7gn.xlarge", count: 1, zones: zones.slice(1, 2), labels: { team: "data" }, taints: ["arm=true:NoSchedule"] },
        spot: { machineType: "m7i.large", count: 0, spot: true, metadata: { hopLimit: 3 } },
      },
      metadata: { hopLimit: 1 },
      etcd: { volumeSize: 40, backupRetentionDays: 30 },
      sshPublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFake team",
      tags: { team: "data" },
      rollingUpdate: { drainTimeout: "10m" },
      validation: { count: 2 },
      kops: {
        cluster: { networking: { cilium: { enableEncryption: true, encryptionType: "wireguard" } }, certManager: { enabled: true }, metricsServer: { enabled: true }, cloudConfig: null },
        instanceGroups: { nodes: { detailedInstanceMonitoring: true }, bastions: { role: "Bastion", image: "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212", machineType: "t3.micro", minSize: 1, maxSize: 1, subnets: ["utility-ap-southeast-2a"] } },
      },
    },
    surroundings,
  },
};

export function goldenText({ value, surroundings: at }: (typeof goldenCases)[string]): string {
  const parsed = request(value);
  const { name, cluster, instanceGroups } = composeCluster(parsed, at);
  return manifestOf({ name, kopsVersion: parsed.kopsVersion, cluster, instanceGroups });
}

export const goldenFile = (name: string): URL => new URL(`golden/${name}.yaml`, import.meta.url);
