// Plain JavaScript without dependencies, because it also runs before the packages are installed.
import { readFileSync } from "node:fs";

/** Whether a process was killed and its parent has not read its exit code yet: it has an id but does nothing. */
function isZombie(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The process name, in parentheses, may itself hold spaces and parentheses; the state follows it.
    return ["Z", "X"].includes(stat.slice(stat.lastIndexOf(")") + 2)[0]);
  } catch {
    // The process has ended, or this is not Linux.
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
