import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  DeleteTagsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { ListObjectVersionsCommandOutput } from "@aws-sdk/client-s3";
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { clearDeadLocks } from "../../local/workspace/backend-locks.ts";
import { cloudState } from "../../local/cloud/index.ts";
import { localEnvironment } from "../../local/workspace/environment.ts";
import { layoutOf } from "../../local/base/layout.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { bareArgs, clientOf, domain, makeBareCheckout } from "../e2e/bare/index.ts";
import type { BareArgs, BareCheckout, Node } from "../e2e/bare/index.ts";
import { faultsOf } from "../e2e/faults.ts";
import type { Faults } from "../e2e/faults.ts";
import { inventory } from "../e2e/inventory.ts";
import { processes, runningOf } from "./processes.ts";
import type { Running } from "./processes.ts";

/** A `pulumi` that runs, and what it said in the end. */
export interface Pulumi {
  /** Leads a process group of its own. */
  readonly pid: number;
  readonly done: Promise<{ exitCode: number; output: string }>;
  /** Resolves when what it said so far has this in it; rejects when it ends before. */
  said(pattern: RegExp): Promise<void>;
}

export interface PulumiOptions {
  /** More words of the command line. */
  more?: readonly string[];
  /** Another machine: Pulumi's state lies elsewhere, and knows nothing of what this one does. */
  elsewhere?: boolean;
}

/**
 * Shapes that the cluster goes through: between any two, every step of an update has something to do. `access` is the
 * beginning of two ranges that may reach the API: the rules for those of before kOps keeps until `--prune`. Their
 * secret is a docker config, for which nothing rolls.
 */
const shapes = [
  { controlPlane: "t3.medium", nodes: "t3.large", group: "blue", access: "192.0.2." },
  { controlPlane: "t3.large", nodes: "t3.xlarge", group: "green", access: "198.51.100." },
  { controlPlane: "t3.xlarge", nodes: "t3.2xlarge", group: "red", access: "203.0.113." },
] as const;
export type Shape = 0 | 1 | 2;

export function nextShape(shape: Shape): Shape {
  return ((shape + 1) % shapes.length) as Shape;
}

const flags = ["--stack", "sbx", "--non-interactive"];

/** One local cloud with one cluster, which is killed again and again. */
export interface Bed {
  readonly bare: BareCheckout;
  /** Name of the cluster, as nobody else on this machine has it. */
  readonly cluster: string;
  readonly faults: Faults;
  /** Asks for the cluster as a cluster file's text has it, with other inputs beside. */
  declare(text: string, changes?: Partial<BareArgs>): Promise<void>;
  /** Asks for the cluster in a shape, or for none. kOps may tag its subnets, which it does not own. */
  ask(shape: Shape | undefined, changes?: Partial<BareArgs>): Promise<void>;
  /** Lets the Auto Scaling groups keep to their launch templates' latest version by its number, as Terraform does. */
  holdTemplates(): Promise<void>;
  /**
   * Removes the cluster's manifests from the state store, as by hand. Keys, secrets and the completed spec, by which
   * the local cloud runs it, stay.
   */
  dropManifests(): Promise<void>;
  /**
   * Takes the cluster out of Pulumi's state, and out of the store what the provider keeps of it: as if plain kOps had
   * made it.
   */
  disown(): Promise<void>;
  /** Takes all tags off the subnets, as whose they are does after a cluster that was taken over. */
  untagSubnets(): Promise<void>;
  /**
   * Starts `pulumi up`, `refresh`, ... without preview; locks of the stack left by killed runs are taken away first, as
   * `pulumi cancel` does.
   */
  pulumi(verb: "up" | "refresh" | "preview", options?: PulumiOptions): Promise<Pulumi>;
  /** Runs a command of `pilot` on the cluster: `withdraw`, `forget`. */
  command(name: string, ...words: readonly string[]): { readonly done: Pulumi["done"] };
  running(): Promise<Running>;
  nodes(): Promise<Node[]>;
  kubectl(...args: string[]): Promise<string>;
  /** All that the journal ever was since the last {@link forget}, oldest first. */
  journals(): Promise<Journal[]>;
  /** The journal as it is; nothing when there is none. */
  journal(): Promise<Journal | undefined>;
  /** Forgets what objects of the state store once were. */
  forget(): Promise<void>;
  /** What is wrong with the cloud, beside a cluster of this shape (or none). */
  wrongs(shape: Shape | undefined): Promise<string[]>;
  /** Keeps what the cloud has now as what a cluster of this shape (or none) is to have. */
  learn(shape: Shape | undefined): Promise<void>;
  /** Stops the local cloud and removes all. */
  remove(): Promise<void>;
}

/** Kinds of which each replacement is another: only their number can be compared. */
const numbered = ["instances", "volumes", "networkInterfaces"];

function comparable(
  found: Record<string, string[]>,
  rename: (name: string) => string,
): Record<string, number | string[]> {
  return Object.fromEntries(
    Object.entries(found).map(([kind, names]) => [
      kind,
      numbered.includes(kind) ? names.length : names.map(rename).sort(),
    ]),
  );
}

export async function makeBed(): Promise<Bed> {
  const bare = await makeBareCheckout();
  try {
    return await furnish(bare);
  } catch (error) {
    await bare.remove();
    throw error;
  }
}

async function furnish(bare: BareCheckout): Promise<Bed> {
  const short = `c${randomBytes(3).toString("hex")}`;
  const cluster = `${short}.${domain}`;
  const layout = layoutOf(bare.folder, {});
  const s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
  const Bucket = bare.infrastructure.stateStore.replace("s3://", "");
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  const ec2 = new EC2Client(clientOf(bare.endpoint));
  const autoScaling = new AutoScalingClient(clientOf(bare.endpoint));
  const secretOf = (shape: Shape): string =>
    JSON.stringify({ auths: { "registry.example.com": { auth: shapes[shape].group } } });
  const argsOf = (shape: Shape, changes: Partial<BareArgs>): BareArgs => {
    const { controlPlane, nodes, group, access } = shapes[shape];
    const args = bareArgs(
      short,
      bare.infrastructure,
      `apiAccess: [${access}0/25, ${access}128/25]
controlPlane: { count: 1, machineType: ${controlPlane} }
nodeGroups: { nodes: { machineType: ${nodes}, count: 1 }, ${group}: { machineType: ${nodes}, count: 1 } }`,
      { secrets: { dockerConfig: secretOf(shape) }, ...changes },
    );
    return { ...args, cluster: { ...args.cluster, DisableSubnetTags: false } };
  };
  const subnets = bare.infrastructure.zones.flatMap(({ privateSubnetId, utilitySubnetId }) => [
    privateSubnetId,
    utilitySubnetId,
  ]);
  const groups = async (): Promise<AutoScalingGroup[]> =>
    (await autoScaling.send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups ?? [];
  /** What of the inventory has no name of its own: tags of subnets, rules, and the versions that groups keep to. */
  const details = async (): Promise<Record<string, string[]>> => {
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: subnets }));
    const { SecurityGroups = [] } = await ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [bare.infrastructure.vpcId] }] }),
    );
    const names = new Map(SecurityGroups.map(({ GroupId, GroupName }) => [GroupId, GroupName]));
    const { SecurityGroupRules = [] } = await ec2.send(
      new DescribeSecurityGroupRulesCommand({
        Filters: [{ Name: "group-id", Values: SecurityGroups.map(({ GroupId = "" }) => GroupId) }],
      }),
    );
    return {
      subnetTags: Subnets.flatMap(({ SubnetId, Tags = [] }) =>
        Tags.map(({ Key, Value }) => `${SubnetId ?? ""} ${Key ?? ""}=${Value ?? ""}`),
      ),
      // Not those that let ICMP in from ranges: kOps removes extra ones of port 443 alone
      // (pkg/model/awsmodel/api_loadbalancer.go).
      rules: SecurityGroupRules.filter(
        ({ IpProtocol, CidrIpv4 }) => IpProtocol !== "icmp" || CidrIpv4 === undefined,
      ).map(
        ({ GroupId, IsEgress, IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo }) =>
          [
            names.get(GroupId),
            IsEgress === true ? "to" : "from",
            CidrIpv4 ?? CidrIpv6 ?? PrefixListId ?? names.get(ReferencedGroupInfo?.GroupId),
            IpProtocol,
            FromPort,
            ToPort,
          ].join(" "),
      ),
      templateVersions: (await groups()).map(
        ({ AutoScalingGroupName, LaunchTemplate }) => `${AutoScalingGroupName ?? ""} ${LaunchTemplate?.Version ?? ""}`,
      ),
    };
  };
  const found = async (): Promise<Record<string, string[]>> =>
    Object.fromEntries(
      Object.entries({ ...(await inventory(bare.endpoint)), ...(await details()) }).filter(
        ([, list]) => list.length > 0,
      ),
    );
  const key = `_pilot/${cluster}/journal.json`;
  const body = async (VersionId?: string): Promise<Journal> => {
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket, Key: key, ...(VersionId === undefined ? {} : { VersionId }) }),
    );
    return JSON.parse((await Body?.transformToString()) ?? "") as Journal;
  };
  const versions = async (
    Prefix: string,
  ): Promise<{ Key: string; VersionId: string; latest: boolean; marker: boolean }[]> => {
    const found = [];
    for (let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {}; next;) {
      const page: ListObjectVersionsCommandOutput = await s3.send(
        new ListObjectVersionsCommand({ Bucket, Prefix, ...next }),
      );
      const {
        Versions = [],
        DeleteMarkers = [],
        IsTruncated,
        NextKeyMarker: KeyMarker,
        NextVersionIdMarker: VersionIdMarker,
      } = page;
      for (const { Key = "", VersionId = "", IsLatest: latest = false } of Versions)
        found.push({ Key, VersionId, latest, marker: false });
      for (const { Key = "", VersionId = "", IsLatest: latest = false } of DeleteMarkers)
        found.push({ Key, VersionId, latest, marker: true });
      next =
        IsTruncated === true
          ? {
              ...(KeyMarker === undefined ? {} : { KeyMarker }),
              ...(VersionIdMarker === undefined ? {} : { VersionIdMarker }),
            }
          : undefined;
    }
    return found;
  };
  const secondBackend = async (): Promise<string> => {
    const folder = `${layout.backend}-elsewhere`;
    await mkdir(folder, { recursive: true });
    return folder;
  };
  const removeObjects = async (objects: { Key: string; VersionId?: string }[]): Promise<void> => {
    for (let at = 0; at < objects.length; at += 1000)
      await s3.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects: objects.slice(at, at + 1000), Quiet: true } }),
      );
  };
  const environment = async (): Promise<NodeJS.ProcessEnv> => {
    const cloud = await cloudState(layout);
    if (!cloud) throw new Error("the local cloud does not run");
    return localEnvironment(layout, cloud);
  };
  const pulumiCommand = (env: NodeJS.ProcessEnv, args: readonly string[]) =>
    execa(join(layout.bin, "pulumi"), args, {
      cwd: bare.folder,
      env,
      extendEnv: false,
      all: true,
      reject: false,
      stdin: "ignore",
      detached: true,
    });
  const learned = new Map<"none" | "some", Record<string, string[]>>();
  const expected = (shape: Shape | undefined): Record<string, number | string[]> => {
    const known = learned.get(shape === undefined ? "none" : "some");
    if (!known) throw new Error("nobody has learned what the cloud has when all is well");
    // Groups have their names in those of launch templates and Auto Scaling groups, and nowhere else; ranges are in
    // rules.
    const names = new RegExp(`^(${shapes.map(({ group }) => group).join("|")})\\.`);
    const ranges = new RegExp(` (${shapes.map(({ access }) => access.replaceAll(".", "\\.")).join("|")})`);
    return comparable(known, (name) =>
      shape === undefined
        ? name
        : name.replace(names, `${shapes[shape].group}.`).replace(ranges, ` ${shapes[shape].access}`),
    );
  };

  return {
    bare,
    cluster,
    faults: await faultsOf(bare.endpoint),
    ask: (shape, changes = {}) => bare.declare(shape === undefined ? {} : { [short]: argsOf(shape, changes) }),
    async holdTemplates() {
      for (const { AutoScalingGroupName, LaunchTemplate } of await groups()) {
        const { LaunchTemplateId = "" } = LaunchTemplate ?? {};
        const { LaunchTemplates } = await ec2.send(
          new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [LaunchTemplateId] }),
        );
        await autoScaling.send(
          new UpdateAutoScalingGroupCommand({
            AutoScalingGroupName,
            LaunchTemplate: { LaunchTemplateId, Version: String(LaunchTemplates?.[0]?.LatestVersionNumber) },
          }),
        );
      }
    },
    async dropManifests() {
      const isManifest = (name: string): boolean => name === "config" || name.startsWith("instancegroup/");
      await removeObjects(
        (await versions(`${cluster}/`))
          .filter(({ Key, latest, marker }) => latest && !marker && isManifest(Key.slice(cluster.length + 1)))
          .map(({ Key }) => ({ Key })),
      );
    },
    async disown() {
      const { exitCode, all } = await pulumiCommand(await environment(), [
        "state",
        "delete",
        `urn:pulumi:sbx::pilot::pulumi-nodejs:dynamic/kops:Cluster::${short}`,
        "--stack",
        "sbx",
        "--yes",
      ]);
      if (exitCode !== 0) throw new Error(`the cluster could not be taken out of Pulumi's state:\n${all}`);
      await removeObjects((await versions(`_pilot/${cluster}/`)).map(({ Key, VersionId }) => ({ Key, VersionId })));
    },
    async untagSubnets() {
      const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: subnets }));
      for (const { SubnetId = "", Tags = [] } of Subnets)
        await ec2.send(new DeleteTagsCommand({ Resources: [SubnetId], Tags: Tags.map(({ Key }) => ({ Key })) }));
    },
    declare: (text, changes) => bare.declare({ [short]: bareArgs(short, bare.infrastructure, text, changes) }),
    async pulumi(verb, { more = [], elsewhere = false } = {}) {
      await clearDeadLocks(layout, () => undefined);
      const env = {
        ...(await environment()),
        ...(elsewhere ? { PULUMI_BACKEND_URL: `file://${await secondBackend()}` } : {}),
      };
      if (elsewhere) await pulumiCommand(env, ["stack", "select", "--create", "sbx"]);
      const running = pulumiCommand(env, [
        verb,
        ...flags,
        ...(verb === "preview" ? [] : ["--yes", "--skip-preview"]),
        ...more,
      ]);
      const { pid } = running;
      if (pid === undefined) throw new Error(`pulumi ${verb} could not be started`);
      let output = "";
      const waiting = new Set<() => void>();
      running.all.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        for (const look of waiting) look();
      });
      const done = running.then(({ exitCode, all }) => ({ exitCode: exitCode ?? 1, output: all }));
      return {
        pid,
        done,
        said: (pattern) =>
          new Promise((resolve, reject) => {
            const look = (): void => {
              if (!pattern.test(output)) return;
              waiting.delete(look);
              resolve();
            };
            waiting.add(look);
            look();
            void done.then(() => {
              reject(new Error(`pulumi ${verb} never said ${pattern.source}:\n${output}`));
            });
          }),
      };
    },
    command: (name, ...words) => ({
      done: (async () => {
        const args = ["cli/pilot.mjs", name, bare.infrastructure.stateStore, cluster, ...words];
        const { exitCode = 1, all } = await execa("node", args, {
          cwd: bare.folder,
          env: await environment(),
          extendEnv: false,
          all: true,
          reject: false,
          stdin: "ignore",
        });
        return { exitCode, output: all };
      })(),
    }),
    running: async () => runningOf(await processes(), bare.folder, cluster),
    nodes: () => bare.nodes(short),
    kubectl: (...args) => bare.kubectl(short, ...args),
    async journals() {
      const written = (await versions(key)).filter(({ marker }) => !marker);
      return await Promise.all(written.toReversed().map(({ VersionId }) => body(VersionId)));
    },
    async journal() {
      return (await versions(key)).some(({ latest, marker }) => latest && !marker) ? await body() : undefined;
    },
    async forget() {
      const old = (await versions("")).filter(({ latest, marker }) => marker || !latest);
      await removeObjects(old.map(({ Key, VersionId }) => ({ Key, VersionId })));
    },
    async learn(shape) {
      learned.set(shape === undefined ? "none" : "some", await found());
    },
    async wrongs(shape) {
      const wrongs: string[] = [];
      const have = comparable(await found(), (name) => name);
      const want = expected(shape);
      for (const kind of new Set([...Object.keys(have), ...Object.keys(want)])) {
        const [is, should] = [have[kind] ?? [], want[kind] ?? []];
        if (typeof is === "number" || typeof should === "number") {
          if (Number(is) !== Number(should)) wrongs.push(`there are ${Number(is)} ${kind}, not ${Number(should)}`);
          continue;
        }
        const [more, missing] = [
          is.filter((name) => !should.includes(name)),
          should.filter((name) => !is.includes(name)),
        ];
        if (is.join() !== should.join())
          wrongs.push(
            `${kind}: ${more.join(", ") || "none"} too many, ${missing.join(", ") || "none"} missing, ` +
              `${is.length} in all, not ${should.length}`,
          );
      }
      if (shape === undefined) return wrongs;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `${cluster}/secrets/dockerconfig` }));
      const { Data } = JSON.parse((await Body?.transformToString()) ?? "") as { Data: string };
      if (Buffer.from(Data, "base64").toString() !== secretOf(shape))
        wrongs.push("the store has another docker config than is asked for");
      const { controlPlane, nodes, group } = shapes[shape];
      const is = (await bare.nodes(short))
        .map(
          (node) =>
            `${node.group.replace(/^control-plane.*/, "control-plane")} ` +
            `${node.machineType}${node.ready ? "" : " not ready"}${node.cordoned ? " cordoned" : ""}`,
        )
        .sort();
      const should = [`control-plane ${controlPlane}`, `nodes ${nodes}`, `${group} ${nodes}`].sort();
      if (is.join() !== should.join()) wrongs.push(`nodes are ${is.join(", ")}; not ${should.join(", ")}`);
      return wrongs;
    },
    remove: () => bare.remove(),
  };
}
