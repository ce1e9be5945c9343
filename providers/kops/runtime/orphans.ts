import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { KopsError } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { isAlive } from "./is-alive.mjs";
import type { Progress } from "./progress.ts";
import { startOfProcess, signal } from "./processes.ts";

/*
 * A kops whose provider was killed is ended by its supervisor, one whose supervisor was killed by the provider. When
 * both were killed at the same moment, nobody is left who knows of it but the environment it runs in: that says which
 * cluster it works on and for which provider. Linux only: elsewhere the environment of another process is not to be
 * had.
 */

const clusterMark = "PILOT_KOPS_CLUSTER";
const providerMark = "PILOT_KOPS_PROVIDER";

/**
 * Milliseconds in which an orphan may end by itself. kOps writes nothing that a sudden end would spoil; it is a
 * courtesy.
 */
const grace = 3000;

type Which = Pick<KopsClusterInputs, "name" | "stateStore">;

/** One cluster of one store at one endpoint, in a form that says nothing to others. */
function markFor({ name, stateStore }: Which, env: NodeJS.ProcessEnv): string {
  return createHash("sha256")
    .update(JSON.stringify([env["S3_ENDPOINT"] ?? "", stateStore, name]))
    .digest("hex");
}

/** Variables of kOps's environment by which {@link endOrphans} of a later run finds it. */
export function markOf(which: Which, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return { [clusterMark]: markFor(which, env), [providerMark]: `${process.pid}:${startOfProcess("self")}` };
}

function isGone(provider: string): boolean {
  const [pid = "", begin = ""] = provider.split(":");
  return !isAlive(Number(pid)) || startOfProcess(Number(pid)) !== begin;
}

/** Processes that work on the cluster for a provider that is gone. */
async function orphansOf(mark: string): Promise<number[]> {
  let names: string[];
  try {
    names = await readdir("/proc");
  } catch {
    // Not Linux.
    return [];
  }
  const found: number[] = [];
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    let variables: string[];
    try {
      variables = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
    } catch {
      // Gone meanwhile, or somebody else's.
      continue;
    }
    if (!variables.includes(`${clusterMark}=${mark}`)) continue;
    const provider = variables.find((one) => one.startsWith(`${providerMark}=`))?.slice(providerMark.length + 1);
    if (provider !== undefined && isGone(provider) && isAlive(pid)) found.push(pid);
  }
  return found;
}

/**
 * Ends every kops of this machine and person that a killed run left at work on the cluster. To be called under the
 * lock, before anything is done: two never work on one cluster. Throws when one of them cannot be ended.
 */
export async function endOrphans(
  which: Which,
  progress: Progress,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const mark = markFor(which, env);
  const began = Date.now();
  let told: number[] = [];
  for (;;) {
    const left = await orphansOf(mark);
    if (left.length === 0) return;
    if (told.length === 0) progress.say(`ending what a killed run left at work (process ${left.join(", ")})`);
    const late = Date.now() - began > grace;
    if (Date.now() - began > 3 * grace) {
      throw new KopsError({
        what: `Another kOps still works on cluster ${which.name}`,
        why: `process ${left.join(", ")} was left by a killed run and cannot be ended`,
        next: "end it, or restart this machine, then run `pulumi up` again",
      });
    }
    for (const pid of left) {
      if (late) signal(pid, "SIGKILL");
      else if (!told.includes(pid)) signal(pid, "SIGTERM");
    }
    told = [...told, ...left];
    await sleep(100);
  }
}
