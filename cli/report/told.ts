import { elapsed } from "../../providers/kops/model/durations.ts";
import type { HistoryRecord } from "../../providers/kops/store/history.ts";
import type { Outcome } from "../../providers/kops/store/outcome.ts";

/** An operation as a reader tells it. */
export interface Told {
  /** Name of its record. */
  name: string;
  record: HistoryRecord;
  outcome: Outcome;
  /** When it was read: until then an operation runs that has not ended. */
  now: Date;
}

/** Result of an operation, for people. */
export const resultText: Readonly<Record<Outcome, string>> = {
  succeeded: "succeeded",
  failed: "failed",
  stopped: "stopped",
  interrupted: "interrupted",
  running: "running",
};

/** Milliseconds of a recorded time. */
export const at = (time: string): number => Date.parse(time);

/** The last moment that a record tells of: the end, if there is one. */
export function lastMoment({ record, outcome, now }: Told): number {
  const { begun, ended, steps, nodes, waits, events } = record;
  if (ended !== undefined) return at(ended);
  if (outcome === "running") return now.getTime();
  const times = [
    ...steps.flatMap((step) => [step.begun, step.ended]),
    ...nodes.flatMap(({ drained, emptied, stopped, notJoined, valid }) => [
      ...[drained, emptied, stopped, notJoined, valid],
    ]),
    ...waits.flatMap((wait) => [wait.begun, wait.ended]),
    ...events.map((event) => event.at),
  ];
  return Math.max(at(begun), ...times.filter((time) => time !== undefined).map(at));
}

/** How long an operation took, or has taken. */
export function durationOf(told: Told): string {
  return elapsed(Math.max(0, lastMoment(told) - at(told.record.begun)));
}

/** Minutes are enough for people: `2026-11-30 12:00`, UTC. */
export function minuteOf(time: string): string {
  return new Date(time).toISOString().slice(0, 16).replace("T", " ");
}

/** Number of a pull request, by its address; the address itself if it has none. */
export function pullText(pull: string): string {
  const number = /\/(\d+)\/?$/.exec(pull)?.[1];
  return number === undefined ? pull : `#${number}`;
}

/** Who ran an operation: the actor of a pipeline, else the person. */
export function whoText({ actor, person, pull }: HistoryRecord["by"]): string {
  return `${actor ?? person}${pull === undefined ? "" : ` (${pullText(pull)})`}`;
}

/** One change of the spec. */
export interface Change {
  path: string;
  from: string;
  to: string;
}

/** Takes `path: old -> new` apart. A line of another form is all path. */
export function changeOf(line: string): Change {
  const parts = /^([^\s:]+(?:\[\d+\])?): (.*?) -> (.*)$/s.exec(line);
  return parts ? { path: parts[1] ?? "", from: parts[2] ?? "", to: parts[3] ?? "" } : { path: line, from: "", to: "" };
}

/** Longest text of a change in a table. */
const longest = 44;

const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);

function oneChange(line: string): string {
  const { path, from, to } = changeOf(line);
  const short = path.replace(/^(cluster|instanceGroups)\./, "");
  if (from === "" && to === "") return short;
  if (from === "nothing") return `${short} added`;
  if (to === "nothing") return `${short} removed`;
  return `${short} ${from} → ${to}`;
}

/** What an operation changed, in a few words. */
export function changedText({ verb, changes, continues, command }: HistoryRecord): string {
  if (command !== undefined) return cut(command);
  if (verb === "delete") return "the whole cluster";
  if (changes === "first") return continues === undefined ? "new cluster" : "new cluster, continued";
  const [first, ...more] = changes;
  if (first === undefined) return continues === undefined ? "no change of the spec" : "continued";
  return cut(oneChange(first)) + (more.length > 0 ? `, ${more.length} more` : "");
}
