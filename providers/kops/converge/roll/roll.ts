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

/** A part of the cluster that is rolled at one time, and the condition that speaks of it. */
export interface RollPart {
  roles: readonly Role[];
  condition: "ControlPlaneUpToDate" | "NodesUpToDate";
}

/** What a roll needs of an operation. */
export type Rolling = Pick<Operation, "journal" | "step" | "found" | "hasFinished" | "assertManifests"> & {
  progressed: boolean;
  readonly context: Pick<OperationContext, "inputs" | "progress" | "store"> & { readonly kops: Pick<Kops, "run"> };
};

const stepOf = (group: string): string => `Rolled ${group}`;

/** How many names of nodes a message has for each group. */
const namesShown = 10;

/** Groups that wait, each with its waiting nodes as far as they are known. */
function list(groups: readonly string[], names: ReadonlyMap<string, readonly string[]> = new Map()): string {
  const words = groups.map((group) => {
    const nodes = names.get(group) ?? [];
    const more = nodes.length > namesShown ? ` and ${nodes.length - namesShown} more` : "";
    return nodes.length === 0 ? group : `${group} (${nodes.slice(0, namesShown).join(", ")}${more})`;
  });
  return `${words.join(", ")} ${groups.length === 1 ? "waits" : "wait"} for a roll`;
}

/** How many nodes of each group kOps would replace now, in its own words. */
async function look(operation: Rolling, roles: readonly Role[]): Promise<Map<string, number>> {
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
 * Names of the nodes that wait, by group. With `cloudOnly` the Kubernetes API may be away, and kOps waits for it here:
 * none.
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

/**
 * The next window, in words, while none is open. A cluster that never was ready serves nobody yet: it need not wait.
 */
function closedUntil(operation: Rolling, now: Date): string | undefined {
  const windows = operation.context.inputs.rollingUpdate?.maintenanceWindows;
  if (!windows || operation.journal.applied === undefined) return undefined;
  const { open, next } = windowAt(windows, now);
  if (open) return undefined;
  return next ? openingText(next) : "none in the next week";
}

/**
 * Rolls one group. Between two nodes it looks whether it is to stop, and stops there if it can without leaving a node
 * half done. Not so a control-plane group: its next member must not be touched, by nobody, before kOps has
 * seen the last one back.
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
  const mayStopInside = options.force !== true && !isControlPlane(inputs.instanceGroups[group] ?? {});
  let stop: Stop | undefined;
  const lookForReason = async (): Promise<void> => {
    const found = await reasonToStop(operation, now());
    // kOps went on while the flag was read: the next stop point will do.
    if (!found || !stopPoints.reached()) return;
    stop = found;
    ending.abort();
  };
  let looking = Promise.resolve();
  let unread: { error: unknown } | undefined;
  await kops.run({
    args: rollingUpdate(inputs, group),
    usesApi: options.cloudOnly !== true,
    stop: ending.signal,
    onLine(line) {
      follow(line);
      if (!stopPoints.read(line) || !mayStopInside) return;
      looking = looking.then(lookForReason).catch((error: unknown) => {
        unread = { error };
      });
    },
  });
  await looking;
  if (unread) throw unread.error;
  return stop;
}

/**
 * Replaces the nodes of one part of the cluster that are not up to date, as far as the options, the maintenance
 * windows, the budget and a pause let it, and says what of it is done. Stopped by the budget or a pause it throws: the
 * operation stays open in the journal, and the next run goes on with what waits.
 *
 * Always one kOps command for each group. One for all would spare the few seconds in which kOps reads the cloud anew,
 * out of the minutes that each node takes; but then nothing between the first group and the last could be stopped, and
 * after a failed drain kOps would take the next group all the same. A part of one group is not even looked at before.
 */
export async function roll(
  operation: Rolling,
  { roles, condition: type }: RollPart,
  now: () => Date = () => new Date(),
): Promise<Finding> {
  const { inputs, progress } = operation.context;
  const options = inputs.rollingUpdate ?? {};
  const waiting = (reason: string, message: string): Finding => ({ type, status: "False", reason, message });
  const upToDate: Finding = { type, status: "True", reason: "UpToDate", message: "" };

  const manual = options.strategy === "manual";
  const { chosen, excluded } = chooseGroups(inputs.instanceGroups, roles, manual ? { includeGroups: [] } : options);
  if (chosen.length + excluded.length === 0) return upToDate;

  const mayBeginAtOnce =
    chosen.length === 1 &&
    excluded.length === 0 &&
    options.force !== true &&
    closedUntil(operation, now()) === undefined &&
    (await reasonToStop(operation, now())) === undefined;
  const nodes = mayBeginAtOnce ? undefined : await look(operation, roles);
  const waits = (group: string): boolean => nodes === undefined || (nodes.get(group) ?? 0) > 0;
  const leftOut = excluded.filter(waits);
  // With `force` a group that is done looks like one that is not: only the journal tells them apart after a stop.
  const due = chosen.filter(
    (group) => waits(group) && !(options.force === true && operation.hasFinished(stepOf(group))),
  );
  const whyLeftOut = manual ? "rollingUpdate.strategy is manual" : "left out by rollingUpdate";
  const alsoLeftOut = leftOut.length > 0 ? `; ${list(leftOut)}, ${whyLeftOut}` : "";

  const outsideWindow = async (groups: readonly string[], next: string): Promise<Finding> => {
    const message =
      `${list(groups, await namesOfWaiting(operation))}: the next maintenance window is ` + `${next}${alsoLeftOut}`;
    progress.say(message);
    return waiting("OutsideWindow", message);
  };
  const stopped = async (
    { reason, why, next }: Stop,
    where: string,
    groups: readonly string[],
  ): Promise<CancelledError> => {
    const message = `${why}; ${list(groups, await namesOfWaiting(operation))}${alsoLeftOut}`;
    operation.found([waiting(reason, message)]);
    return new CancelledError({ what: `The roll of ${inputs.name} stopped ${where}`, why: message, next });
  };

  const whole = nodes && due.reduce((sum, group) => sum + (nodes.get(group) ?? 0), 0);
  const follow = followRoll(progress, inputs.name, whole, () => {
    operation.progressed = true;
  });
  for (const [index, group] of due.entries()) {
    const rest = due.slice(index);
    const closed = closedUntil(operation, now());
    if (closed !== undefined) return await outsideWindow(rest, closed);
    const stop = nodes && (await reasonToStop(operation, now()));
    if (stop) throw await stopped(stop, `before instance group ${group}`, rest);
    await operation.step(stepOf(group), async () => {
      const inside = await rollGroup(operation, group, follow, now);
      if (!inside) return [];
      const left = await look(operation, roles);
      // It was the group's last node: kOps ended as it would have by itself, but for the validation, which is to come
      // anyway.
      if ((left.get(group) ?? 0) === 0) return [];
      throw await stopped(
        inside,
        `between two nodes of instance group ${group}`,
        rest.filter((one) => (left.get(one) ?? 0) > 0),
      );
    });
  }
  if (leftOut.length === 0) return upToDate;
  const message = `${list(leftOut, await namesOfWaiting(operation))}: ${whyLeftOut}`;
  progress.say(message);
  return waiting(manual ? "ManualStrategy" : "Excluded", message);
}
