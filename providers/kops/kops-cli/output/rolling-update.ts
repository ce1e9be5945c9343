import type { Progress } from "../../runtime/progress.ts";

/** What a line of the log of `kops rolling-update` means. */
export type RollEvent =
  | { kind: "groups"; need: number }
  | { kind: "drain"; node: string }
  /** `node` is the instance id where kOps names no node, as for bastions. */
  | { kind: "stop"; instance: string; node: string; group: string }
  /** A node is gone. kOps takes the next one after the interval, once the cluster is valid. */
  | { kind: "interval" }
  | { kind: "validated" }
  | { kind: "invalid"; reason: string };

const tableRow = /^(\S+)\s+(NeedsUpdate|Ready)\s+(\d+)\s+(\d+)\s+\d+\s+\d+\s+\d+/;

/** Reads one line of `kops rolling-update` (pkg/instancegroups/instancegroups.go). */
export function readRollLine(line: string): RollEvent | undefined {
  const row = tableRow.exec(line);
  if (row) return { kind: "groups", need: Number(row[3]) };
  const drain = /Draining the node: "([^"]+)"/.exec(line);
  if (drain?.[1]) return { kind: "drain", node: drain[1] };
  const stop = /Stopping instance "([^"]+)"(?:, node "([^"]+)")?, in group "([^"]+)"/.exec(line);
  if (stop?.[1] && stop[3]) return { kind: "stop", instance: stop[1], node: stop[2] ?? stop[1], group: stop[3] };
  if (/waiting for \S+ after terminating instance/.test(line)) return { kind: "interval" };
  if (/Cluster validated(\.|;)/.test(line)) return { kind: "validated" };
  const invalid = /Cluster did not (?:pass validation|validate), will retry in "[^"]*": (.*)$/.exec(line);
  if (invalid?.[1]) return { kind: "invalid", reason: invalid[1] };
  return undefined;
}

/** A row of the first table of `kops rolling-update`. */
export interface RollRow {
  group: string;
  needUpdate: number;
  ready: number;
}

/** Reads how many nodes of each group wait for a roll. With `--cloudonly` the table has no column of nodes. */
export function readRollTable(text: string): RollRow[] {
  return text.split("\n").flatMap((line) => {
    const row = tableRow.exec(line);
    return row?.[1] ? [{ group: row[1], needUpdate: Number(row[3]), ready: Number(row[4]) }] : [];
  });
}

/** What a roll waits for between two nodes. */
const validity = "the cluster to be valid";

/**
 * Reports a rolling update: one line per transition, with the node and its place in the whole. The whole is given where
 * several commands roll it; else kOps's table tells it.
 */
export function followRoll(
  progress: Progress,
  cluster: string,
  whole?: number,
  replaced?: () => void,
): (line: string) => void {
  let total = whole ?? 0;
  let stopped = 0;
  return (line) => {
    const event = readRollLine(line);
    switch (event?.kind) {
      case "groups":
        if (whole === undefined) total += event.need;
        return;
      case "drain":
        progress.say(`rolling ${stopped + 1}/${total} draining ${event.node}`);
        return;
      case "stop":
        stopped += 1;
        replaced?.();
        progress.say(
          `rolling ${event.group.replace(`.${cluster}`, "")} ${stopped}/${total} replacing ${event.instance}`,
        );
        return;
      case "validated":
        progress.waits?.(validity);
        if (stopped > 0) progress.say(`rolling ${stopped}/${total} cluster is valid`);
        return;
      case "invalid":
        progress.waits?.(validity, event.reason);
        progress.say(`rolling ${stopped}/${total} waits: ${event.reason}`);
        return;
      case "interval":
      case undefined:
    }
  };
}
