import { conditionTypes } from "../../providers/kops/model/conditions.ts";
import { elapsed } from "../../providers/kops/model/durations.ts";
import { pauseText } from "../../providers/kops/store/pause.ts";
import { ago } from "./compose.ts";
import type { ClusterStatus, LockStatus, OperationStatus } from "./document.ts";
import { stepText } from "./operation.ts";
import type { Look } from "../../providers/kops/runtime/terminal.ts";
import { paint, table, wrap } from "./style.ts";

const colours = {
  ready: "green",
  running: "cyan",
  waiting: "yellow",
  stopped: "yellow",
  failed: "red",
  killed: "red",
  unmanaged: "dim",
} as const satisfies Record<ClusterStatus["state"], string>;

/** `Ready`, or the state that keeps it from being ready. */
const stateText = (state: ClusterStatus["state"], look: Look): string => paint(look, colours[state], state);

export function lockText({ operation, owner, host, pid, since, renewed, alive }: LockStatus, now: Date): string {
  const pulse = {
    yes: `alive: renewed ${renewed ?? 0}s ago`,
    no: "dead: the next run takes the lock over",
    unknown: "whether it is alive is not known",
  };
  const held = `held by ${operation} of ${owner} on ${host} (process ${pid}) since ${since}, ${ago(since, now)}`;
  return `${held}; ${pulse[alive]}`;
}

/** `1.33.7 -> 1.34.3` while a version is on its way. */
function versionText({ desired, applied, server }: ClusterStatus["kubernetes"]): string {
  const text =
    applied !== undefined && desired !== applied ? `${applied} -> ${desired ?? "?"}` : (desired ?? "not known");
  return server !== undefined && server !== desired ? `${text} (API server ${server})` : text;
}

function labelled(label: string, text: string, look: Look): string[] {
  const [first = "", ...more] = wrap(`${label.padEnd(12)}${text}`, look.width, 12);
  return [`${paint(look, "bold", first.slice(0, 12))}${first.slice(12)}`, ...more];
}

function operationLines(operation: OperationStatus, look: Look, now: Date): string[] {
  const { verb, begun, by, step, stepBegun, done, total, secondsLeft, basis, nodes, last, error } = operation;
  const at =
    step === undefined ? "" : `${stepText(step)}${stepBegun === undefined ? "" : `, begun ${ago(stepBegun, now)}`}`;
  const under = nodes.filter(({ phase }) => phase !== "done");
  const left = secondsLeft === undefined ? "" : `; about ${elapsed(secondsLeft * 1000)} left, at ${basis ?? ""}`;
  return [
    ...labelled(
      "operation",
      `${verb} ${operation.state}${by === undefined ? "" : ` by ${by}`}, begun ${ago(begun, now)}`,
      look,
    ),
    ...(at === "" ? [] : labelled("step", at, look)),
    ...(total === undefined || total === 0 ? [] : labelled("roll", `${done} of ${total} nodes replaced${left}`, look)),
    ...under.flatMap(({ name, group, phase, since }) =>
      labelled(
        "",
        `${phase} ${name}${group === undefined ? "" : ` of ${group}`}, for ${elapsed(Math.max(0, now.getTime() - Date.parse(since)))}`,
        look,
      ),
    ),
    ...(last === undefined ? [] : labelled("last line", `${last.text} (${ago(last.at, now)})`, look)),
    ...(error === undefined ? [] : labelled("error", error.replaceAll(/\s+/g, " "), look)),
  ];
}

const range = ({ min, max }: { min?: number | undefined; max?: number | undefined }): string =>
  min === undefined && max === undefined ? "-" : min === max ? `${min ?? "?"}` : `${min ?? "?"}-${max ?? "?"}`;

const orDash = (value: number | undefined): string => (value === undefined ? "-" : String(value));

function groupLines({ groups }: ClusterStatus, look: Look): string[] {
  const rows = Object.entries(groups).map(([name, { role, machineType = "", desired, cloud, ready, waiting }]) => [
    name,
    range(desired),
    orDash(cloud?.desired),
    orDash(cloud?.instances),
    orDash(ready),
    orDash(waiting?.length),
    role,
    machineType,
  ]);
  if (rows.length === 0) return [];
  const [head = "", ...body] = table(
    [["GROUP", "SIZE", "WANT", "HAVE", "READY", "ROLL", "ROLE", "MACHINE"], ...rows],
    look,
  );
  return ["", paint(look, "bold", head), ...body];
}

function nodeLines({ nodes }: ClusterStatus, look: Look): string[] {
  if (nodes === undefined || nodes.length === 0) return [];
  const rows = nodes.map(({ name, group, version, ready, cordoned }) => [
    name,
    group,
    version,
    `${ready ? "ready" : "not ready"}${cordoned ? ", cordoned" : ""}`,
  ]);
  const [head = "", ...body] = table([["NODE", "GROUP", "VERSION", "STATE"], ...rows], look);
  return ["", paint(look, "bold", head), ...body];
}

function historyLines({ history }: ClusterStatus, look: Look, now: Date): string[] {
  if (history.length === 0) return [];
  const rows = history.map(({ verb, begun, ended, result, by, nodes }) => [
    begun.replace(/\.\d+Z$/, "Z"),
    verb,
    result,
    elapsed(Math.max(0, (ended === undefined ? now : new Date(ended)).getTime() - Date.parse(begun))),
    `${nodes} ${nodes === 1 ? "node" : "nodes"}`,
    by,
  ]);
  const [head = "", ...body] = table([["BEGUN", "WHAT", "RESULT", "TOOK", "ROLLED", "BY"], ...rows], look);
  return ["", paint(look, "bold", head), ...body];
}

/** The command that leads on; none for a cluster that is ready or at work. */
export function nextText({ state, pause, name, lock }: ClusterStatus, store: string): string | undefined {
  if (pause) return `npx pilot resume ${store} ${name}, then pulumi up`;
  switch (state) {
    case "running":
      return `npx pilot status ${store} ${name} --watch`;
    case "waiting":
      return "pulumi preview shows what waits; pulumi up does it";
    case "stopped":
    case "failed":
    case "killed":
      return `pulumi up (of a deletion: pulumi destroy) continues it${lock?.alive === "yes" ? ", once the lock is free" : ""}`;
    default:
      return undefined;
  }
}

/** A cluster in full, for people. */
export function statusLines(cluster: ClusterStatus, store: string, look: Look, now: Date): string[] {
  const { name, owner, state, why, conditions, lock, operation, pause, windows, kubernetes, kops, drift, notAsked } =
    cluster;
  const open = conditions.filter(({ type, status }) => type !== "Ready" && status !== "True");
  const next = nextText(cluster, store);
  const window = windows && [windows.open && `open now: ${windows.open}`, windows.next && `next: ${windows.next}`];
  return [
    ...wrap(`${paint(look, "bold", name)}  ${stateText(state, look)}`, look.width),
    ...(operation || why === "" ? [] : labelled("why", why, look)),
    ...(owner === undefined ? [] : labelled("stack", owner, look)),
    ...labelled("kubernetes", versionText(kubernetes), look),
    ...labelled("kops", versionText(kops), look),
    ...open.flatMap(({ type, status, reason, message, since }) =>
      labelled("condition", `${type} ${status}: ${reason}${message ? `: ${message}` : ""} (${ago(since, now)})`, look),
    ),
    ...(open.length === 0 && conditions.length > 0
      ? labelled("conditions", `all ${conditionTypes.length} true`, look)
      : []),
    ...(operation ? operationLines(operation, look, now) : []),
    ...(lock ? labelled("lock", lockText(lock, now), look) : []),
    ...(pause ? labelled("pause", pauseText(pause), look) : []),
    ...(window ? labelled("windows", window.filter(Boolean).join("; ") || "none in the next week", look) : []),
    ...groupLines(cluster, look),
    ...nodeLines(cluster, look),
    ...historyLines(cluster, look, now),
    ...(drift === undefined
      ? []
      : [
          "",
          ...(drift.length === 0
            ? labelled("drift", "none", look)
            : drift.flatMap((line) => labelled("drift", line, look))),
        ]),
    ...(notAsked.length === 0 ? [] : [""]),
    ...notAsked.flatMap(({ what, why: reason }) => labelled("not asked", `${what}: ${reason}`, look)),
    ...(next === undefined ? [] : ["", ...wrap(`Next: ${next}`, look.width)]),
  ];
}

/** One line for each cluster. */
export function overviewLines(clusters: readonly ClusterStatus[], look: Look): string[] {
  const rows = clusters.map(({ name, state, kubernetes, lock, why }) => [
    name,
    state,
    versionText(kubernetes),
    lock === undefined ? "" : lock.alive === "no" ? "locked (dead)" : "locked",
    why,
  ]);
  const [head = "", ...body] = table([["CLUSTER", "STATE", "KUBERNETES", "LOCK", "WHY"], ...rows], look);
  // Colours come last: the table cuts by width.
  const at = Math.max("CLUSTER".length, ...clusters.map(({ name }) => name.length)) + 2;
  return [
    paint(look, "bold", head),
    ...body.map((line, index) => {
      const { state = "ready" } = clusters[index] ?? {};
      return `${line.slice(0, at)}${paint(look, colours[state], line.slice(at, at + state.length))}${line.slice(at + state.length)}`;
    }),
  ];
}
