import { readRollLine } from "./rolling-update.ts";

/** Tells from kOps's log when a roll may be stopped without leaving a node half done. */
export interface UnvalidatedWatch {
  /** Reads a line; true when it begins a rest. */
  read(line: string): boolean;
  /** Whether no node is in hand now. */
  resting(): boolean;
}

/**
 * After it has terminated a node, kOps waits for the interval and validates before it takes the next
 * (rollingUpdateInstanceGroup in pkg/instancegroups/instancegroups.go): ended there, it leaves no node cordoned, and
 * the next roll validates before it touches anything. Only where nodes are taken one at a time: with more at once
 * (maxSurge or maxUnavailable above 1) the next drain may begin at any moment, so there is no rest once two were seen
 * in hand.
 */
export function watchUnvalidated(): UnvalidatedWatch {
  const inHand = new Set<string>();
  let severalAtOnce = false;
  let resting = false;
  return {
    read(line) {
      const event = readRollLine(line);
      if (event?.kind === "drain" || event?.kind === "stop") {
        // The drain names the node, the stop the instance and the node: a drained node is not counted twice.
        inHand.add(event.node);
        severalAtOnce ||= inHand.size > 1;
        resting = false;
      }
      if (event?.kind !== "rest") return false;
      inHand.clear();
      resting = !severalAtOnce;
      return resting;
    },
    resting: () => resting,
  };
}
