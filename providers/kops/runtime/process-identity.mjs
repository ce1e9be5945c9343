// Plain JavaScript without packages, because it also runs before the packages are installed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isAlive } from "./is-alive.mjs";

/*
 * A process id means something only on one machine, during one boot, in one PID namespace, and until the id is used
 * again. Folders and locks may be shared beyond that: a home on NFS, the cache volume of CI, /tmp mounted into two
 * containers. So what a process owns is marked with all of these, and belongs to nobody only if that is provable.
 */

/** Inode of the PID namespace of the machine itself (PROC_PID_INIT_INO, include/linux/proc_ns.h). */
const ownNamespace = "pid:[4026531836]";

function textOf(path) {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    // Not Linux, or the kernel hides it.
    return "";
  }
}

/** The PID namespace of a process, as the kernel prints it. Empty if it cannot be seen. */
export function namespaceOf(pid, proc = "/proc") {
  try {
    return readlinkSync(join(proc, String(pid), "ns/pid"));
  } catch {
    return "";
  }
}

function commandOutput(command, args) {
  try {
    return execFileSync(command, args, { env: { LC_ALL: "C", TZ: "UTC" }, stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return "";
  }
}

let macBoot;
function macBootSession() {
  macBoot ??= commandOutput("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"]);
  return macBoot;
}

/**
 * Where process ids mean the same: this host, this boot, this PID namespace. Clones of a machine and containers may
 * share a host name, containers of one machine its boot. Undefined where the system identifies none of that.
 */
export function machineOf(host = hostname(), proc = "/proc") {
  const boot = textOf(join(proc, "sys/kernel/random/boot_id"));
  const namespace = namespaceOf("self", proc);
  if (boot && namespace) return `${host} ${boot} ${namespace}`;
  const session = process.platform === "darwin" && proc === "/proc" ? macBootSession() : "";
  return session ? `${host} ${session}` : undefined;
}

/**
 * This machine, whichever boot. Undefined in a container: many may be made of one image. Then nothing tells an earlier
 * boot of this machine from another machine.
 */
export function installationOf(host = hostname(), proc = "/proc", machineId = "/etc/machine-id") {
  const id = textOf(machineId);
  return id && namespaceOf("self", proc) === ownNamespace ? `${host} ${id}` : undefined;
}

/**
 * When a process started, by a clock of this boot: tells it from a later process with the same id. Empty if it is gone
 * or cannot be seen.
 */
export function startOfProcess(pid) {
  if (process.platform === "darwin") {
    const began = Date.parse(
      `${commandOutput("/bin/ps", ["-o", "lstart=", "-p", String(pid === "self" ? process.pid : pid)])} UTC`,
    );
    return Number.isNaN(began) ? "" : String(began);
  }
  const stat = textOf(`/proc/${pid}/stat`);
  // The process name, in parentheses, may itself hold spaces and parentheses: count the fields after it.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

/** Whether a process of this machine, boot and namespace has ended. `began` distinguishes it from a later one. */
export function hasEnded(pid, began) {
  if (!isAlive(pid)) return true;
  const now = began === undefined ? "" : startOfProcess(pid);
  // A living process that does not show its start may be the one.
  return now !== "" && now !== began;
}

/** Whether an owner is gone without doubt, seen from here. */
export function isGone(owner, here, ended = hasEnded) {
  const { machine, installation, pid, began } = owner;
  if (machine === undefined || here.machine === undefined) return false;
  if (machine === here.machine) return ended(pid, began);
  // The same machine before its last boot.
  return installation !== undefined && installation === here.installation;
}

const short = (text) => (text === undefined ? "0" : createHash("sha256").update(text).digest("hex").slice(0, 10));

/** Names the place of this process in file names. */
export function here() {
  return { machine: short(machineOf()), installation: short(installationOf()) };
}

/**
 * Beginning of the name of what a process owns. It begins with a letter: an older program removes whatever begins with
 * the number of a process that it does not see.
 */
export function ownerPrefix(pid) {
  const { machine, installation } = here();
  return `of-${installation}-${machine}-${pid}-${startOfProcess(pid) || "0"}-`;
}

/** The owner by the name of what it owns; undefined for any other name. */
export function ownerIn(name) {
  const [, installation, machine, pid, began] = /^of-([0-9a-f]+)-([0-9a-f]+)-(\d+)-(\d+)-/.exec(name) ?? [];
  if (pid === undefined) return undefined;
  const known = (text) => (text === "0" ? undefined : text);
  return { installation: known(installation), machine: known(machine), pid: Number(pid), began: known(began) };
}
