import { AutoScalingClient, UpdateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import {
  DeleteTagsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { GetObjectCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
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
import { autoScalingGroups, comparable, contentDifferences, contentOf } from "./cloud-content.ts";
import { processes, runningOf } from "./processes.ts";
import type { Running } from "./processes.ts";
import { secretOf, shapes } from "./shapes.ts";
import type { Shape } from "./shapes.ts";
import { removeObjects, storeVersions } from "./store-versions.ts";

/** A running `pulumi`, and its result. */
export interface Pulumi {
  /** Leader of its own process group. */
  readonly pid: number;
  readonly done: Promise<{ exitCode: number; output: string }>;
  /** Resolves when the output matches; rejects if it ends before. */
  said(pattern: RegExp): Promise<void>;
}

export interface PulumiOptions {
  /** Further arguments. */
  more?: readonly string[];
  /** As on another machine: Pulumi's state is elsewhere, and does not know what this one does. */
  elsewhere?: boolean;
}

const flags = ["--stack", "sbx", "--non-interactive"];

/** One local cloud with one cluster, which is killed again and again. */
export interface Harness {
  readonly bare: BareCheckout;
  /** Name of the cluster, unique on this machine. */
  readonly cluster: string;
  readonly faults: Faults;
  /** Declares the cluster by the text of a cluster file, with further inputs. */
  declare(text: string, changes?: Partial<BareArgs>): Promise<void>;
  /** Declares the cluster in a shape, or none. kOps may tag its subnets, which it does not own. */
  ask(shape: Shape | undefined, changes?: Partial<BareArgs>): Promise<void>;
  /** Pins the Auto Scaling groups to the number of their templates' latest version, as Terraform does. */
  holdTemplates(): Promise<void>;
  /**
   * Removes the cluster's manifests from the state store, as by hand. Keys, secrets and the completed spec stay, so
   * that the local cloud keeps running it.
   */
  dropManifests(): Promise<void>;
  /**
   * Removes the cluster from Pulumi's state and the provider's objects from the store, as if plain kOps had made it.
   */
  disown(): Promise<void>;
  /** Removes all tags from the subnets, as their owner does after an adopted cluster. */
  untagSubnets(): Promise<void>;
  /**
   * Starts `pulumi up`, `refresh`, ... without a preview. First removes stack locks of killed runs, as `pulumi cancel`
   * does.
   */
  pulumi(verb: "up" | "refresh" | "preview", options?: PulumiOptions): Promise<Pulumi>;
  /** Runs a command of `pilot` on the cluster: `withdraw`, `forget`. */
  command(name: string, ...words: readonly string[]): { readonly done: Pulumi["done"] };
  running(): Promise<Running>;
  nodes(): Promise<Node[]>;
  kubectl(...args: string[]): Promise<string>;
  /** All versions of the journal since the last {@link forget}, oldest first. */
  journals(): Promise<Journal[]>;
  /** The current journal, if there is one. */
  journal(): Promise<Journal | undefined>;
  /** Deletes old versions of the state store's objects. */
  forget(): Promise<void>;
  /** Differences between the cloud and a cluster of this shape (or none). */
  wrongs(shape: Shape | undefined): Promise<string[]>;
  /** Records the cloud's content as correct for a cluster of this shape (or none). */
  learn(shape: Shape | undefined): Promise<void>;
  /** Stops the local cloud and removes everything. */
  remove(): Promise<void>;
}

export async function makeHarness(): Promise<Harness> {
  const bare = await makeBareCheckout();
  try {
    return await harnessOn(bare);
  } catch (error) {
    await bare.remove();
    throw error;
  }
}

async function harnessOn(bare: BareCheckout): Promise<Harness> {
  const short = `c${randomBytes(3).toString("hex")}`;
  const cluster = `${short}.${domain}`;
  const layout = layoutOf(bare.folder, {});
  const s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
  const Bucket = bare.infrastructure.stateStore.replace("s3://", "");
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  const ec2 = new EC2Client(clientOf(bare.endpoint));
  const autoScaling = new AutoScalingClient(clientOf(bare.endpoint));
  const argsOf = (shape: Shape, changes: Partial<BareArgs>): BareArgs => {
    const { version, controlPlane, nodes, group, access } = shapes[shape];
    const args = bareArgs(
      short,
      bare.infrastructure,
      `kubernetesVersion: ${version}
apiAccess: [${access}0/25, ${access}128/25]
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
  const cloud = { endpoint: bare.endpoint, ec2, autoScaling, vpcId: bare.infrastructure.vpcId, subnets };
  const versions = (prefix: string) => storeVersions(s3, Bucket, prefix);
  const remove = (objects: { Key: string; VersionId?: string }[]) => removeObjects(s3, Bucket, objects);
  const key = `_pilot/${cluster}/journal.json`;
  const body = async (VersionId?: string): Promise<Journal> => {
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket, Key: key, ...(VersionId === undefined ? {} : { VersionId }) }),
    );
    return JSON.parse((await Body?.transformToString()) ?? "") as Journal;
  };
  const secondBackend = async (): Promise<string> => {
    const folder = `${layout.backend}-elsewhere`;
    await mkdir(folder, { recursive: true });
    return folder;
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
    // Names of groups occur only in those of launch templates and Auto Scaling groups, ranges only in rules.
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
      for (const { AutoScalingGroupName, LaunchTemplate } of await autoScalingGroups(autoScaling)) {
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
      await remove(
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
      await remove((await versions(`_pilot/${cluster}/`)).map(({ Key, VersionId }) => ({ Key, VersionId })));
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
      await remove(old.map(({ Key, VersionId }) => ({ Key, VersionId })));
    },
    async learn(shape) {
      learned.set(shape === undefined ? "none" : "some", await contentOf(cloud));
    },
    async wrongs(shape) {
      const wrongs = contentDifferences(
        comparable(await contentOf(cloud), (name) => name),
        expected(shape),
      );
      if (shape === undefined) return wrongs;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `${cluster}/secrets/dockerconfig` }));
      const { Data } = JSON.parse((await Body?.transformToString()) ?? "") as { Data: string };
      if (Buffer.from(Data, "base64").toString() !== secretOf(shape))
        wrongs.push("the store has another docker config than is asked for");
      const { version, controlPlane, nodes, group } = shapes[shape];
      const is = (await bare.nodes(short))
        .map(
          (node) =>
            `${node.group.replace(/^control-plane.*/, "control-plane")} ` +
            `${node.machineType} ${node.version}${node.ready ? "" : " not ready"}${node.cordoned ? " cordoned" : ""}`,
        )
        .sort();
      const should = [`control-plane ${controlPlane}`, `nodes ${nodes}`, `${group} ${nodes}`]
        .map((one) => `${one} v${version}`)
        .sort();
      if (is.join() !== should.join()) wrongs.push(`nodes are ${is.join(", ")}; not ${should.join(", ")}`);
      return wrongs;
    },
    remove: () => bare.remove(),
  };
}
