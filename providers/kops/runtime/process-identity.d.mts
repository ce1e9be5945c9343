/** A process as the owner of a lock, a folder or a file. */
export interface ProcessIdentity {
  /** Where its id is meaningful: one boot of one machine, one PID namespace. */
  readonly machine: string | undefined;
  /** The machine across boots, where that is certain. */
  readonly installation?: string | undefined;
  readonly pid: number;
  /** When it started, on its machine. */
  readonly began?: string | undefined;
}

/** Where a process looks from. */
export type Place = Pick<ProcessIdentity, "machine" | "installation">;

/** The PID namespace of a process. Empty if it cannot be seen. */
export function namespaceOf(pid: number | "self", proc?: string): string;
/** This boot and PID namespace of this host. Undefined where the system identifies none. */
export function machineOf(host?: string, proc?: string): string | undefined;
/** This host across boots. Undefined in a container, and without a machine id. */
export function installationOf(host?: string, proc?: string, machineId?: string): string | undefined;
/** When a process started. Empty if it is gone or cannot be seen. */
export function startOfProcess(pid: number | "self"): string;
/** Whether an owner is gone without doubt, seen from here. `ended`: whether a process of this machine has ended. */
export function isGone(
  owner: ProcessIdentity,
  here: Place,
  ended?: (pid: number, began: string | undefined) => boolean,
): boolean;
/** The place of this process, as file names have it. */
export function here(): Place;
/** Beginning of the name of a file or folder that a process owns. */
export function ownerPrefix(pid: number): string;
/** The owner by the name of what it owns; undefined for any other name. */
export function ownerIn(name: string): ProcessIdentity | undefined;
