import { createInterface } from "node:readline/promises";
import { ConfigError, LockedError } from "../providers/kops/model/errors.ts";
import { isGone, machineOf } from "../providers/kops/runtime/process-identity.mjs";
import { pilotKeysOf } from "../providers/kops/store/keys.ts";
import { describe, lockContent, type LockContent } from "../providers/kops/store/lock-claim.ts";
import { usualLifetime } from "../providers/kops/store/lock.ts";
import { ConflictError } from "../providers/kops/store/object-store.ts";
import type { Shell } from "./base/shell.ts";
import { firstLook, readTarget, shellOf } from "./cluster-command.ts";
import type { StoreTyped } from "./given-identity.ts";

/** What is known of a lock's holder. */
export interface Holder {
  held: LockContent;
  /** Milliseconds since the last renewal, by the clock of the store. */
  age: number | undefined;
  /** This machine. */
  machine: string | undefined;
}

/** Why the holder is certainly alive; undefined if it may be dead. */
export function whyAlive({ held, age, machine }: Holder): string | undefined {
  const here = held.machine !== undefined && held.machine === machine;
  if (isGone({ machine: held.machine, pid: held.pid }, { machine })) return undefined;
  if (here) return `its process ${held.pid} runs on this machine`;
  if (age === undefined || age >= usualLifetime) return undefined;
  return `it renewed the lock ${Math.max(0, Math.round(age / 1000))} seconds ago`;
}

async function ask(cluster: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`Remove this lock? Type the name of the cluster to do so: `)).trim() === cluster;
  } finally {
    terminal.close();
  }
}

/**
 * Shows the holder of a cluster's lock, and removes the lock. The next run takes over the lock of a dead run by itself:
 * this is for a holder that will never end and still renews it, and for those who cannot wait a minute.
 */
export async function unlock(
  typed: StoreTyped<"living", "yes">,
  given: Partial<Shell>,
  confirm: ((cluster: string) => Promise<boolean>) | undefined = process.stdin.isTTY ? ask : undefined,
): Promise<string> {
  const { store, cluster, words, given: identity, repeated } = await readTarget(typed, shellOf(typed, given));
  if (words.length > 0) throw typed.refusal(`it takes one cluster, not ${words.join(" ")} too`);
  const { lock: key } = pilotKeysOf(cluster);
  const object = await firstLook(identity, () => store.get(key));
  if (object === undefined) return `Cluster ${cluster} is not locked.`;
  const held = lockContent.parse(JSON.parse(object.body));
  const { yes = false, living } = typed.options;
  const alive = whyAlive({ held, age: object.age, machine: machineOf() });
  const command = `npx pilot unlock ${store.url} ${cluster} --yes`;
  if (alive !== undefined && living !== String(held.pid))
    throw new ConfigError({
      what: `The lock of ${cluster} is not removed: its holder is alive`,
      why: `${describe(held)}; ${alive}. Two runs at once can damage the cluster`,
      next:
        `wait for that run, or stop it; to stop a roll between two nodes: npx pilot pause ${store.url} ${cluster}. ` +
        `If it is certain that it does not work: ${command} --living ${held.pid}${repeated}`,
    });
  const holder = `Cluster ${cluster} is locked: ${describe(held)}.`;
  if (!yes) {
    if (confirm === undefined) return [holder, "Nothing was changed.", `Next: ${command}${repeated}`].join("\n");
    console.error(holder);
    if (!(await confirm(cluster))) return "The lock was not removed.";
  }
  try {
    await store.delete(key, object.etag);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    throw new LockedError(
      {
        what: `The lock of ${cluster} is not removed`,
        why: "it was renewed, released or taken over in this moment: somebody works on the cluster",
        next: `npx pilot status ${store.url} ${cluster}${repeated}`,
      },
      error,
    );
  }
  return [
    `The lock of ${cluster} is removed. It was held by ${describe(held)}.`,
    "Next: `pulumi up`, which continues what that run left.",
  ].join("\n");
}
