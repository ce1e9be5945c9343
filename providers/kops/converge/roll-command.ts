import { isKarpenter, chooseGroups, allRoles, controlPlaneRoles, nodeRoles, roleOf } from "../model/instance-groups.ts";
import type { Finding } from "../model/conditions.ts";
import { ConfigError } from "../model/errors.ts";
import type { KopsClusterInputs, RollingUpdateOptions } from "../model/inputs.ts";
import { openingText, windowAt } from "../model/maintenance-windows.ts";
import { runOperation } from "../operation/operation.ts";
import type { Operation } from "../operation/operation.ts";
import { unfinished } from "../store/journal.ts";
import type { Journal } from "../store/journal.ts";
import { lifecycleOf } from "../store/lifecycle.ts";
import { manifestEtags } from "../store/manifests.ts";
import { pauseText, readPause, resumeCommand } from "../store/pause.ts";
import type { Pause } from "../store/pause.ts";
import { changedSince } from "../store/resume.ts";
import { applyCloud } from "./steps/cloud-applied.ts";
import { heldText } from "./steps/held-nodes.ts";
import { awaitValid } from "./steps/validated.ts";
import { roll } from "./roll/roll.ts";

/** A roll that somebody asks for by a command, of a cluster at rest. */
export interface AskedRoll {
  /** The only groups to roll (default: all that `rollingUpdate` does not leave out). */
  groups?: readonly string[] | undefined;
  /** Also replace up-to-date nodes of the groups. */
  force?: boolean | undefined;
  /** Instance id of the only node to replace. */
  node?: string | undefined;
  outsideWindow?: boolean | undefined;
}

/** What decides whether a roll may begin. */
export interface RollFacts {
  /** URL of the state store. */
  store: string;
  journal: Journal;
  pause: Pause | undefined;
  /** ETags of the manifests now. */
  etags: Readonly<Record<string, string>>;
  now: Date;
}

/** Refuses a roll of a cluster that is not at rest, is held back, or does not have what is asked for. */
export function refuseRoll(asked: AskedRoll, { store, journal, pause, etags, now }: RollFacts): void {
  const { cluster } = journal;
  const refuse = (why: string, next: string): never => {
    throw new ConfigError({ what: `Cluster ${cluster} is not rolled (nothing was changed)`, why, next });
  };
  const open = unfinished(journal);
  if (open !== undefined) refuse(`an operation is unfinished: the ${open}`, "`pulumi up`, which continues it");
  if (lifecycleOf(journal) !== "living") refuse("it was never brought up to date", "`pulumi up`");
  if (journal.movedFrom && journal.movedFrom.switched === undefined)
    refuse(`it moved here from ${journal.movedFrom.store}, and no \`up\` has followed`, "`pulumi up`");
  if (pause) refuse(`it is ${pauseText(pause)}`, resumeCommand({ url: store }, cluster));
  const groups = groupsOf(journal);
  const changed = changedSince(journal.written?.etags ?? {}, etags, cluster, Object.keys(groups));
  if (changed.length > 0)
    refuse(
      `its manifests were changed by somebody else since the last \`up\`: ${changed.join(", ")}`,
      "`pulumi preview --refresh` shows the difference; then `pulumi up`",
    );
  const options = journal.rollingUpdate;
  if (options === undefined && asked.outsideWindow !== true)
    refuse(
      "its journal is of an older Pilot and has no `rollingUpdate`, so nobody knows its maintenance windows",
      "change any option of `rollingUpdate` and run `pulumi up`; or add --outside-window: the roll then takes kOps's " +
        "own intervals and time-outs",
    );
  const unknown = (asked.groups ?? []).filter((group) => groups[group] === undefined);
  if (unknown.length > 0)
    refuse(
      `it has no instance group ${unknown.join(", ")}`,
      `name one of these: ${Object.keys(groups).sort().join(", ")}`,
    );
  const karpenter = (asked.groups ?? []).filter((group) => isKarpenter(groups[group] ?? {}));
  if (karpenter.length > 0)
    refuse(`Karpenter replaces the nodes of ${karpenter.join(", ")}`, "leave it out: Karpenter follows by itself");
  if (asked.force === true || asked.node !== undefined) {
    if (options?.cloudOnly === true)
      refuse(
        "`rollingUpdate.cloudOnly` is true, and up-to-date nodes are marked in the Kubernetes API",
        "set `rollingUpdate.force` for one `pulumi up`",
      );
    const bastions = (asked.groups ?? []).filter((group) => roleOf(groups[group] ?? {}) === "Bastion");
    if (bastions.length > 0)
      refuse(
        `instances of ${bastions.join(", ")} are no nodes of Kubernetes, in which up-to-date nodes are marked`,
        `set \`rollingUpdate\` to force: true and includeGroups: [${bastions.join(", ")}] for one \`pulumi up\``,
      );
  }
  const windows = asked.outsideWindow === true ? undefined : options?.maintenanceWindows;
  const window = windows && windowAt(windows, now);
  if (window && window.open === undefined)
    refuse(
      `no maintenance window is open; the next is ${window.next ? openingText(window.next) : "not in the next week"}`,
      "wait for it, or add --outside-window",
    );
}

function groupsOf({
  lastApplied,
  applied,
}: Pick<Journal, "lastApplied" | "applied">): KopsClusterInputs["instanceGroups"] {
  return (lastApplied ?? applied?.spec)?.instanceGroups ?? {};
}

/** The groups that a roll takes, in roll order. */
export function groupsToRoll(asked: AskedRoll, journal: Journal): string[] {
  const { includeGroups, excludeGroups, includeRoles, excludeRoles } = journal.rollingUpdate ?? {};
  const choice = asked.groups
    ? { includeGroups: asked.groups }
    : { includeGroups, excludeGroups, includeRoles, excludeRoles };
  const groups = groupsOf(journal);
  return chooseGroups(groups, allRoles, choice).chosen.filter(
    (group) =>
      !isKarpenter(groups[group] ?? {}) && !(asked.force === true && roleOf(groups[group] ?? {}) === "Bastion"),
  );
}

/** The cluster's options for this roll: its own, but for what the command decides. */
function optionsFor(asked: AskedRoll, groups: readonly string[], own: RollingUpdateOptions = {}): RollingUpdateOptions {
  return {
    ...own,
    ...{ strategy: "automatic", includeGroups: [...groups], force: undefined },
    ...{ excludeGroups: undefined, includeRoles: undefined, excludeRoles: undefined },
    ...(asked.outsideWindow === true && { maintenanceWindows: undefined }),
  };
}

/** Why groups that were not asked for wait on: as the cluster's own options have it. */
function leftOutBy({ strategy, maintenanceWindows }: RollingUpdateOptions, now: Date): { reason: string; why: string } {
  if (strategy === "manual") return { reason: "ManualStrategy", why: "rollingUpdate.strategy is manual" };
  if (maintenanceWindows && windowAt(maintenanceWindows, now).open === undefined)
    return { reason: "OutsideWindow", why: "no maintenance window is open" };
  return { reason: "Excluded", why: "not asked for" };
}

/**
 * Rolls a cluster at rest by the roll of an update, and brings no other spec. In the journal it is an update to the
 * spec last applied: if it is killed, the next `pulumi up` continues it. Up-to-date nodes are marked for kOps first, so
 * that it also replaces those then. `inputs` are from the journal; `words`: the command as typed. Returns what still
 * waits, as when a maintenance window has closed.
 */
export async function rollCluster(
  inputs: KopsClusterInputs,
  asked: AskedRoll,
  { journal: seen, words, signal }: { journal: Journal; words: string; signal: AbortSignal },
): Promise<string[]> {
  const groups = groupsToRoll(asked, seen);
  const rollingUpdate = optionsFor(asked, groups, seen.rollingUpdate);
  return await runOperation(
    { ...inputs, rollingUpdate },
    "update",
    signal,
    async (operation) => {
      await refuseAgain(operation, asked, seen);
      await markAsked(operation, asked, groups);
      const leftOut = leftOutBy(operation.journal.rollingUpdate ?? {}, new Date());
      await operation.step("ControlPlaneRolled", async () => [
        await roll(operation, { roles: controlPlaneRoles, condition: "ControlPlaneUpToDate", leftOut }),
      ]);
      const held = await applyHeld(operation);
      await operation.step("NodesRolled", async () => {
        const found = await roll(operation, { roles: nodeRoles, condition: "NodesUpToDate", leftOut });
        return [found.status === "True" && held ? held : found];
      });
      await awaitValid(operation);
      delete operation.journal.operation;
      await operation.save();
      return waitingIn(operation.journal);
    },
    { verb: "roll", words, digest: seen.applied?.digest ?? "" },
  );
}

/** Why nodes wait for a roll, in words. */
export function waitingIn({ conditions }: Pick<Journal, "conditions">): string[] {
  return conditions
    .filter(({ type, status }) => /^(ControlPlane|Nodes)UpToDate$/.test(type) && status !== "True")
    .map(({ message }) => message);
}

/** While the command waited for the lock, another run may have changed the cluster. */
async function refuseAgain(
  { context: { store, inputs }, journal, continues }: Operation,
  asked: AskedRoll,
  seen: Journal,
): Promise<void> {
  const [pause, etags] = await Promise.all([readPause(store, inputs.name), manifestEtags(store, inputs.name)]);
  const before = { ...journal };
  delete before.operation;
  refuseRoll(asked, { store: store.url, journal: before, pause, etags, now: new Date() });
  if (continues === undefined && journal.applied?.digest === seen.applied?.digest) return;
  throw new ConfigError({
    what: `Cluster ${inputs.name} is not rolled (nothing was changed)`,
    why: `another run worked on it meanwhile${continues === undefined ? "" : `: the ${continues}`}`,
    next: continues === undefined ? "run the same command again" : "`pulumi up`, which continues it",
  });
}

/** Step NodesMarked, for a roll of up-to-date nodes. */
async function markAsked(operation: Operation, { force, node }: AskedRoll, groups: readonly string[]): Promise<void> {
  if (force !== true && node === undefined) return;
  await operation.step("NodesMarked", async () => {
    const { markNodes } = await import("../kubernetes/needs-update.ts");
    const marked = await markNodes(operation.context, ({ instance, group }) =>
      node === undefined ? groups.includes(group) : instance === node,
    );
    if (node !== undefined && marked.length === 0)
      throw new ConfigError({
        what: `Node ${node} of ${operation.context.inputs.name} cannot be replaced by a roll`,
        why: "the Kubernetes API has no node of this instance: it has not joined",
        next: "`pulumi up`, which ends this operation; terminate the instance, and its group starts another",
      });
    return [];
  });
}

/**
 * Applies what kOps held back from the nodes while the control plane waited, once that is rolled. Returns why nodes
 * stay at an older version, if they do.
 */
async function applyHeld(operation: Operation): Promise<Finding | undefined> {
  const { journal, context } = operation;
  const nodesAt = journal.running?.nodes;
  if (nodesAt === undefined || nodesAt === context.inputs.cluster["kubernetesVersion"]) return undefined;
  const waits = journal.conditions.find(({ type, status }) => type === "ControlPlaneUpToDate" && status !== "True");
  if (waits) return { type: "NodesUpToDate", status: "False", reason: waits.reason, message: heldText(nodesAt) };
  return (await applyCloud(operation, "nodes", true)).heldNodes;
}
