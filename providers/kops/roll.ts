import type { Finding } from "./conditions.ts";
import { elapsed, milliseconds } from "./duration.ts";
import { CancelledError } from "./errors.ts";
import type { RollingUpdateOptions } from "./inputs.ts";
import type { Kops } from "./kops.ts";
import { pauseText, readPause, resumeCommand } from "./pause.ts";
import { chooseGroups } from "./roll-groups.ts";
import type { Desk, Operating } from "./session.ts";
import type { Role } from "./spec.ts";
import { followRoll, readRollTable } from "./watch.ts";
import { openingText, windowAt } from "./windows.ts";

/** A part of the cluster that is rolled at one time, and the condition that speaks of it. */
export interface RollPart {
  roles: readonly Role[];
  condition: "ControlPlaneUpToDate" | "NodesUpToDate";
}

/** What a roll needs of an operation. */
export type Rolling = Pick<Operating, "journal" | "step" | "found" | "hasFinished" | "assertManifests"> & {
  readonly desk: Pick<Desk, "inputs" | "progress" | "store"> & { readonly kops: Pick<Kops, "run"> };
};

export const controlPlaneRoles: readonly Role[] = ["ControlPlane", "APIServer"];
export const nodeRoles: readonly Role[] = ["Node", "Bastion"];

const roleNames: Record<Role, string> = { ControlPlane: "control-plane", APIServer: "apiserver", Node: "node", Bastion: "bastion" };

/** Roles as kOps's commands take them. */
export function rolesFlag(roles: readonly Role[]): string {
  return `--instance-group-roles=${roles.map((role) => roleNames[role]).join(",")}`;
}

/** The flags of `kops rolling-update` for what is set; what is not set stays kOps's own. */
export function rollFlags(options: RollingUpdateOptions): string[] {
  const flags: [string, string | number | boolean | undefined][] = [
    ["--control-plane-interval", options.controlPlaneInterval],
    ["--node-interval", options.nodeInterval],
    ["--bastion-interval", options.bastionInterval],
    ["--drain-timeout", options.drainTimeout],
    ["--post-drain-delay", options.postDrainDelay],
    ["--validation-timeout", options.validationTimeout],
    ["--validate-count", options.validateCount],
    ["--fail-on-drain-error", options.failOnDrainError],
    ["--fail-on-validate-error", options.failOnValidate],
    ["--cloudonly", options.cloudOnly],
    ["--force", options.force],
  ];
  return flags.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag}=${value}`]));
}

const stepOf = (group: string): string => `Rolled ${group}`;

function list(groups: readonly string[]): string {
  return `${groups.join(", ")} ${groups.length === 1 ? "waits" : "wait"} for a roll`;
}

/** How many nodes of each group kOps would replace now, in its own words. */
async function look(operating: Rolling, roles: readonly Role[]): Promise<Map<string, number>> {
  const { kops, inputs } = operating.desk;
  const { cloudOnly = false, force = false } = inputs.rollingUpdate ?? {};
  const report = await kops.run({
    args: ["rolling-update", "cluster", "--name", inputs.name, rolesFlag(roles), ...(cloudOnly ? ["--cloudonly"] : [])],
    usesApi: !cloudOnly,
  });
  return new Map(readRollTable(report.stdout).map(({ group, needUpdate, ready }) => [group, needUpdate + (force ? ready : 0)]));
}

async function rollNow(operating: Rolling, which: readonly string[], onLine: (line: string) => void): Promise<void> {
  const { kops, inputs } = operating.desk;
  const options = inputs.rollingUpdate ?? {};
  await operating.assertManifests();
  await kops.run({
    args: ["rolling-update", "cluster", "--name", inputs.name, "--yes", ...which, ...rollFlags(options)],
    usesApi: options.cloudOnly !== true,
    onLine,
  });
}

/** The next window, in words, while none is open. A cluster that never was ready serves nobody yet: it need not wait. */
function closedUntil(operating: Rolling, now: Date): string | undefined {
  const windows = operating.desk.inputs.rollingUpdate?.maintenanceWindows;
  if (!windows || operating.journal.applied === undefined) return undefined;
  const { open, next } = windowAt(windows, now);
  if (open) return undefined;
  return next ? openingText(next) : "none in the next week";
}

/** The reason to stop before the next group, if there is one. A run that rolled nothing yet is let go on past its budget, or it would never get anywhere. */
async function reasonToStop(operating: Rolling, now: Date): Promise<{ reason: "Paused" | "BudgetUsed"; why: string; next: string } | undefined> {
  const { inputs, store } = operating.desk;
  const paused = await readPause(store, inputs.name);
  if (paused) return { reason: "Paused", why: pauseText(paused), next: `run \`${resumeCommand(store, inputs.name)}\`, then \`pulumi up\`: it continues` };
  const { operation } = operating.journal;
  if (inputs.budget === undefined || !operation) return undefined;
  const rolledOne = operation.steps.some(({ name, begun, ended }) => name.startsWith(stepOf("")) && ended !== undefined && begun >= operation.begun);
  const used = now.getTime() - Date.parse(operation.begun);
  if (!rolledOne || used < milliseconds(inputs.budget)) return undefined;
  return { reason: "BudgetUsed", why: `the budget of ${inputs.budget} is used up after ${elapsed(used)}`, next: "run `pulumi up` again: it continues" };
}

/**
 * Replaces the nodes of one part of the cluster that are not up to date, as far as the options, the maintenance windows,
 * the budget and a pause let it, and says what of it is done. One kOps command where nothing may stop it in between,
 * else one for each group. Stopped by the budget or a pause it throws: the operation stays open in the journal, and the
 * next run goes on with the groups that wait.
 */
export async function roll(operating: Rolling, { roles, condition: type }: RollPart, now: () => Date = () => new Date()): Promise<Finding> {
  const { inputs, progress, store } = operating.desk;
  const options = inputs.rollingUpdate ?? {};
  const waiting = (reason: string, message: string): Finding => ({ type, status: "False", reason, message });
  const upToDate: Finding = { type, status: "True", reason: "UpToDate", message: "" };
  if (options.strategy === "manual") return waiting("ManualStrategy", "nodes may wait for a roll: rollingUpdate.strategy is manual");

  const { chosen, excluded } = chooseGroups(inputs.instanceGroups, roles, options);
  // With `force` a group that is done looks like one that is not: only the journal tells them apart after a stop.
  const byGroup = inputs.budget !== undefined || options.force === true || (await readPause(store, inputs.name)) !== undefined;
  if (excluded.length === 0 && !byGroup && closedUntil(operating, now()) === undefined) {
    await rollNow(operating, [rolesFlag(roles)], followRoll(progress, inputs.name));
    return upToDate;
  }

  const nodes = await look(operating, roles);
  const waits = (group: string): boolean => (nodes.get(group) ?? 0) > 0;
  const leftOut = excluded.filter(waits);
  const due = chosen.filter((group) => waits(group) && !(options.force === true && operating.hasFinished(stepOf(group))));
  const alsoLeftOut = leftOut.length > 0 ? `; ${list(leftOut)}, left out by rollingUpdate` : "";
  const outsideWindow = (groups: readonly string[], next: string): Finding => {
    const message = `${list(groups)}: the next maintenance window is ${next}${alsoLeftOut}`;
    progress.say(message);
    return waiting("OutsideWindow", message);
  };

  const closed = closedUntil(operating, now());
  if (due.length > 0 && closed !== undefined) return outsideWindow(due, closed);
  if (byGroup) {
    const follow = followRoll(progress, inputs.name, due.reduce((sum, group) => sum + (nodes.get(group) ?? 0), 0));
    for (const [index, group] of due.entries()) {
      const rest = due.slice(index);
      const closedNow = closedUntil(operating, now());
      if (closedNow !== undefined) return outsideWindow(rest, closedNow);
      const stop = await reasonToStop(operating, now());
      if (stop) {
        const message = `${stop.why}; ${list(rest)}${alsoLeftOut}`;
        operating.found([waiting(stop.reason, message)]);
        throw new CancelledError({ what: `The roll of ${inputs.name} stopped before instance group ${group}`, why: message, next: stop.next });
      }
      await operating.step(stepOf(group), async () => {
        await rollNow(operating, [`--instance-group=${group}`], follow);
        return [];
      });
    }
  } else if (due.length > 0) {
    await rollNow(operating, due.map((group) => `--instance-group=${group}`), followRoll(progress, inputs.name));
  }
  if (leftOut.length === 0) return upToDate;
  const message = `${list(leftOut)}: left out by rollingUpdate`;
  progress.say(message);
  return waiting("Excluded", message);
}
