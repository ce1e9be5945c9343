import type { Dependent, DesiredEnvironment } from "../../../components/environment/guards/losses.ts";
import { ownStateOf, type ResourceOutputs } from "../../../components/environment/guards/own-state.ts";

export const urn = (type: string, name: string) => `urn:pulumi:sbx::pilot::${type}::${name}`;

export const spec = {
  networkID: "vpc-1",
  dnsZone: "Z1",
  subnets: [{ name: "a", id: "subnet-a" }],
  serviceAccountIssuerDiscovery: { discoveryStore: "s3://oidc/k1.sbx.example.com" },
};

/** Outputs of a stack as the engine returns them. */
export const resources: ResourceOutputs = Object.fromEntries(
  (
    [
      ["pulumi:pulumi:Stack", "pilot-sbx", {}],
      ["aws:s3/bucket:Bucket", "sbx-state", { bucket: "state", forceDestroy: true }],
      ["aws:s3/bucket:Bucket", "sbx-discovery", { bucket: "oidc" }],
      ["aws:kms/key:Key", "sbx-state", { arn: "arn:aws:kms:ap-southeast-2:1:key/one" }],
      ["aws:ec2/vpc:Vpc", "sbx", { id: "vpc-1", cidrBlock: "10.20.0.0/16" }],
      [
        "aws:ec2/subnet:Subnet",
        "sbx-private-ap-southeast-2a",
        { arn: "arn:aws:ec2:ap-southeast-2:1:subnet/subnet-a", cidrBlock: "10.20.0.0/18" },
      ],
      ["aws:ec2/subnet:Subnet", "sbx-utility-ap-southeast-2a", { id: "subnet-b", cidrBlock: "10.20.192.0/22" }],
      ["aws:route53/zone:Zone", "sbx", { zoneId: "Z1", name: "sbx.example.com", vpcs: [{ vpcId: "vpc-1" }] }],
      ["pilot:dns:Dns", "sbx", { zoneName: "sbx.example.com", zoneId: "Z1" }],
      [
        "pulumi-nodejs:dynamic/kops:Cluster",
        "k1",
        {
          name: "k1.sbx.example.com",
          stateStore: "s3://state",
          owner: "organization/pilot/sbx",
          region: "ap-southeast-2",
          cluster: spec,
        },
      ],
      [
        "aws:ec2/tag:Tag",
        "k1-private-ap-southeast-2a/kubernetes.io/cluster/k1.sbx.example.com",
        { resourceId: "subnet-a", key: "kubernetes.io/cluster/k1.sbx.example.com", value: "shared" },
      ],
    ] as const
  ).map(([type, name, outputs]) => [urn(type, name), { type, outputs }]),
);
export const current = ownStateOf(resources, "sbx");

export type SharedInfrastructure = NonNullable<DesiredEnvironment["shared"]>;
export const same: SharedInfrastructure = {
  store: { state: "state", discovery: "oidc", makesKey: true },
  network: {
    made: true,
    cidr: "10.20.0.0/16",
    subnets: [
      { kind: "private", zone: "ap-southeast-2a", cidr: "10.20.0.0/18" },
      { kind: "utility", zone: "ap-southeast-2a", cidr: "10.20.192.0/22" },
    ],
  },
  dns: { made: true, name: "sbx.example.com", private: true },
};
export const desired = (change: Partial<SharedInfrastructure> = {}, region = "ap-southeast-2"): DesiredEnvironment => ({
  region,
  shared: { ...same, ...change },
});

export const k1: Dependent = {
  name: "k1.sbx.example.com",
  owner: "organization/pilot/sbx",
  stateBucket: "state",
  spec,
};
