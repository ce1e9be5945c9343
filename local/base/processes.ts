import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { machineOf } from "../../providers/kops/runtime/process-identity.mjs";

/**
 * A process. The time at which it began, as the operating system prints it, distinguishes it from a later process with
 * the same id.
 */
export const processIdentity = z.object({ pid: z.number().int(), began: z.string() });

export type ProcessIdentity = z.infer<typeof processIdentity>;

const poll = 20;

/** Boot and PID namespace. Not the name of the host: a network may change that while processes live. */
function place(): string {
  return machineOf("") ?? "";
}

async function beganAt(pid: number): Promise<string | undefined> {
  if (process.platform === "linux") {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8");
      // The name in parentheses may contain spaces. Field 3 is the state, field 22 the start time.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // The start counts from the boot, and another PID namespace has other processes.
      return fields[0] === "Z" ? undefined : `${fields[19] ?? ""} ${place()}`;
    } catch {
      return undefined;
    }
  }
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      env: { LC_ALL: "C" },
    });
    const text = stdout.trim();
    return text.startsWith("Z") ? undefined : text.slice(text.indexOf(" ") + 1).trim();
  } catch {
    return undefined;
  }
}

export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const began = await beganAt(pid);
  return began === undefined ? undefined : { pid, began };
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  const began = await beganAt(process.pid);
  // An older program noted the start alone.
  return began !== undefined && (began === process.began || began.split(" ", 1)[0] === process.began);
}

async function waitGone(process: ProcessIdentity, milliseconds: number): Promise<boolean> {
  for (const end = Date.now() + milliseconds; ;) {
    if (!(await isAlive(process))) return true;
    if (Date.now() > end) return false;
    await sleep(poll);
  }
}

/** Ends a process: SIGTERM, then SIGKILL after the given time. Never ends a later process with the same id. */
export async function endProcess(identity: ProcessIdentity, milliseconds: number): Promise<void> {
  if (!(await isAlive(identity))) return;
  signal(identity.pid, "SIGTERM");
  if (await waitGone(identity, milliseconds)) return;
  signal(identity.pid, "SIGKILL");
  await waitGone(identity, milliseconds);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return;
    throw error;
  }
}
