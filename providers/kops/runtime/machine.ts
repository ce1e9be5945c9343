import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/**
 * Names what a process id counts in: two runs with the same name can see each other's processes. A host name is not
 * enough, for containers and cloned machines may share one. Linux has a boot id, another after each start of a machine,
 * and each container has its own PID namespace (pid_namespaces(7)). Elsewhere, and where the kernel hides them:
 * nothing.
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
