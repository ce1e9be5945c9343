import { isGone } from "../../providers/kops/runtime/process-identity.mjs";
import { elapsed } from "../../providers/kops/model/durations.ts";
import type { HistoryRecord, ReplacedNode } from "../../providers/kops/store/history.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import type { LockContent } from "../../providers/kops/store/lock-claim.ts";
import { usualLifetime } from "../../providers/kops/store/lock.ts";
import type { LockStatus, OperationStatus } from "./document.ts";
import { paceOf, secondsLeft } from "./time-left.ts";

/** The holder of a lock, and whether it seems alive. `age`: milliseconds since the last renewal, by the store. */
export function lockStatus(held: LockContent, age: number | undefined, machine: string | undefined): LockStatus {
  const { operation, owner, host, pid, since } = held;
  const gone = isGone({ machine: held.machine, pid }, { machine });
  const alive = gone || (age !== undefined && age >= usualLifetime) ? "no" : age === undefined ? "unknown" : "yes";
  return {
    ...{ operation, owner, host, pid, since, alive },
    ...(age !== undefined && { renewed: Math.max(0, Math.round(age / 1000)) }),
  };
}

/** A node of a roll, and since when it is in its phase. */
export function phaseOf(node: ReplacedNode, ofOperation: string): OperationStatus["nodes"][number] {
  const { name, group, drained, stopped, notJoined, valid } = node;
  const begun = drained ?? stopped ?? ofOperation;
  const of = { name, begun, ...(group !== undefined && { group }) };
  if (valid !== undefined) return { ...of, phase: "done", since: valid };
  if (stopped === undefined) return { ...of, phase: "draining", since: begun };
  return { ...of, phase: notJoined === undefined ? "replacing" : "joining", since: stopped };
}

/** Groups as people name them: kOps names a group of a roll in full. */
const shortGroup = (group: string | undefined, cluster: string): string | undefined =>
  group?.replace(`.${cluster}`, "");

/** What an operation is looked at with. */
export interface OperationFacts {
  journal: Pick<Journal, "cluster" | "operation">;
  /** Its record, if there is one. */
  record: HistoryRecord | undefined;
  /** Earlier records, newest first. */
  earlier: readonly HistoryRecord[];
  lock: LockStatus | undefined;
  /** Instances that wait for a roll; undefined where AWS was not asked. */
  waiting: readonly string[] | undefined;
  now: Date;
}

function stateOf(
  { operation }: OperationFacts["journal"],
  lock: LockStatus | undefined,
  record: HistoryRecord | undefined,
): OperationStatus["state"] {
  const held = lock !== undefined && lock.alive !== "no" && ["create", "update", "delete"].includes(lock.operation);
  if (held && record?.ended === undefined) return "running";
  if (record?.result === "stopped") return "stopped";
  return operation?.error !== undefined || record?.result === "failed" ? "failed" : "killed";
}

/** Instances that are replaced in this operation, done or not: a waiting one may be under way already. */
function totalOf(nodes: readonly ReplacedNode[], waiting: readonly string[]): number {
  const ids = new Set(nodes.flatMap(({ name, instance }) => [name, ...(instance === undefined ? [] : [instance])]));
  return nodes.length + waiting.filter((id) => !ids.has(id)).length;
}

/** The unfinished operation of a cluster. Undefined when the last one succeeded. */
export function operationStatus(facts: OperationFacts): OperationStatus | undefined {
  const { journal, record, earlier, lock, waiting, now } = facts;
  const { operation, cluster } = journal;
  if (!operation) return undefined;
  const { id, verb, begun } = operation;
  const state = stateOf(journal, lock, record);
  const replaced = record?.nodes ?? [];
  const nodes = replaced
    .map((node) => phaseOf(node, record?.begun ?? begun))
    .map((node) => ({ ...node, ...(node.group !== undefined && { group: shortGroup(node.group, cluster) }) }));
  const done = nodes.filter(({ phase }) => phase === "done").length;
  const open = operation.steps.findLast(({ ended }) => ended === undefined) ?? operation.steps.at(-1);
  const total = waiting === undefined ? undefined : totalOf(replaced, waiting);
  const current = nodes.find(({ phase }) => phase !== "done");
  const pace = paceOf([...(record ? [record] : []), ...earlier]);
  const started = replaced.find(({ valid }) => valid === undefined);
  const since = started?.drained ?? started?.stopped;
  const rolls = state === "running" && total !== undefined && total > done;
  const last = record?.events.at(-1);
  const error = operation.error ?? record?.error;
  return {
    ...{ id, verb, begun, state, nodes, done },
    ...(record && { by: record.by.person }),
    ...(open && { step: open.name, stepBegun: open.begun }),
    steps: record?.steps ?? operation.steps.map(({ name, begun: from, ended }) => ({ name, begun: from, ended })),
    ...(total !== undefined && { total }),
    ...(rolls && {
      secondsLeft: secondsLeft(
        pace,
        total - done,
        current && since !== undefined ? now.getTime() - Date.parse(since) : undefined,
      ),
      basis: pace.basis,
    }),
    ...(last && { last }),
    ...(error !== undefined && { error }),
  };
}

/** What a step does, for people. */
const stepTexts: Readonly<Record<string, string>> = {
  SpecWritten: "writing the manifests",
  SecretsWritten: "writing secrets",
  CloudApplied: "applying to AWS",
  ControlPlaneApplied: "applying the control plane",
  ControlPlaneRolled: "rolling the control plane",
  NodesRolled: "rolling nodes",
  ApiServed: "waiting for the API",
  GroupsLeft: "removing groups",
  Pruned: "pruning",
  Validated: "validating",
  Archived: "archiving",
  Deleted: "deleting",
};

/** `rolling nodes (NodesRolled)`. */
export function stepText(step: string): string {
  const group = /^Rolled (.+)$/.exec(step)?.[1];
  const text = group === undefined ? stepTexts[step] : `rolling ${group}`;
  return text === undefined || group !== undefined ? (text ?? step) : `${text} (${step})`;
}

/** An unfinished operation in one line. */
export function operationText(operation: OperationStatus, now: Date): string {
  const { verb, state, step, done, total, nodes } = operation;
  const under = nodes.filter(({ phase }) => phase !== "done").map(({ name, phase }) => `${phase} ${name}`);
  const progress = total !== undefined && total > 0 ? `${done} of ${total} nodes replaced` : "";
  const left = operation.secondsLeft === undefined ? "" : `about ${elapsed(operation.secondsLeft * 1000)} left`;
  const at = step === undefined ? "(before its first step)" : `(${stepText(step)})`;
  const since = `for ${elapsed(Math.max(0, now.getTime() - Date.parse(operation.begun)))}`;
  const head = {
    running: `${verb} runs ${since}`,
    stopped: `${verb} stopped`,
    failed: `${verb} failed`,
    killed: `${verb} was killed`,
  };
  return [`${head[state]} ${at}`, progress, ...under, left].filter(Boolean).join(", ");
}
