import { z } from "zod";
import { KopsError, messageOf } from "../model/errors.ts";
import { pilotKeysOf } from "./keys.ts";
import type { ObjectStore } from "./object-store.ts";

const pause = z.object({
  /** ISO 8601, UTC. */
  since: z.string(),
  /** Who paused it, as `person@machine`. */
  by: z.string(),
  reason: z.string(),
});

/** A request to replace no further node of a cluster for now. */
export type Pause = z.infer<typeof pause>;

export async function readPause(store: ObjectStore, cluster: string): Promise<Pause | undefined> {
  const { pause: key } = pilotKeysOf(cluster);
  const object = await store.get(key);
  if (!object) return undefined;
  try {
    return pause.parse(JSON.parse(object.body));
  } catch (error) {
    throw new KopsError(
      {
        what: `The pause flag of cluster ${cluster} (${store.url}/${key}) cannot be read`,
        why: messageOf(error),
        next:
          `write it anew with \`${pauseCommand(store, cluster)}\`, or remove it with ` +
          `\`${resumeCommand(store, cluster)}\``,
      },
      error,
    );
  }
}

export async function writePause(store: ObjectStore, cluster: string, value: Pause): Promise<void> {
  await store.put(pilotKeysOf(cluster).pause, JSON.stringify(value, null, 2));
}

/** Removes the request. Returns whether there was one. */
export async function removePause(store: ObjectStore, cluster: string): Promise<boolean> {
  const { pause: key } = pilotKeysOf(cluster);
  const there = (await store.get(key)) !== undefined;
  if (there) await store.delete(key);
  return there;
}

export function pauseText({ since, by, reason }: Pause): string {
  return `paused by ${by} since ${since}${reason ? `: ${reason}` : ""}`;
}

function pauseCommand(store: Pick<ObjectStore, "url">, cluster: string): string {
  return `npx pilot pause ${store.url} ${cluster}`;
}

export function resumeCommand(store: Pick<ObjectStore, "url">, cluster: string): string {
  return `npx pilot resume ${store.url} ${cluster}`;
}

/** How to stop a roll, in one line. It is shown in advance, because Pulumi tells the provider nothing of a Ctrl-C. */
export function stoppingHint(store: Pick<ObjectStore, "url">, cluster: string): string {
  return (
    "press Ctrl-C once to wait for the end, twice to stop kOps now; to pause between two nodes: " +
    `\`${pauseCommand(store, cluster)}\``
  );
}
