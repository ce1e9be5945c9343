import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { KopsError } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { isAlive } from "./is-alive.mjs";
import type { Progress } from "./progress.ts";
import { namespaceOf, startOfProcess } from "./process-identity.mjs";
import { signal } from "./processes.ts";

/*
 * If the provider is killed, the supervisor ends kOps; if the supervisor is killed, the provider does. If both are
 * killed at once, only the environment variables of kOps tell which cluster it works on, and for which provider. This
 * works on Linux alone: other systems do not show the environment of another process.
 */

const clusterMark = "PILOT_KOPS_CLUSTER";
const providerMark = "PILOT_KOPS_PROVIDER";

/**
 * Milliseconds that an orphan gets to end by itself. This is only a courtesy: a kill spoils nothing that kOps writes.
 */
const grace = 3000;

type Which = Pick<KopsClusterInputs, "name" | "stateStore">;

/** Identifies a cluster, its store and its endpoint, as a digest that reveals none of them. */
function markFor({ name, stateStore }: Which, env: NodeJS.ProcessEnv): string {
  return createHash("sha256")
    .update(JSON.stringify([env["S3_ENDPOINT"] ?? "", stateStore, name]))
    .digest("hex");
}

/** Environment variables of kOps by which {@link endOrphans} of a later run finds it. */
export function markOf(which: Which, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return { [clusterMark]: markFor(which, env), [providerMark]: `${process.pid}:${startOfProcess("self")}` };
}

function isGone(provider: string): boolean {
  const [pid = "", begin = ""] = provider.split(":");
  return !isAlive(Number(pid)) || startOfProcess(Number(pid)) !== begin;
}

/** Ids of the processes that work on the cluster for a provider that is gone. */
async function orphansOf(mark: string): Promise<number[]> {
  let names: string[];
  try {
    names = await readdir("/proc");
  } catch {
    // Not Linux.
    return [];
  }
  const own = namespaceOf("self");
  const found: number[] = [];
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    // A machine sees the processes of its containers, but the ids that those know are others.
    if (namespaceOf(pid) !== own) continue;
    let variables: string[];
    try {
      variables = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
    } catch {
      // The process has ended, or belongs to another user.
      continue;
    }
    if (!variables.includes(`${clusterMark}=${mark}`)) continue;
    const provider = variables.find((one) => one.startsWith(`${providerMark}=`))?.slice(providerMark.length + 1);
    if (provider !== undefined && isGone(provider) && isAlive(pid)) found.push(pid);
  }
  return found;
}

/**
 * Ends every kOps of this machine and user that a killed run left at work on the cluster. Call it under the lock,
 * before anything else, so that two never work on one cluster. Throws {@link KopsError} if one of them does not end.
 */
export async function endOrphans(
  which: Which,
  progress: Progress,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const mark = markFor(which, env);
  const began = performance.now();
  let signalled: number[] = [];
  for (;;) {
    const left = await orphansOf(mark);
    if (left.length === 0) return;
    if (signalled.length === 0) progress.say(`ending what a killed run left at work (process ${left.join(", ")})`);
    const late = performance.now() - began > grace;
    if (performance.now() - began > 3 * grace) {
      throw new KopsError({
        what: `Another kOps still works on cluster ${which.name}`,
        why: `process ${left.join(", ")} was left by a killed run and cannot be ended`,
        next: "end it, or restart this machine, then run `pulumi up` again",
      });
    }
    for (const pid of left) {
      if (late) signal(pid, "SIGKILL");
      else if (!signalled.includes(pid)) signal(pid, "SIGTERM");
    }
    signalled = [...signalled, ...left];
    await sleep(100);
  }
}
