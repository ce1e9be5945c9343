import { elapsed } from "../../providers/kops/model/durations.ts";
import type { HistoryRecord } from "../../providers/kops/store/history.ts";
import { perNode } from "../../providers/kops/plan/document/estimate.ts";

/** How long a node took: the time from the first drain to the last validation, by the number of nodes. */
export interface Pace {
  /** Milliseconds. */
  perNode: number;
  /** What it is based on, in words. */
  basis: string;
}

/** Records that are looked at, the newest first. */
const looked = 5;

function paceIn({ nodes }: Pick<HistoryRecord, "nodes">): number | undefined {
  const done = nodes.filter(({ valid }) => valid !== undefined);
  const [first] = done;
  const last = done.at(-1);
  const from = first?.drained ?? first?.stopped;
  if (from === undefined || last?.valid === undefined) return undefined;
  const took = Date.parse(last.valid) - Date.parse(from);
  return took > 0 ? took / done.length : undefined;
}

/** The median of an ordered list of numbers. */
function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** How long a node takes, by the last rolls of this cluster; an assumption, if it has none. Newest record first. */
export function paceOf(records: readonly Pick<HistoryRecord, "nodes">[]): Pace {
  const paces = records.flatMap((record) => paceIn(record) ?? []).slice(0, looked);
  const known = median(paces);
  if (known === undefined)
    return {
      perNode,
      basis: `${elapsed(perNode).replace(/m00s$/, "m")} for each node, assumed: it has not rolled yet`,
    };
  const rolls = paces.length === 1 ? "the last roll" : `the last ${paces.length} rolls`;
  return { perNode: known, basis: `${elapsed(known)} for each node, as in ${rolls}` };
}

/** Seconds until the rest is replaced. `since`: milliseconds since the node under way began. */
export function secondsLeft({ perNode: each }: Pace, nodes: number, since: number | undefined): number {
  if (nodes <= 0) return 0;
  // The node under way takes at least a tenth of its time: a late one must not promise the end at once.
  const current = since === undefined ? each : Math.max(each - since, each / 10);
  return Math.ceil(((nodes - 1) * each + current) / 1000);
}
