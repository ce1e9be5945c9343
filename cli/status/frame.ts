import { elapsed } from "../../providers/kops/model/durations.ts";
import { pauseText } from "../../providers/kops/store/pause.ts";
import type { ClusterStatus, OperationStatus } from "./document.ts";
import { lockText } from "./lines.ts";
import { stepText } from "./operation.ts";
import { cut, type Look } from "../../providers/kops/runtime/terminal.ts";
import { paint, wrap } from "./style.ts";

/** Nodes that a frame shows of those that are done, and of those to come. */
const shown = 3;

/** A bar of the progress: whole cells, so that it never looks further than it is. */
export function bar(done: number, total: number, cells: number): string {
  const full = total <= 0 ? 0 : Math.floor((Math.min(done, total) / total) * cells);
  return `${"█".repeat(full)}${"░".repeat(Math.max(0, cells - full))}`;
}

const since = (time: string, now: Date): string => elapsed(Math.max(0, now.getTime() - Date.parse(time)));

const phases = {
  draining: "draining",
  replacing: "replacing",
  joining: "replaced, its successor has not joined",
  done: "replaced in",
} as const satisfies Record<OperationStatus["nodes"][number]["phase"], string>;

function nodeLine(
  { name, group = "", phase, begun, since: from }: OperationStatus["nodes"][number],
  now: Date,
): string {
  const took = phase === "done" ? elapsed(Date.parse(from) - Date.parse(begun)) : since(from, now);
  return `${phase === "done" ? "+" : ">"} ${name}${group === "" ? "" : ` of ${group}`}: ${phases[phase]} ${took}`;
}

function nodeLines({ nodes }: OperationStatus, waiting: readonly string[], look: Look, now: Date): string[] {
  const done = nodes.filter(({ phase }) => phase === "done");
  const under = nodes.filter(({ phase }) => phase !== "done");
  const known = new Set(nodes.map(({ name }) => name));
  const next = waiting.filter((id) => !known.has(id));
  const line = (text: string): string => cut(`  ${text}`, look.width);
  return [
    ...(done.length > shown ? [paint(look, "dim", line(`  ${done.length - shown} more are replaced`))] : []),
    ...done.slice(-shown).map((node) => paint(look, "green", line(nodeLine(node, now)))),
    ...under.map((node) => paint(look, "cyan", line(nodeLine(node, now)))),
    ...next.slice(0, shown).map((id) => paint(look, "dim", line(`- ${id}: waits for its turn`))),
    ...(next.length > shown ? [paint(look, "dim", line(`  ${next.length - shown} more wait for their turn`))] : []),
  ];
}

function progressLines({ done, total, secondsLeft }: OperationStatus, look: Look): string[] {
  if (total === undefined || total === 0) return [];
  const text = ` ${done}/${total} nodes${secondsLeft === undefined ? "" : `, about ${elapsed(secondsLeft * 1000)} left`}`;
  const cells = Math.max(5, Math.min(40, (look.width ?? 80) - text.length - 2));
  return [cut(`  ${paint({ ...look, colour: false }, "cyan", bar(done, total, cells))}${text}`, look.width)];
}

/** A live view of one cluster: a pure function of its state, the time and the terminal. */
export function frame(cluster: ClusterStatus, look: Look, now: Date, note = ""): string[] {
  const { name, operation, pause, lock, groups, state, why, windows } = cluster;
  const head = (text: string): string => paint(look, "bold", cut(text, look.width));
  const waiting = Object.values(groups).flatMap(({ waiting: ids = [] }) => ids);
  const end = [
    ...(pause ? wrap(`paused: ${pauseText(pause)}`, look.width, 2).map((line) => paint(look, "yellow", line)) : []),
    ...(note === "" ? [] : wrap(note, look.width, 2).map((line) => paint(look, "yellow", line))),
  ];
  if (operation?.state !== "running") {
    const idle = why === "" ? `${name}: ${state}` : `${name}: ${state}; ${why}`;
    return [
      ...wrap(idle, look.width, 2).map((line, index) => (index === 0 ? paint(look, "bold", line) : line)),
      ...end,
    ];
  }
  const { verb, by, begun, step, stepBegun, steps, last } = operation;
  const done = steps.filter(({ ended }) => ended !== undefined);
  return [
    head(`${name}: ${verb}${by === undefined ? "" : ` by ${by}`}, ${since(begun, now)}`),
    ...(done.length === 0
      ? []
      : wrap(
          `  done: ${done.map(({ name: one, begun: from, ended = from }) => `${one} ${elapsed(Date.parse(ended) - Date.parse(from))}`).join(", ")}`,
          look.width,
          8,
        ).map((line) => paint(look, "dim", line))),
    ...(step === undefined ? [] : [cut(`  ${stepText(step)}, ${since(stepBegun ?? begun, now)}`, look.width)]),
    ...progressLines(operation, look),
    ...nodeLines(operation, waiting, look, now),
    ...(last === undefined ? [] : wrap(`  ${last.text}`, look.width, 4)),
    ...(lock?.alive === "no"
      ? wrap(`lock ${lockText(lock, now)}`, look.width, 2).map((line) => paint(look, "red", line))
      : []),
    ...(windows?.open === undefined && windows?.next !== undefined
      ? wrap(`  next window: ${windows.next}`, look.width, 4)
      : []),
    ...end,
  ];
}

/** What is new since the last look, a line each: for logs and pipelines. */
export function transitions(before: ClusterStatus | undefined, after: ClusterStatus): string[] {
  const was = before?.operation;
  const is = after.operation;
  const lines: string[] = [];
  const same = was?.id === is?.id;
  if (is && !same) lines.push(`${is.verb} ${is.state}${is.by === undefined ? "" : ` by ${is.by}`}, begun ${is.begun}`);
  if (is && is.step !== undefined && (!same || was?.step !== is.step)) lines.push(stepText(is.step));
  const knownAs = new Map(same ? was?.nodes.map((node) => [node.name, node.phase]) : []);
  for (const node of is?.nodes ?? []) {
    if (knownAs.get(node.name) === node.phase) continue;
    const { name, group, phase, begun, since: from } = node;
    const took = phase === "done" ? ` ${elapsed(Date.parse(from) - Date.parse(begun))}` : "";
    const place = is?.total === undefined ? "" : ` (${is.done}/${is.total})`;
    lines.push(`${name}${group === undefined ? "" : ` of ${group}`}: ${phases[phase]}${took}${place}`);
  }
  const reason = is?.last?.text;
  if (reason !== undefined && /\bwaits?\b|\bstill\b|warning/.test(reason) && reason !== was?.last?.text)
    lines.push(reason);
  if (after.pause && !before?.pause) lines.push(pauseText(after.pause));
  if (before?.pause && !after.pause) lines.push("no longer paused");
  if (same && is && was && is.state !== was.state)
    lines.push(`${is.verb} ${is.state}${is.error === undefined ? "" : `: ${is.error}`}`);
  if (was && !same) {
    const ended = after.history.find(({ begun }) => begun === was.begun);
    lines.unshift(`${was.verb} ${ended?.result ?? "ended"}${ended?.ended === undefined ? "" : ` at ${ended.ended}`}`);
  }
  return lines;
}
