import { parse } from "../../../components/config/problems.ts";
import {
  clusterRequest,
  composeCluster,
  type ClusterRequest,
  type ClusterEnvironment,
} from "../../../components/cluster/index.ts";
import { allocateSubnets } from "../../../components/network/index.ts";
import { manifestOf } from "../../../providers/kops/model/spec.ts";

const zones = ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"];

export const surroundings = {
  network: {
    vpcId: "vpc-0123456789abcdef0",
    vpcCidr: "10.20.0.0/16",
    secondaryCidrs: [],
    zones: allocateSubnets({ vpcCidr: "10.20.0.0/16", zones }).map((zone, index) => ({
      ...zone,
      privateSubnetId: `subnet-000000000000000a${index}`,
      utilitySubnetId: `subnet-000000000000000b${index}`,
    })),
  },
  dns: { topology: "Private" as const, zoneName: "sbx.pilot.internal", zoneId: "Z0123456789ABCDEFGHIJ" },
  store: { stateStore: "s3://pilot-sbx-state", discoveryBucket: "pilot-sbx-oidc" },
  tags: { environment: "sbx" },
} satisfies ClusterEnvironment;

/** The same where AWS reads discovery documents at another address. */
export const served = {
  ...surroundings,
  store: { ...surroundings.store, issuer: "https://d111111abcdef8.cloudfront.net" },
} satisfies ClusterEnvironment;

/** The same without any discovery documents. */
const unpublished = {
  ...surroundings,
  store: { stateStore: surroundings.store.stateStore },
} satisfies ClusterEnvironment;

/** The same with further ranges, in one of which the second zone has its nodes. */
export const ranged = {
  ...surroundings,
  network: {
    ...surroundings.network,
    secondaryCidrs: ["10.21.0.0/20", "10.22.0.0/16"],
    zones: surroundings.network.zones.map((zone) =>
      zone.zone === zones[1] ? { ...zone, privateCidr: "10.22.64.0/18" } : zone,
    ),
  },
} satisfies ClusterEnvironment;

/** The same with IPv6 ranges. */
export const withIpv6 = {
  ...surroundings,
  network: {
    ...surroundings.network,
    zones: surroundings.network.zones.map((zone, index) => ({
      ...zone,
      privateIpv6Cidr: `2001:db8:0:ab0${index}::/64`,
      utilityIpv6Cidr: `2001:db8:0:ab1${index}::/64`,
    })),
  },
} satisfies ClusterEnvironment;

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

const keys = { sshPublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFake team" };

/** A cluster of one control-plane node, so that a feature's manifest shows little else. */
const feature = (more: object): { value: unknown; surroundings: ClusterEnvironment } => ({
  value: { ...smallest, controlPlane: { count: 1 }, auditLog: false, ...more },
  surroundings,
});

const group = (more: object) => ({ machineType: "m7i.large", count: 3, ...more });

/** By name of the golden file. */
export const goldenCases: Record<string, { value: unknown; surroundings: ClusterEnvironment }> = {
  smallest: { value: smallest, surroundings },
  "single-without-dns": {
    value: { ...smallest, apiAccess: "anyone", controlPlane: { count: 1, machineType: "t4g.medium" } },
    surroundings: { ...surroundings, dns: { topology: "None", zoneName: "sbx.pilot.internal" } },
  },
  "public-topology": feature({
    topology: "public",
    apiAccess: ["203.0.113.0/24"],
    bastion: { allowedCidrs: ["203.0.113.0/24"], zones: zones.slice(0, 1) },
    ...keys,
  }),
  "served-documents": {
    ...feature({ authentication: { oidc: { issuerURL: "https://id.example.com", clientID: "kubernetes" } } }),
    surroundings: served,
  },
  "without-documents": {
    ...feature({ addons: { awsLoadBalancerController: true, certManager: true } }),
    surroundings: unpublished,
  },
  "further-range": { ...feature({}), surroundings: ranged },
  ipv6: {
    ...feature({
      ...keys,
      ipv6: true,
      controlPlane: { count: 3 },
      apiAccess: ["10.20.0.0/16", "2001:db8:0:ab00::/56"],
      bastion: { allowedCidrs: ["203.0.113.0/24"] },
      serviceAccounts: [{ namespace: "shop", name: "reader", policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }],
    }),
    surroundings: withIpv6,
  },
  "ipv6-calico": {
    ...feature({ ipv6: true, networking: "calico", zones: zones.slice(0, 1), api: { loadBalancer: "public" } }),
    surroundings: withIpv6,
  },
  "ipv6-kindnet": {
    ...feature({ ipv6: true, networking: "kindnet", addons: { nodeLocalDNS: true } }),
    surroundings: withIpv6,
  },
  bastion: feature({
    ...keys,
    bastion: {
      allowedCidrs: ["203.0.113.0/24", "10.20.0.0/16"],
      count: 2,
      machineType: "t4g.micro",
      image: "ami-0123456789abcdef0",
      volumeSize: 10,
    },
  }),
  api: feature({
    api: {
      loadBalancer: "public",
      certificate: "arn:aws:acm:ap-southeast-2:123456789012:certificate/00000000-0000-0000-0000-000000000000",
      crossZone: true,
      additionalNames: ["k1.example.com", "10.20.0.10"],
    },
    apiAccess: ["203.0.113.0/24"],
  }),
  spot: feature({
    nodeGroups: {
      simple: group({ spot: true, machineTypes: ["m7a.large", "m6i.large"] }),
      mixed: group({
        spot: { onDemandBase: 1, onDemandPercentage: 20, allocationStrategy: "capacity-optimized" },
        machineTypes: ["m7a.large"],
      }),
      choice: group({ machineTypes: ["m7a.large"] }),
    },
  }),
  architectures: feature({
    image: { arm64: "ami-0123456789abcdef0" },
    nodeGroups: { intel: group({}), graviton: group({ machineType: "m7g.large", machineTypes: ["m8g.large"] }) },
  }),
  autoscaled: feature({
    nodeGroups: {
      system: group({}),
      zonal: { machineType: "m7i.large", minSize: 1, maxSize: 4, perZone: true },
      idle: {
        machineType: "m7i.large",
        minSize: 0,
        maxSize: 10,
        zones: zones.slice(0, 2),
        labels: { team: "data" },
        taints: ["batch:NoSchedule", "team=data:NoExecute"],
        volumeSize: 200,
      },
      gpu: { machineType: "g5.xlarge", minSize: 0, maxSize: 2, gpu: true },
    },
    addons: { clusterAutoscaler: { expander: "least-waste", balanceSimilarNodeGroups: true } },
  }),
  "warm-pool": feature({
    nodeGroups: {
      nodes: {
        machineType: "m7i.large",
        minSize: 1,
        maxSize: 6,
        warmPool: { minSize: 2, maxSize: 8, enableLifecycleHook: true },
      },
    },
    addons: { clusterAutoscaler: false },
  }),
  volumes: feature({
    controlPlane: {
      count: 3,
      volumeSize: 100,
      volumeType: "io2",
      volumeIops: 4000,
      volumeEncryptionKey: "alias/pilot",
    },
    nodeGroups: { nodes: group({ volumeType: "gp3", volumeIops: 4000, volumeThroughput: 250 }) },
    etcd: {
      volumeSize: 40,
      volumeType: "gp3",
      volumeIops: 4000,
      volumeThroughput: 200,
      encryptionKey: "arn:aws:kms:ap-southeast-2:123456789012:key/00000000-0000-0000-0000-000000000000",
      backupInterval: "30m",
      backupRetentionDays: 30,
    },
    tags: { Backup: "daily" },
  }),
  security: feature({
    auditLog: {
      maxAgeDays: 90,
      policy: { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level: "Metadata" }] },
    },
    podEncryption: "wireguard",
    secrets: { encryptionConfig: "etcd" },
    metadata: { hopLimit: 2 },
  }),
  identity: feature({
    authentication: {
      oidc: {
        issuerURL: "https://id.example.com",
        clientID: "pilot",
        requiredClaims: { hd: "example.com", aud2: "x" },
      },
      iam: {
        identityMappings: [
          {
            arn: "arn:aws:iam::123456789012:role/admins",
            username: "admin:{{SessionName}}",
            groups: ["system:masters"],
          },
        ],
      },
    },
    serviceAccounts: [
      { namespace: "data", name: "reader", policyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"] },
      {
        namespace: "data",
        name: "writer",
        statements: [{ Effect: "Allow", Action: ["s3:PutObject"], Resource: ["arn:aws:s3:::data/*"] }],
      },
    ],
    policies: {
      controlPlane: { statements: [{ Effect: "Allow", Action: ["ec2:DescribeTags"], Resource: ["*"] }] },
      nodes: { arns: ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"] },
    },
  }),
  addons: feature({
    addons: {
      metricsServer: true,
      awsLoadBalancerController: { enableWAFv2: true },
      nodeTerminationHandler: { enableRebalanceMonitoring: false },
      certManager: { managed: true, hostedZoneIDs: ["Z0123456789ABCDEFGHIJ"] },
      snapshotController: true,
      nodeLocalDNS: true,
      podIdentityWebhook: true,
      nodeProblemDetector: true,
      ebsCsiDriver: { volumeAttachLimit: 20 },
    },
  }),
  calico: feature({ networking: "calico", podEncryption: "wireguard" }),
  amazonvpc: feature({ networking: "amazonvpc" }),
  kindnet: feature({ networking: "kindnet" }),
  flannel: feature({ networking: "flannel" }),
  kuberouter: feature({ networking: "kuberouter" }),
  "every-key": {
    value: {
      ...smallest,
      name: "k2.example.com",
      controlPlane: {
        count: 5,
        machineType: "m7g.large",
        zones: zones.slice(0, 2),
        volumeSize: 100,
        metadata: { hopLimit: 2 },
        image: "099720109477/ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-20251212",
      },
      nodeGroups: {
        nodes: {
          machineType: "m7i.large",
          minSize: 2,
          maxSize: 6,
          image: "099720109477/ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20251212",
          volumeSize: 200,
        },
        arm: {
          machineType: "c7gn.xlarge",
          count: 1,
          zones: zones.slice(1, 2),
          labels: { team: "data" },
          taints: ["arm=true:NoSchedule"],
        },
        spot: { machineType: "m7i.large", count: 0, spot: true, metadata: { hopLimit: 3 } },
      },
      metadata: { hopLimit: 1 },
      etcd: { volumeSize: 40, backupRetentionDays: 30 },
      sshPublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFake team",
      tags: { team: "data" },
      rollingUpdate: { drainTimeout: "10m" },
      validation: { count: 2 },
      kops: {
        cluster: {
          networking: { cilium: { enableEncryption: true, encryptionType: "wireguard" } },
          certManager: { enabled: true },
          metricsServer: { enabled: true },
          cloudConfig: null,
        },
        instanceGroups: {
          nodes: { detailedInstanceMonitoring: true },
          bastions: {
            role: "Bastion",
            image: "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212",
            machineType: "t3.micro",
            minSize: 1,
            maxSize: 1,
            subnets: ["utility-ap-southeast-2a"],
          },
        },
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
