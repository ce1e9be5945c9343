import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/**
 * Identifies a PID namespace: two runs with the same value can see each other's processes. A host name is not enough,
 * because containers and cloned machines may share one. Linux has a boot id, which changes at each boot, and each
 * container has its own PID namespace (pid_namespaces(7)). Undefined on other systems, and where the kernel hides them.
 */
export function machineOf(host: string, proc = "/proc"): string | undefined {
  try {
    return [
      host,
      readFileSync(join(proc, "sys/kernel/random/boot_id"), "utf8").trim(),
      readlinkSync(join(proc, "self/ns/pid")),
    ].join(" ");
  } catch {
    return undefined;
  }
}

/** Kills what a supervisor left behind: the command itself, if the supervisor was killed; otherwise nothing. */
export function endGroup(leader: number | undefined): void {
  if (leader !== undefined) signal(-leader, "SIGKILL");
}

/**
 * When a process started, in clock ticks since boot: tells it from a later process with the same id. Empty when the
 * process is gone, and on anything but Linux.
 */
export function startOfProcess(pid: number | "self"): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The process name, in parentheses, may itself hold spaces and parentheses: count the fields after it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

/** Sends a signal; a process, or a group (a negative id), that no longer exists is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
