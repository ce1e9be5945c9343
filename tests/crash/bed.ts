import { DeleteObjectsCommand, GetObjectCommand, ListObjectVersionsCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import type { ListObjectVersionsCommandOutput } from "@aws-sdk/client-s3";
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { clearDeadLocks } from "../../local/backend-locks.ts";
import { cloudState } from "../../local/cloud/index.ts";
import { localEnvironment } from "../../local/environment.ts";
import { layoutOf } from "../../local/layout.ts";
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

/** Shapes that the cluster goes through: between any two, every step of an update has something to do. */
const shapes = [
  { controlPlane: "t3.medium", nodes: "t3.large", group: "blue" },
  { controlPlane: "t3.large", nodes: "t3.xlarge", group: "green" },
  { controlPlane: "t3.xlarge", nodes: "t3.2xlarge", group: "red" },
] as const;
export type Shape = 0 | 1 | 2;

export function nextShape(shape: Shape): Shape {
  return ((shape + 1) % shapes.length) as Shape;
}

const flags = ["--stack", "sbx", "--non-interactive"];

/** One local cloud with one cluster, which is struck again and again. */
export interface Bed {
  readonly bare: BareCheckout;
  /** Name of the cluster, as nobody else on this machine has it. */
  readonly cluster: string;
  readonly faults: Faults;
  /** Asks for the cluster as a cluster file's text has it, with other inputs beside. */
  declare(text: string, changes?: Partial<BareArgs>): Promise<void>;
  /** Asks for the cluster in a shape, or for none. */
  ask(shape: Shape | undefined): Promise<void>;
  /** Starts `pulumi up`, `refresh`, ... without preview; locks of the stack left by killed runs are taken away first, as `pulumi cancel` does. */
  pulumi(verb: "up" | "refresh" | "preview", options?: PulumiOptions): Promise<Pulumi>;
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

function comparable(found: Record<string, string[]>, rename: (name: string) => string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(found).map(([kind, names]) => [kind, numbered.includes(kind) ? names.length : names.map(rename).sort()]));
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
  const Bucket = bare.surroundings.stateStore.replace("s3://", "");
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  const argsOf = (shape: Shape): BareArgs => {
    const { controlPlane, nodes, group } = shapes[shape];
    return bareArgs(
      short,
      bare.surroundings,
      `controlPlane: { count: 1, machineType: ${controlPlane} }
nodeGroups: { nodes: { machineType: ${nodes}, count: 1 }, ${group}: { machineType: ${nodes}, count: 1 } }`,
    );
  };
  const key = `_pilot/${cluster}/journal.json`;
  const body = async (VersionId?: string): Promise<Journal> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key, ...(VersionId === undefined ? {} : { VersionId }) }));
    return JSON.parse((await Body?.transformToString()) ?? "") as Journal;
  };
  const versions = async (Prefix: string): Promise<{ Key: string; VersionId: string; latest: boolean; marker: boolean }[]> => {
    const found = [];
    for (let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {}; next; ) {
      const page: ListObjectVersionsCommandOutput = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix, ...next }));
      const { Versions = [], DeleteMarkers = [], IsTruncated, NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page;
      for (const { Key = "", VersionId = "", IsLatest: latest = false } of Versions) found.push({ Key, VersionId, latest, marker: false });
      for (const { Key = "", VersionId = "", IsLatest: latest = false } of DeleteMarkers) found.push({ Key, VersionId, latest, marker: true });
      next = IsTruncated === true ? { ...(KeyMarker === undefined ? {} : { KeyMarker }), ...(VersionIdMarker === undefined ? {} : { VersionIdMarker }) } : undefined;
    }
    return found;
  };
  const secondBackend = async (): Promise<string> => {
    const folder = `${layout.backend}-elsewhere`;
    await mkdir(folder, { recursive: true });
    return folder;
  };
  const learned = new Map<"none" | "some", Record<string, string[]>>();
  const expected = (shape: Shape | undefined): Record<string, unknown> => {
    const known = learned.get(shape === undefined ? "none" : "some");
    if (!known) throw new Error("nobody has learned what the cloud has when all is well");
    // Groups have their names in those of launch templates and Auto Scaling groups, and nowhere else.
    const names = new RegExp(`^(${shapes.map(({ group }) => group).join("|")})\\.`);
    return comparable(known, (name) => (shape === undefined ? name : name.replace(names, `${shapes[shape].group}.`)));
  };

  return {
    bare,
    cluster,
    faults: await faultsOf(bare.endpoint),
    ask: (shape) => bare.declare(shape === undefined ? {} : { [short]: argsOf(shape) }),
    declare: (text, changes) => bare.declare({ [short]: bareArgs(short, bare.surroundings, text, changes) }),
    async pulumi(verb, { more = [], elsewhere = false } = {}) {
      const cloud = await cloudState(layout);
      if (!cloud) throw new Error("the local cloud does not run");
      await clearDeadLocks(layout, () => undefined);
      const env = { ...localEnvironment(layout, cloud), ...(elsewhere ? { PULUMI_BACKEND_URL: `file://${await secondBackend()}` } : {}) };
      const command = (args: readonly string[]) =>
        execa(join(layout.bin, "pulumi"), args, { cwd: bare.folder, env, extendEnv: false, all: true, reject: false, stdin: "ignore", detached: true });
      if (elsewhere) await command(["stack", "select", "--create", "sbx"]);
      const running = command([verb, ...flags, ...(verb === "preview" ? [] : ["--yes", "--skip-preview"]), ...more]);
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
      while (old.length > 0) {
        const Objects = old.splice(0, 1000).map(({ Key, VersionId }) => ({ Key, VersionId }));
        await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      }
    },
    async learn(shape) {
      learned.set(shape === undefined ? "none" : "some", await inventory(bare.endpoint));
    },
    async wrongs(shape) {
      const wrongs: string[] = [];
      const have = comparable(await inventory(bare.endpoint), (name) => name);
      const want = expected(shape);
      for (const kind of new Set([...Object.keys(have), ...Object.keys(want)])) {
        const [is, should] = [JSON.stringify(have[kind] ?? "none"), JSON.stringify(want[kind] ?? "none")];
        if (is !== should) wrongs.push(`${kind} are ${is}, not ${should}`);
      }
      if (shape === undefined) return wrongs;
      const { controlPlane, nodes, group } = shapes[shape];
      const is = (await bare.nodes(short)).map((node) => `${node.group.replace(/^control-plane.*/, "control-plane")} ${node.machineType}${node.ready ? "" : " not ready"}${node.cordoned ? " cordoned" : ""}`).sort();
      const should = [`control-plane ${controlPlane}`, `nodes ${nodes}`, `${group} ${nodes}`].sort();
      if (is.join() !== should.join()) wrongs.push(`nodes are ${is.join(", ")}; not ${should.join(", ")}`);
      return wrongs;
    },
    remove: () => bare.remove(),
  };
}
