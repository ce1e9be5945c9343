import { readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Layout } from "../base/layout.ts";
import type { Report } from "../tools/index.ts";
import { isAlive } from "../../providers/kops/runtime/is-alive.mjs";
import { isMissing } from "../../providers/kops/model/errors.ts";

const lock = z.object({ pid: z.number().int(), hostname: z.string() });

/**
 * Removes the stack locks of killed runs. The file backend cannot distinguish them from live ones, and would refuse
 * every further run until somebody types `pulumi cancel`.
 */
export async function clearDeadLocks(layout: Layout, report: Report): Promise<void> {
  const folder = join(layout.backend, ".pulumi", "locks");
  for (const file of await lockFiles(folder)) {
    const holder = lock.safeParse(JSON.parse(await readFile(file, "utf8")));
    if (!holder.success || holder.data.hostname !== hostname() || isAlive(holder.data.pid)) continue;
    report(`The run of process ${holder.data.pid} was killed; removing its lock on the stack`);
    await rm(file, { force: true });
  }
}

async function lockFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, encoding: "utf8" });
    return entries.filter((name) => name.endsWith(".json")).map((name) => join(folder, name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
