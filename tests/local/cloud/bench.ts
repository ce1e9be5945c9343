import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
} from "@aws-sdk/client-ec2";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { execa } from "execa";
import { dump } from "js-yaml";
import { forgetCloud, type CloudState } from "../../../local/cloud/index.ts";
import { localEnvironment, localRegion } from "../../../local/workspace/environment.ts";
import { layoutOf, type Layout } from "../../../local/base/layout.ts";
import { ensureTools, type ToolPaths } from "../../../local/tools/index.ts";
import { ownedFolder } from "../owned.ts";

export const kopsVersion = "1.35.0";
const stateBucket = "cloud-test-state";
const image = "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212";
const zones = ["a", "b", "c"].map((letter) => `${localRegion}${letter}`);

const root = join(import.meta.dirname, "..", "..", "..");

export function testTools(): Promise<ToolPaths> {
  return ensureTools(layoutOf(root), { kopsVersions: [kopsVersion] });
}

/** Layout of a test's own local cloud, in a temporary folder. */
export async function temporaryLayout(): Promise<Layout> {
  const dir = await ownedFolder("pilot-cloud-");
  return layoutOf(root, { ...process.env, PILOT_LOCAL_DIR: dir });
}

export async function removeCloud(layout: Layout): Promise<void> {
  await forgetCloud(layout);
  await rm(layout.dir, { recursive: true, force: true });
}

/** Polls until the condition is true, and fails with what was missing if it takes too long. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, seconds = 30): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await isSo());) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(50);
  }
}

export interface Subnet {
  readonly id: string;
  readonly cidr: string;
  readonly zone: string;
}

export interface TestNetwork {
  readonly vpc: string;
  readonly private: readonly Subnet[];
  readonly utility: readonly Subnet[];
}

const credentials = { accessKeyId: "local", secretAccessKey: "local" };

/** A network and a state bucket, as the program would create them. */
export async function makeNetwork({ endpoint }: CloudState): Promise<TestNetwork> {
  const ec2 = new EC2Client({ endpoint, region: localRegion, credentials });
  const s3 = new S3Client({ endpoint, region: localRegion, credentials, forcePathStyle: true });
  await s3.send(
    new CreateBucketCommand({ Bucket: stateBucket, CreateBucketConfiguration: { LocationConstraint: localRegion } }),
  );
  const vpc = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))).Vpc?.VpcId ?? "";
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpc, EnableDnsHostnames: { Value: true } }));
  const gateway = (await ec2.send(new CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId ?? "";
  await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpc, InternetGatewayId: gateway }));
  const subnet = async (cidr: string, zone: string): Promise<Subnet> => {
    const made = await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: cidr, AvailabilityZone: zone }));
    return { id: made.Subnet?.SubnetId ?? "", cidr, zone };
  };
  return {
    vpc,
    private: await Promise.all(zones.map((zone, index) => subnet(`10.0.${index * 16}.0/20`, zone))),
    utility: await Promise.all(zones.map((zone, index) => subnet(`10.0.${200 + index}.0/24`, zone))),
  };
}

/** An HA cluster in existing subnets: three control-plane groups of one node, one node group of three. */
export function manifestOf(name: string, network: TestNetwork, machineType: string): string {
  const group = (groupName: string, spec: Record<string, unknown>): unknown => ({
    apiVersion: "kops.k8s.io/v1alpha2",
    kind: "InstanceGroup",
    metadata: { name: groupName, labels: { "kops.k8s.io/cluster": name } },
    spec: { image, ...spec },
  });
  const documents = [
    {
      apiVersion: "kops.k8s.io/v1alpha2",
      kind: "Cluster",
      metadata: { name },
      spec: {
        api: { loadBalancer: { class: "Network", type: "Internal" } },
        authorization: { rbac: {} },
        channel: "none",
        cloudProvider: "aws",
        configBase: `s3://${stateBucket}/stores/one/${name}`,
        etcdClusters: ["main", "events"].map((etcd) => ({
          name: etcd,
          etcdMembers: zones.map((zone) => ({
            name: zone.slice(-1),
            instanceGroup: `control-plane-${zone}`,
            encryptedVolume: true,
          })),
        })),
        kubernetesVersion: "1.34.3",
        networkCIDR: "10.0.0.0/16",
        networkID: network.vpc,
        networking: { cilium: {} },
        nonMasqueradeCIDR: "100.64.0.0/10",
        kubernetesApiAccess: ["10.0.0.0/16"],
        sshAccess: ["10.0.0.0/16"],
        subnets: [
          ...network.private.map(({ id, cidr, zone }) => ({ name: zone, type: "Private", id, cidr, zone })),
          ...network.utility.map(({ id, cidr, zone }) => ({
            name: `utility-${zone}`,
            type: "Utility",
            id,
            cidr,
            zone,
          })),
        ],
        topology: { dns: { type: "None" } },
      },
    },
    ...zones.map((zone) =>
      group(`control-plane-${zone}`, {
        role: "Master",
        machineType: "t3.medium",
        minSize: 1,
        maxSize: 1,
        subnets: [zone],
      }),
    ),
    group("nodes", {
      role: "Node",
      machineType,
      minSize: 3,
      maxSize: 3,
      subnets: zones,
      nodeLabels: { team: "blue" },
      taints: ["dedicated=blue:PreferNoSchedule"],
    }),
  ];
  return documents.map((document) => dump(document)).join("---\n");
}

/** The real kops and kubectl against one local cloud. */
export class Workbench {
  readonly #layout: Layout;
  readonly #tools: ToolPaths;
  readonly #cloud: CloudState;

  constructor(layout: Layout, tools: ToolPaths, cloud: CloudState) {
    this.#layout = layout;
    this.#tools = tools;
    this.#cloud = cloud;
  }

  async kops(args: readonly string[], input?: string): Promise<string> {
    const { all } = await execa(this.#tools.kops[kopsVersion] ?? "", args, {
      env: {
        ...localEnvironment(this.#layout, this.#cloud),
        KOPS_STATE_STORE: `s3://${stateBucket}/stores/one`,
        KUBECONFIG: join(this.#layout.home, "kubeconfig"),
      },
      extendEnv: false,
      all: true,
      ...(input === undefined ? {} : { input }),
    });
    return all;
  }

  async kubectl(cluster: string, args: readonly string[], input?: string): Promise<string> {
    const kubeconfig = join(this.#layout.clusters, cluster, "admin.kubeconfig");
    const { stdout } = await execa(this.#tools.kubectl, ["--kubeconfig", kubeconfig, ...args], {
      env: { PATH: process.env["PATH"], HOME: this.#layout.home },
      extendEnv: false,
      ...(input === undefined ? {} : { input }),
    });
    return stdout;
  }

  /** Names of the cluster's nodes with the label. */
  async nodes(cluster: string, label: string): Promise<string[]> {
    const names = await this.kubectl(cluster, ["get", "nodes", "-l", label, "-o", "name"]);
    return names
      .split("\n")
      .filter((name) => name !== "")
      .map((name) => name.replace("node/", ""))
      .sort();
  }
}
