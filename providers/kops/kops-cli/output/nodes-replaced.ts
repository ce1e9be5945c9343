import { readRollLine } from "./rolling-update.ts";

/**
 * Follows, by the lines of `kops rolling-update`, which nodes it has in hand: a run that is stopped or killed leaves
 * them cordoned. Gives them in words after a line that changes them. kOps takes nodes in the order of the Auto Scaling
 * group, so those in hand are also those that the next roll begins with.
 */
export function followReplacedNodes(): (line: string) => string | undefined {
  const inHand = new Map<string, "draining" | "replacing">();
  return (line) => {
    const event = readRollLine(line);
    if (event?.kind === "drain") inHand.set(event.node, "draining");
    else if (event?.kind === "stop") inHand.set(event.node, "replacing");
    else if (event?.kind === "validated") {
      for (const [node, state] of inHand) if (state === "replacing") inHand.delete(node);
    } else return undefined;
    return [...inHand].map(([node, state]) => `${state} ${node}`).join(", ");
  };
}
