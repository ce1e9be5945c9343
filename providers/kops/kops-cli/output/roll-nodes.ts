import { readRollLine } from "./rolling-update.ts";

/**
 * Follows which nodes `kops rolling-update` drains or replaces: if the run is killed, they stay cordoned. Returns them
 * as text after a line that changes them. kOps takes nodes in the order of the Auto Scaling group, so the next roll
 * begins with the same ones.
 */
export function followReplacedNodes(): (line: string) => string | undefined {
  const nodes = new Map<string, "draining" | "replacing">();
  return (line) => {
    const event = readRollLine(line);
    if (event?.kind === "drain") nodes.set(event.node, "draining");
    else if (event?.kind === "stop") nodes.set(event.node, "replacing");
    else if (event?.kind === "validated") {
      for (const [node, state] of nodes) if (state === "replacing") nodes.delete(node);
    } else return undefined;
    return [...nodes].map(([node, state]) => `${state} ${node}`).join(", ");
  };
}

/** Tells from kOps's log when a roll can stop between two nodes. */
export interface StopPoints {
  /** Reads a line; true when a stop point begins with it. */
  read(line: string): boolean;
  /** Whether the roll is at a stop point now. */
  reached(): boolean;
}

/**
 * After kOps terminates a node it waits for the interval and validates before it takes the next one
 * (rollingUpdateInstanceGroup in pkg/instancegroups/instancegroups.go). A roll that ends there leaves no node cordoned,
 * and the next roll validates before it touches a node. This holds only if kOps takes one node at a time: with maxSurge
 * or maxUnavailable above 1 the next drain can begin at any moment, so there is no stop point once two nodes were in
 * work.
 */
export function watchStopPoints(): StopPoints {
  const nodes = new Set<string>();
  let severalAtOnce = false;
  let reached = false;
  return {
    read(line) {
      const event = readRollLine(line);
      if (event?.kind === "drain" || event?.kind === "stop") {
        // The drain names the node, the stop the instance and the node: a drained node is not counted twice.
        nodes.add(event.node);
        severalAtOnce ||= nodes.size > 1;
        reached = false;
      }
      if (event?.kind !== "interval") return false;
      nodes.clear();
      reached = !severalAtOnce;
      return reached;
    },
    reached: () => reached,
  };
}
