import { elapsed } from "../../providers/kops/model/durations.ts";
import type { HistoryRecord, ReplacedNode } from "../../providers/kops/store/history.ts";
import { at, lastMoment } from "./told.ts";
import type { Told } from "./told.ts";

/** What a part of a bar stands for. */
export type Kind = "step" | "open" | "drain" | "boot" | "validation" | "removal" | "wait";

/** Part of a bar, in milliseconds since the operation began. */
export interface Segment {
  kind: Kind;
  from: number;
  to: number;
  /** In words, without its length. */
  label: string;
}

/** One line of the timeline. */
export interface Row {
  name: string;
  /** Below the name. */
  note: string;
  /** How deep it is inside other rows. */
  depth: number;
  segments: Segment[];
}

/** All lines, on one axis. */
export interface Timeline {
  /** Milliseconds. */
  length: number;
  /** Marks on the axis, in milliseconds. The first is 0. */
  ticks: number[];
  steps: Row[];
  nodes: Row[];
  waits: Row[];
}

const seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];

/** Round marks, four distances at most. */
export function ticksOf(length: number): number[] {
  const step = 1000 * (seconds.find((one) => length / (one * 1000) <= 4) ?? Math.ceil(length / 4000));
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
}

/** Steps in words. A step that is not here, such as one of a newer Pilot, has its name alone. */
const stepNotes: Readonly<Record<string, string>> = {
  Adopted: "compares the cluster with its file",
  ApiServed: "waits for the Kubernetes API",
  Archived: "copies everything to the archive",
  CloudApplied: "applies to AWS",
  ControlPlaneApplied: "applies to AWS, for the control plane first",
  ControlPlaneRolled: "replaces control-plane nodes",
  Deleted: "deletes the cluster",
  GroupsKept: "uncordons groups that stay",
  GroupsLeft: "drains and deletes removed groups",
  ManifestsPutBack: "writes lost manifests back",
  NodesRolled: "replaces nodes",
  Pruned: "deletes what is no longer used",
  SecretsWritten: "writes secrets",
  SpecWritten: "writes the manifests",
  SubnetTagsNoted: "notes the tags of shared subnets",
  TemplatesFollowed: "brings launch templates back in line",
  Validated: "waits until the cluster is valid",
};

/** When the innermost step ends that a moment is in. */
function endOfStep(steps: HistoryRecord["steps"], moment: number, end: number): number {
  const inside = steps.filter(
    ({ begun, ended }) => at(begun) <= moment && (ended === undefined || at(ended) >= moment),
  );
  return Math.min(end, ...inside.flatMap(({ ended }) => (ended === undefined ? [] : [at(ended)])));
}

/** The phases of a node, in real time. */
export function phasesOf(node: ReplacedNode, end: number): Segment[] {
  const [drained, emptied, stopped, notJoined, valid] = (
    ["drained", "emptied", "stopped", "notJoined", "valid"] as const
  ).map((name) => (node[name] === undefined ? undefined : at(node[name])));
  const found: Segment[] = [];
  const add = (kind: Kind, from: number, to: number, label: string): void => {
    if (to > from) found.push({ kind, from, to, label });
  };
  if (drained !== undefined) {
    const over = emptied ?? stopped;
    if (over === undefined) add("open", drained, end, "drain, not finished");
    else add("drain", drained, over, "drain");
  }
  if (emptied !== undefined) add("removal", emptied, stopped ?? end, "removal");
  if (stopped === undefined || node.removed) return found;
  if (valid === undefined) add("open", stopped, end, "boot, no validation seen");
  else if (notJoined === undefined) add("boot", stopped, valid, "boot and validation");
  else {
    add("boot", stopped, notJoined, "boot");
    add("validation", notJoined, valid, "validation");
  }
  return found;
}

/** Segments of one row in words: `drain 12s, boot 1m02s`. */
export function phasesText(segments: readonly Segment[]): string {
  return segments.map(({ label, from, to }) => `${label} ${elapsed(to - from)}`).join(", ");
}

function stepRows({ steps }: HistoryRecord, begun: number, end: number): Row[] {
  return steps.map(({ name, begun: from, ended }, index) => {
    const over = ended === undefined ? end : at(ended);
    const around = steps
      .slice(0, index)
      .filter((one) => one.ended === undefined || (at(one.ended) >= over && at(one.ended) > at(from)));
    const label = ended === undefined ? "not finished" : "took";
    const segment: Segment = {
      ...{ kind: ended === undefined ? "open" : "step", from: at(from) - begun, to: over - begun, label },
    };
    return { name, note: stepNotes[name] ?? "", depth: around.length, segments: [segment] };
  });
}

/** Lays out an operation. */
export function timelineOf(told: Told): Timeline {
  const { record } = told;
  const first = Math.min(at(record.begun), ...record.waits.map((wait) => at(wait.begun)));
  const end = lastMoment(told);
  const moved = (segments: readonly Segment[]): Segment[] =>
    segments.map((one) => ({ ...one, from: one.from - first, to: one.to - first }));
  const nodes = record.nodes.map((node): Row => {
    const { name, group = "", controlPlane, drained, stopped, removed } = node;
    const until = endOfStep(record.steps, at(stopped ?? drained ?? record.begun), end);
    const kind = controlPlane ? "control plane" : removed ? "removed" : "";
    return {
      ...{ name, note: [group, kind].filter((text) => text !== "").join(", "), depth: 0 },
      segments: moved(phasesOf(node, until)),
    };
  });
  const waits = [...new Set(record.waits.map(({ what }) => what))].map((what): Row => {
    const all = record.waits.filter((wait) => wait.what === what);
    return {
      ...{ name: what, note: "", depth: 0 },
      segments: moved(
        all.map(({ begun, ended, reason }) => ({
          ...{ kind: "wait" as const, from: at(begun), to: ended === undefined ? end : at(ended), label: reason },
        })),
      ),
    };
  });
  const length = Math.max(1000, end - first);
  return { length, ticks: ticksOf(length), steps: stepRows(record, first, end), nodes, waits };
}

/** Median milliseconds of each phase of the replaced nodes that have it. */
export function mediansOf(rows: readonly Row[]): { kind: Kind; median: number }[] {
  return (["drain", "boot", "validation"] as const).flatMap((kind) => {
    const lengths = rows
      .flatMap(({ segments }) => segments.filter(({ label }) => label === kind).map(({ from, to }) => to - from))
      .sort((a, b) => a - b);
    const median = lengths[Math.floor(lengths.length / 2)];
    return median === undefined ? [] : [{ kind, median }];
  });
}
