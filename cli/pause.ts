import { pauseText, readPause, removePause, resumeCommand, writePause } from "../providers/kops/store/pause.ts";
import { existingTarget, shellOf } from "./cluster-command.ts";
import type { StoreTyped } from "./given-identity.ts";
import type { Shell } from "./base/shell.ts";

/** Sets the pause flag of a cluster. A second pause replaces the first. */
export async function pauseCluster(typed: StoreTyped, shell: Partial<Shell>): Promise<string> {
  const surroundings = shellOf(typed, shell);
  const { by, now } = surroundings;
  const { store, cluster, words, repeated } = await existingTarget(typed, surroundings);
  const before = await readPause(store, cluster);
  const pause = { since: now.toISOString(), by, reason: words.join(" ") };
  await writePause(store, cluster, pause);
  return [
    `Cluster ${cluster} is ${pauseText(pause)}.`,
    ...(before ? [`It was ${pauseText(before)}.`] : []),
    "No roll begins until it is resumed. A roll under way stops after the current node if it replaces worker nodes " +
      "one at a time, else after the current instance group.",
    `Next: ${resumeCommand(store, cluster)}${repeated}`,
  ].join("\n");
}

/** Removes the pause flag of a cluster. */
export async function resumeCluster(typed: StoreTyped, shell: Partial<Shell>): Promise<string> {
  const { store, cluster } = await existingTarget(typed, shellOf(typed, shell));
  const there = await removePause(store, cluster);
  return there
    ? `Cluster ${cluster} is no longer paused.\nNext: pulumi up, which continues what was stopped.`
    : `Cluster ${cluster} was not paused.`;
}
