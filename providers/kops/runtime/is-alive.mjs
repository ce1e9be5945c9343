// Plain JavaScript without dependencies: also used before anything is installed.
import { readFileSync } from "node:fs";

/** Killed, but its parent has not asked for its exit code yet: such a process still has a number, and does nothing. */
function isZombie(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may itself hold spaces and parentheses; the state follows it.
    return ["Z", "X"].includes(stat.slice(stat.lastIndexOf(")") + 2)[0]);
  } catch {
    // No such file: gone meanwhile, or not Linux.
    return false;
  }
}

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
  return !isZombie(pid);
}
