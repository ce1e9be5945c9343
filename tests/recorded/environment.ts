/** The environment that was recorded: its files, and what is done to it. */
import { join } from "node:path";
import {
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { processes, runningOf } from "../crash/processes.ts";
import { faultsOf } from "../e2e/faults.ts";
import { clientOf, region } from "../e2e/network/index.ts";
import { makeWholeCheckout, smallCluster } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";
import { until } from "../local/cloud/bench.ts";
import type { StackExport } from "./template.ts";

export const stack = "sbx";
export const cluster = "k1.sbx.pilot.internal";
export const clusterFile = `clusters/${stack}/k1.yaml`;
/** Folder of what the program keeps of the cluster in the state store. */
export const ownFolder = `_pilot/${cluster}`;

const config = {
  network: { cidr: "10.20.0.0/16", zones: [`${region}a`], nat: "single" },
  dns: { type: "private", name: "sbx.pilot.internal" },
  sandbox: true,
  stateStore: { onDestroy: "purge" },
};

/** Stacks that are only previewed, for the names of what they would make. */
const previewed = {
  /** As much as can be asked for. */
  wide: () => ({
    network: {
      zones: [`${region}a`, `${region}b`],
      secondaryCidrs: ["10.21.0.0/16"],
      ipv6: true,
      endpoints: { dynamodb: true, interfaces: ["ecr.api"] },
      flowLogs: { to: "cloudwatch" },
      dhcpOptions: { ntpServers: ["169.254.169.123"] },
      peerings: {
        tools: { vpcId: "vpc-0123456789abcdef0", cidrs: ["10.99.0.0/16"], routeTableIds: ["rtb-0123456789abcdef0"] },
        far: { vpcId: "vpc-0123456789abcdef1", cidrs: ["10.98.0.0/16"], region: "us-east-1" },
      },
    },
    dns: {
      type: "private",
      name: "wide.pilot.internal",
      vpcs: [{ vpcId: "vpc-0123456789abcdef0" }],
      records: { "kube.k1": { api: "k1" }, www: { cname: "example.com" }, "@": { txt: ["wide"] } },
    },
    stateStore: { encryption: { type: "kms" }, accessLogs: {}, managedPolicies: true },
    platform: { storageClass: {}, priorityClasses: { urgent: { value: 100_000, description: "Not to wait." } } },
    tenants: {
      shop: {
        namespaces: { shop: { quota: { pods: 10 } } },
        access: { admin: { groups: ["a"] }, edit: { groups: ["b"] }, view: { groups: ["c"] } },
      },
    },
    smokeTest: { enabled: true },
  }),
  /** In network and zone that are there. */
  given: ({ network, dns }: Outputs) => ({
    network: {
      zones: [`${region}a`],
      existing: {
        vpcId: network.vpcId,
        subnets: {
          private: { ids: network.zones.map(({ privateSubnetId }) => privateSubnetId) },
          utility: { ids: network.zones.map(({ utilitySubnetId }) => utilitySubnetId) },
        },
        roleTags: "own",
      },
    },
    dns: { type: "existing", name: dns.zoneName, id: dns.zoneId, visibility: "private" },
    stateStore: {},
  }),
};
export const previewedStacks = Object.keys(previewed) as (keyof typeof previewed)[];

/** What of the environment's outputs is used here. */
interface Outputs {
  network: { vpcId: string; zones: { privateSubnetId: string; utilitySubnetId: string }[] };
  dns: { zoneId: string; zoneName: string };
}

/** What is asked for, one after the other: the first change rolls nothing, the second rolls all. */
export const shapes = {
  made: { controlPlane: "t3.medium", workers: "t3.large", blue: 2 },
  resized: { controlPlane: "t3.medium", workers: "t3.large", blue: 3 },
  rolled: { controlPlane: "t3.large", workers: "t3.xlarge", blue: 3 },
};

/** The whole program in a checkout and a local cloud of its own, before its first `up`. */
export interface RecordedEnvironment extends WholeCheckout {
  /** Asks for the cluster in one of its shapes. */
  ask(shape: keyof typeof shapes): Promise<void>;
  export(): Promise<StackExport>;
  import(state: StackExport): Promise<void>;
  /**
   * Starts an `up` that rolls nodes, and kills it, with all that it started, when kOps is about to end the node of a
   * group. The node lives on.
   */
  killedAt(group: string): Promise<void>;
  /** What a stack of {@link previewedStacks} would make: types and names, in the environment's cloud. */
  previewed(name: keyof typeof previewed): Promise<string[]>;
  /** Objects of the state store, by key; ETags without their quotation marks. */
  objects(): Promise<Record<string, { etag: string }>>;
  read(key: string): Promise<string>;
  put(key: string, body: string): Promise<void>;
  /** All that an object ever was, oldest first. */
  versions(key: string): Promise<string[]>;
}

export async function makeEnvironment(): Promise<RecordedEnvironment> {
  const checkout = await makeWholeCheckout();
  try {
    await checkout.stack(stack, config);
  } catch (error) {
    await checkout.remove();
    throw error;
  }
  const s3 = new S3Client({ ...clientOf(checkout.endpoint), forcePathStyle: true });
  const Bucket = `pilot-${stack}-state-123456789012-${region}`;
  const get = async (Key: string, VersionId?: string): Promise<string> => {
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket, Key, ...(VersionId === undefined ? {} : { VersionId }) }),
    );
    return (await Body?.transformToString()) ?? "";
  };
  const running = async (): Promise<number[]> => {
    const { plugins, supervisors, kops } = runningOf(await processes(), checkout.folder, checkout.folder);
    return [...plugins, ...supervisors, ...kops];
  };
  return {
    ...checkout,
    ask: (name) => {
      const { controlPlane, workers, blue } = shapes[name];
      const groups =
        `nodeGroups:\n  blue: { machineType: ${workers}, minSize: 1, maxSize: ${blue} }\n` +
        `  green: { machineType: ${workers}, count: 1 }\n`;
      return checkout.write(clusterFile, smallCluster("k1", groups).replace("t3.medium", controlPlane));
    },
    async export() {
      await checkout.local(
        "pulumi",
        "stack",
        "export",
        "--stack",
        stack,
        "--file",
        join(checkout.folder, "exported.json"),
      );
      return JSON.parse(await checkout.read("exported.json")) as StackExport;
    },
    async import(state) {
      await checkout.write("imported.json", JSON.stringify(state));
      await checkout.local(
        "pulumi",
        "stack",
        "import",
        "--stack",
        stack,
        "--file",
        join(checkout.folder, "imported.json"),
      );
    },
    async killedAt(group) {
      const [node = "none"] = (await checkout.instances())[`${group}.${cluster}`] ?? [];
      const faults = await faultsOf(checkout.endpoint);
      await faults.add({
        service: "ec2",
        action: "TerminateInstances",
        body: node,
        agent: "aws-sdk-go",
        hold: "before",
        code: "UnauthorizedOperation",
        status: 403,
      });
      const strike = async (pid: number): Promise<void> => {
        await faults.held(AbortSignal.timeout(120_000));
        // All at once, as when the power fails: the lock stays.
        for (const one of await running()) process.kill(one, "SIGKILL");
        process.kill(-pid, "SIGKILL");
      };
      const up = ["pulumi", "up", "--stack", stack, "--non-interactive", "--yes", "--skip-preview"];
      await checkout.npmDuring(/./, strike, "run", "local", "--", ...up);
      await until("nothing of the killed run works on", async () => (await running()).length === 0);
      await faults.clear();
    },
    async previewed(name) {
      await checkout.stack(name, previewed[name](await checkout.outputs<Outputs>(stack)));
      await checkout.write(
        `clusters/${name}/k1.yaml`,
        smallCluster("k1", "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }\n"),
      );
      const { output } = await checkout.local("pulumi", "preview", "--stack", name, "--non-interactive", "--json");
      const { steps } = JSON.parse(output.slice(output.indexOf("{\n"))) as { steps: { urn: string }[] };
      return steps.map(({ urn }) => urn.replace(/^urn:pulumi:[^:]+::pilot::/, "")).sort();
    },
    async objects() {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      return Object.fromEntries(Contents.map(({ Key = "", ETag = "" }) => [Key, { etag: ETag.replaceAll('"', "") }]));
    },
    read: (key) => get(key),
    async put(key, body) {
      await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: body }));
    },
    async versions(key) {
      const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: key }));
      const all = Versions.filter(({ Key }) => Key === key).toReversed();
      return await Promise.all(all.map(({ VersionId }) => get(key, VersionId)));
    },
  };
}
