import type { Progress } from "../../runtime/progress.ts";

/** What a line of kOps's log means to a person who waits. */
export type RollEvent =
  | { kind: "groups"; need: number }
  | { kind: "drain"; node: string }
  /** `node` is the instance where kOps names none, as for bastions. */
  | { kind: "stop"; instance: string; node: string; group: string }
  /** A node is gone, and the next is not begun before the interval is over and the cluster valid. */
  | { kind: "rest" }
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
  if (/waiting for \S+ after terminating instance/.test(line)) return { kind: "rest" };
  if (/Cluster validated(\.|;)/.test(line)) return { kind: "validated" };
  const invalid = /Cluster did not (?:pass validation|validate), will retry in "[^"]*": (.*)$/.exec(line);
  if (invalid?.[1]) return { kind: "invalid", reason: invalid[1] };
  return undefined;
}

/** A row of the table that `kops rolling-update` begins with. */
export interface RollRow {
  group: string;
  needUpdate: number;
  ready: number;
}

/**
 * The table of `kops rolling-update`: how many nodes of each group wait. (With `--cloudonly` it has no column of
 * nodes.)
 */
export function readRollTable(text: string): RollRow[] {
  return text.split("\n").flatMap((line) => {
    const row = tableRow.exec(line);
    return row?.[1] ? [{ group: row[1], needUpdate: Number(row[3]), ready: Number(row[4]) }] : [];
  });
}

/**
 * Follows a rolling update: one line per transition, with the node and its place in the whole. The whole is what kOps's
 * table says, unless it is known beforehand because several commands make it up.
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
        if (stopped > 0) progress.say(`rolling ${stopped}/${total} cluster is valid`);
        return;
      case "invalid":
        progress.say(`rolling ${stopped}/${total} waits: ${event.reason}`);
        return;
      case "rest":
      case undefined:
    }
  };
}

/** Follows an apply: kOps retries a task that fails for minutes; its reason must be seen. Each reason once. */
export function followApply(progress: Progress): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    const retry = /error running task "([^"]+)" \(([^)]*) remaining to succeed\): (.*)$/.exec(line);
    if (!retry) return;
    const text = `kOps retries ${retry[1] ?? ""}: ${retry[3] ?? ""}`;
    if (said.has(text)) return;
    said.add(text);
    progress.say(text);
  };
}
