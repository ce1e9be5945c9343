import { pauseText, readPause, removePause, resumeCommand, writePause } from "../../providers/kops/store/pause.ts";
import { clusterCommand } from "./cluster-command.ts";
import type { Open } from "./cluster-command.ts";

/** Sets the pause flag of a cluster. A second pause replaces the first. */
export async function pauseCluster(argv: readonly string[], by: string, now: Date, open: Open): Promise<string> {
  const { store, cluster, words, repeated } = await clusterCommand(
    argv,
    "npm run kops:pause -- s3://store cluster [reason]",
    open,
  );
  const before = await readPause(store, cluster);
  const pause = { since: now.toISOString(), by, reason: words.join(" ") };
  await writePause(store, cluster, pause);
  return [
    `Cluster ${cluster} is ${pauseText(pause)}.`,
    ...(before ? [`It was ${pauseText(before)}.`] : []),
    "No roll begins until it is resumed. One that is under way stops after the node in hand where worker nodes " +
      "are replaced one at a time, else after its instance group.",
    `Next: ${resumeCommand(store, cluster)}${repeated}`,
  ].join("\n");
}

/** Takes the pause flag of a cluster away. */
export async function resumeCluster(argv: readonly string[], open: Open): Promise<string> {
  const { store, cluster } = await clusterCommand(argv, "npm run kops:resume -- s3://store cluster", open);
  const there = await removePause(store, cluster);
  return there
    ? `Cluster ${cluster} is no longer paused.\nNext: pulumi up, which continues what was stopped.`
    : `Cluster ${cluster} was not paused.`;
}
