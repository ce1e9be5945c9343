import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { execa } from "execa";
import { Phases } from "../../local/commands/phases.ts";
import { prepare } from "../../local/commands/prepare.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { planDocument } from "../../providers/kops/plan/document/plan-document.ts";
import type { PlanDocument } from "../../providers/kops/plan/document/plan-document.ts";
import { clientOf } from "../e2e/network/index.ts";
import { writesTo } from "../e2e/requests.ts";
import { makeWholeCheckout } from "../e2e/whole/index.ts";
import { filesOf, stacks } from "./desired.ts";
import type { Desired, Stack } from "./desired.ts";
import { snapshotsOf } from "./snapshot.ts";
import type { TakeSnapshot } from "./snapshot.ts";

/** The result of a command of Pulumi. */
export interface Did {
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
  /** Stopped because it took too long. */
  readonly stopped: boolean;
  /** The provider's plan for each cluster, by full name. */
  readonly plans: Readonly<Record<string, PlanDocument>>;
}

/** A local cloud with the whole program. */
export interface Harness {
  readonly snapshot: TakeSnapshot;
  readonly folder: string;
  /** Writes the files of a desired state, and removes all others. */
  write(desired: Desired): Promise<void>;
  pulumi(verb: "preview" | "up", stack: Stack, seconds: number): Promise<Did>;
  /** The number of changing requests so far, without those for the provider's own objects. */
  writes(): Promise<number>;
  /** The manifests of a cluster, as kOps writes them. */
  manifest(cluster: string, bucket: string): Promise<string>;
  /** Writes a complete etcd backup into a cluster's folder: nothing in the local cloud makes one. */
  backUp(bucket: string, folder: string): Promise<void>;
  /** Stops the local cloud and removes everything. */
  remove(): Promise<void>;
}

/** Seconds between SIGTERM and SIGKILL of a command. */
const grace = 30;

export async function makeHarness(first: Desired): Promise<Harness> {
  const checkout = await makeWholeCheckout();
  const layout = layoutOf(checkout.folder, { ...process.env, PILOT_LOCAL_DIR: undefined });
  const s3 = new S3Client({ ...clientOf(checkout.endpoint), forcePathStyle: true });
  const plansFolder = join(layout.dir, "plans");
  let written: Record<string, string> = {};

  const write = async (desired: Desired): Promise<void> => {
    const files = filesOf(desired);
    for (const path of Object.keys(written)) if (!(path in files)) await rm(join(checkout.folder, path));
    for (const [path, text] of Object.entries(files)) if (written[path] !== text) await checkout.write(path, text);
    written = files;
  };
  const readPlans = async (): Promise<Record<string, PlanDocument>> => {
    const files = (await readdir(plansFolder)).filter((name) => name.endsWith(".json"));
    const documents = await Promise.all(
      files.map(async (name) => planDocument.parse(JSON.parse(await readFile(join(plansFolder, name), "utf8")))),
    );
    return Object.fromEntries(documents.map((document) => [document.cluster, document]));
  };

  const harness: Harness = {
    snapshot: snapshotsOf(checkout.endpoint),
    folder: checkout.folder,
    write,
    async pulumi(verb, stack, seconds) {
      const said: string[] = [];
      const { env } = await prepare(layout, (line) => said.push(`${line}\n`), new Phases());
      await rm(plansFolder, { recursive: true, force: true });
      await mkdir(plansFolder, { recursive: true });
      const began = Date.now();
      const args = [
        verb,
        "--stack",
        stack,
        "--non-interactive",
        "--suppress-outputs",
        ...(verb === "up" ? ["--yes", "--skip-preview"] : []),
      ];
      const { exitCode, all, timedOut } = await execa("pulumi", args, {
        cwd: checkout.folder,
        env: { ...env, PILOT_PLAN_DIR: plansFolder },
        extendEnv: false,
        all: true,
        reject: false,
        stdin: "ignore",
        timeout: seconds * 1000,
        killSignal: "SIGINT",
        forceKillAfterDelay: grace * 1000,
      });
      return {
        ok: exitCode === 0,
        output: [...said, all].join(""),
        seconds: (Date.now() - began) / 1000,
        stopped: timedOut,
        plans: await readPlans(),
      };
    },
    async writes() {
      return Object.entries(await writesTo(checkout.endpoint)).reduce(
        (sum, [service, count]) => (service === "s3/_pilot" ? sum : sum + count),
        0,
      );
    },
    manifest: async (cluster, bucket) =>
      (await checkout.local("kops", "get", "all", "-o", "yaml", "--name", cluster, "--state", `s3://${bucket}`)).output,
    async backUp(Bucket, folder) {
      for (const etcd of ["main", "events"]) {
        for (const name of ["etcd.backup.gz", "_etcd_backup.meta"]) {
          await s3.send(
            new PutObjectCommand({
              Bucket,
              Key: `${folder}backups/etcd/${etcd}/2026-11-21T09:00:00Z-000001/${name}`,
              Body: `${folder} ${etcd} ${name}`,
            }),
          );
        }
      }
    },
    remove: () => checkout.remove(),
  };
  try {
    await write(first);
    for (const stack of stacks) await checkout.local("pulumi", "stack", "select", "--create", stack);
  } catch (error) {
    await checkout.remove();
    throw error;
  }
  return harness;
}
