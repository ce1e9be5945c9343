import { getInstances, planRoll, rollingUpdate } from "../../kops-cli/flags.ts";
import type { Kops } from "../../kops-cli/kops.ts";
import { followRoll, readRollTable, waitingInstances, watchStopPoints } from "../../kops-cli/output/index.ts";
import { cloudNameOf } from "../../model/cloud-names.ts";
import type { Finding } from "../../model/conditions.ts";
import { CancelledError } from "../../model/errors.ts";
import { chooseGroups, isControlPlane } from "../../model/instance-groups.ts";
import type { Role } from "../../model/instance-groups.ts";
import { openingText, windowAt } from "../../model/maintenance-windows.ts";
import type { OperationContext } from "../../operation/context.ts";
import type { Operation } from "../../operation/operation.ts";
import { reasonToStop } from "../../operation/stops.ts";
import type { Stop } from "../../operation/stops.ts";
import { shortened } from "../../model/shortened.ts";
import { isInUse } from "../../store/lifecycle.ts";

/** A part of the cluster that rolls in one step, and its condition. */
export interface RollPart {
  roles: readonly Role[];
  condition: "ControlPlaneUpToDate" | "NodesUpToDate";
  /** Why other groups wait on, where the options do not say it. */
  leftOut?: { reason: string; why: string } | undefined;
}

/** The part of an operation that a roll uses. */
export type Rolling = Pick<Operation, "journal" | "step" | "found" | "hasFinished" | "assertManifests"> & {
  progressed: boolean;
  readonly context: Pick<OperationContext, "inputs" | "progress" | "store"> & { readonly kops: Pick<Kops, "run"> };
};

const stepOf = (group: string): string => `Rolled ${group}`;

/** How many groups a message names, and how many nodes of each. */
const namesShown = 10;

/** Waiting groups in words, each with the names of its waiting nodes as far as they are known. */
function waitingText(groups: readonly string[], names: ReadonlyMap<string, readonly string[]> = new Map()): string {
  const words = groups.map((group) => {
    const nodes = names.get(group) ?? [];
    return nodes.length === 0 ? group : `${group} (${shortened(nodes, namesShown).join(", ")})`;
  });
  return `${shortened(words, namesShown).join(", ")} ${groups.length === 1 ? "waits" : "wait"} for a roll`;
}

/** How many nodes of each group kOps would replace now. */
async function nodesToReplace(operation: Rolling, roles: readonly Role[]): Promise<Map<string, number>> {
  const { kops, inputs } = operation.context;
  const { cloudOnly = false, force = false } = inputs.rollingUpdate ?? {};
  const report = await kops.run({
    args: planRoll(inputs.name, roles, cloudOnly),
    usesApi: !cloudOnly,
  });
  return new Map(
    readRollTable(report.stdout).map(({ group, needUpdate, ready }) => [group, needUpdate + (force ? ready : 0)]),
  );
}

/**
 * Names of the waiting nodes by group. None with `cloudOnly`: kOps would wait for a Kubernetes API that may be down.
 */
async function namesOfWaiting(operation: Rolling): Promise<Map<string, string[]>> {
  const { kops, inputs } = operation.context;
  const names = new Map<string, string[]>();
  if (inputs.rollingUpdate?.cloudOnly === true) return names;
  const report = await kops.run({ args: getInstances(inputs.name), usesApi: true });
  const groupOf = new Map(
    Object.entries(inputs.instanceGroups).map(([group, spec]) => [cloudNameOf(group, spec, inputs.name), group]),
  );
  for (const { node, autoScalingGroup } of waitingInstances(report.stdout)) {
    const group = groupOf.get(autoScalingGroup);
    if (group !== undefined) names.set(group, [...(names.get(group) ?? []), node]);
  }
  for (const nodes of names.values()) nodes.sort();
  return names;
}

/** The next window, in words, while none is open. A cluster that is not in use yet does not wait. */
function nextWindow(operation: Rolling, now: Date): string | undefined {
  const windows = operation.context.inputs.rollingUpdate?.maintenanceWindows;
  if (!windows || !isInUse(operation.journal)) return undefined;
  const { open, next } = windowAt(windows, now);
  if (open) return undefined;
  return next ? openingText(next) : "none in the next week";
}

/**
 * Rolls one group. Between two nodes it checks whether to stop, and stops only where no node is half done. It never
 * stops inside a control-plane group: nobody may touch its next member before kOps has seen the last one back.
 */
async function rollGroup(
  operation: Rolling,
  group: string,
  follow: (line: string) => void,
  now: () => Date,
): Promise<Stop | undefined> {
  const { kops, inputs } = operation.context;
  const options = inputs.rollingUpdate ?? {};
  await operation.assertManifests();
  const ending = new AbortController();
  const stopPoints = watchStopPoints();
  const mayStop = options.force !== true && !isControlPlane(inputs.instanceGroups[group] ?? {});
  let stop: Stop | undefined;
  const checkStop = async (): Promise<void> => {
    const found = await reasonToStop(operation, now());
    // If kOps went on while the flag was read, the next stop point will do.
    if (!found || !stopPoints.reached()) return;
    stop = found;
    ending.abort();
  };
  let checking = Promise.resolve();
  let failed: { error: unknown } | undefined;
  await kops.run({
    args: rollingUpdate(inputs, group),
    usesApi: options.cloudOnly !== true,
    stop: ending.signal,
    onLine(line) {
      follow(line);
      if (!stopPoints.read(line) || !mayStop) return;
      checking = checking.then(checkStop).catch((error: unknown) => {
        failed = { error };
      });
    },
  });
  await checking;
  if (failed) throw failed.error;
  return stop;
}

/**
 * Replaces the nodes of one part of the cluster that are not up to date, as far as options, maintenance windows, budget
 * and pause allow.
 * @returns the condition of the part
 * @throws CancelledError when budget or pause stop it: the operation stays open, and the next run continues
 *
 * Runs one kOps command for each group. One for all would save seconds, while each node takes minutes; but it could not
 * stop between groups, and kOps would go on to the next group after a failed drain. A part with one group rolls without
 * asking kOps first.
 */
export async function roll(
  operation: Rolling,
  { roles, condition: type, leftOut: otherwise }: RollPart,
  now: () => Date = () => new Date(),
): Promise<Finding> {
  const { inputs, progress } = operation.context;
  const options = inputs.rollingUpdate ?? {};
  const waiting = (reason: string, message: string): Finding => ({ type, status: "False", reason, message });
  const upToDate: Finding = { type, status: "True", reason: "UpToDate", message: "" };

  const manual = options.strategy === "manual";
  const { chosen, excluded } = chooseGroups(inputs.instanceGroups, roles, manual ? { includeGroups: [] } : options);
  if (chosen.length + excluded.length === 0) return upToDate;

  const rollsUnasked =
    chosen.length === 1 &&
    excluded.length === 0 &&
    options.force !== true &&
    nextWindow(operation, now()) === undefined &&
    (await reasonToStop(operation, now())) === undefined;
  const nodes = rollsUnasked ? undefined : await nodesToReplace(operation, roles);
  const waits = (group: string): boolean => nodes === undefined || (nodes.get(group) ?? 0) > 0;
  const leftOut = excluded.filter(waits);
  // With `force` a finished group looks like an unfinished one: after a stop only the journal tells them apart.
  const due = chosen.filter(
    (group) => waits(group) && !(options.force === true && operation.hasFinished(stepOf(group))),
  );
  const whyLeftOut = otherwise?.why ?? (manual ? "rollingUpdate.strategy is manual" : "left out by rollingUpdate");
  const alsoLeftOut = leftOut.length > 0 ? `; ${waitingText(leftOut)}, ${whyLeftOut}` : "";

  const outsideWindow = async (groups: readonly string[], next: string): Promise<Finding> => {
    const message =
      `${waitingText(groups, await namesOfWaiting(operation))}: the next maintenance window is ` +
      `${next}${alsoLeftOut}`;
    progress.say(message);
    return waiting("OutsideWindow", message);
  };
  const stopped = async (
    { reason, why, next }: Stop,
    where: string,
    groups: readonly string[],
  ): Promise<CancelledError> => {
    const message = `${why}; ${waitingText(groups, await namesOfWaiting(operation))}${alsoLeftOut}`;
    operation.found([waiting(reason, message)]);
    return new CancelledError({ what: `The roll of ${inputs.name} stopped ${where}`, why: message, next });
  };

  const whole = nodes && due.reduce((sum, group) => sum + (nodes.get(group) ?? 0), 0);
  const follow = followRoll(progress, inputs.name, whole, () => {
    operation.progressed = true;
  });
  for (const [index, group] of due.entries()) {
    const remaining = due.slice(index);
    const closed = nextWindow(operation, now());
    if (closed !== undefined) return await outsideWindow(remaining, closed);
    const stop = nodes && (await reasonToStop(operation, now()));
    if (stop) throw await stopped(stop, `before instance group ${group}`, remaining);
    await operation.step(stepOf(group), async () => {
      const inside = await rollGroup(operation, group, follow, now);
      if (!inside) return [];
      const left = await nodesToReplace(operation, roles);
      // It was the group's last node. Only kOps's validation is missing, and the next step validates anyway.
      if ((left.get(group) ?? 0) === 0) return [];
      throw await stopped(
        inside,
        `between two nodes of instance group ${group}`,
        remaining.filter((one) => (left.get(one) ?? 0) > 0),
      );
    });
  }
  if (leftOut.length === 0) return upToDate;
  const message = `${waitingText(leftOut, await namesOfWaiting(operation))}: ${whyLeftOut}`;
  progress.say(message);
  return waiting(otherwise?.reason ?? (manual ? "ManualStrategy" : "Excluded"), message);
}
