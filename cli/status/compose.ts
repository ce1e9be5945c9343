import { elapsed } from "../../providers/kops/model/durations.ts";
import { isKarpenter, roleOf } from "../../providers/kops/model/instance-groups.ts";
import { openingText, windowAt } from "../../providers/kops/model/maintenance-windows.ts";
import type { HistoryRecord } from "../../providers/kops/store/history.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { pauseText, type Pause } from "../../providers/kops/store/pause.ts";
import type { Cloud } from "./cloud.ts";
import type { ClusterStatus, LockStatus } from "./document.ts";
import type { Kubernetes } from "./kubernetes.ts";
import { operationStatus, operationText } from "./operation.ts";

/** Records that a status shows. */
export const runsShown = 5;

/** A record with the name that commands take. */
export interface NamedRecord {
  name: string;
  record: HistoryRecord;
}

/** All that was read of one cluster. What was not asked is undefined. */
export interface Facts {
  name: string;
  now: Date;
  /** The manifests in the store. */
  spec: Record<string, unknown>;
  groups: Record<string, Record<string, unknown>>;
  kopsVersion: string | undefined;
  journal: Journal | undefined;
  lock: LockStatus | undefined;
  pause: Pause | undefined;
  /** Newest first. */
  records: readonly NamedRecord[];
  cloud: Cloud | undefined;
  kubernetes: Kubernetes | undefined;
  notAsked: ClusterStatus["notAsked"];
  drift?: string[];
}

type Group = ClusterStatus["groups"][string];

const numberIn = (spec: Record<string, unknown>, key: string): number | undefined =>
  typeof spec[key] === "number" ? spec[key] : undefined;
const textIn = (spec: Record<string, unknown> | undefined, key: string): string | undefined =>
  typeof spec?.[key] === "string" ? spec[key] : undefined;

function groupStatus(name: string, spec: Record<string, unknown>, { cloud, kubernetes }: Facts): Group {
  const machineType = textIn(spec, "machineType");
  const [min, max] = [numberIn(spec, "minSize"), numberIn(spec, "maxSize")];
  const size = cloud?.sizes?.[name];
  const instances = cloud?.instances?.[name];
  const ofGroup = kubernetes?.nodes.filter(({ group }) => group === name);
  const waiting = cloud?.waiting && (cloud.waiting[name] ?? []);
  return {
    role: roleOf(spec),
    ...(machineType !== undefined && { machineType }),
    desired: isKarpenter(spec) ? {} : { ...(min !== undefined && { min }), ...(max !== undefined && { max }) },
    ...(size && {
      cloud: { min: size.minSize, max: size.maxSize, desired: size.desired, instances: instances ?? size.desired },
    }),
    ...(ofGroup && { ready: ofGroup.filter(({ ready }) => ready).length }),
    ...(waiting && { waiting }),
  };
}

function runOf({ name, record }: NamedRecord, live: boolean): ClusterStatus["history"][number] {
  const { verb, begun, ended, result, by, nodes, error } = record;
  return {
    ...{ name, verb, begun, by: by.person, nodes: nodes.filter(({ valid }) => valid !== undefined).length },
    ...(ended !== undefined && { ended }),
    // A record that nobody ends any more.
    result: result === "running" && !live ? "killed" : result,
    ...(error !== undefined && { error }),
  };
}

/** The first words of what keeps a cluster from being ready; undefined if nothing does. */
function waitsFor(facts: Facts, groups: ClusterStatus["groups"]): string | undefined {
  const ready = facts.journal?.conditions.find(({ type }) => type === "Ready");
  if (ready?.status !== "True") return [ready?.reason, ready?.message].filter(Boolean).join(": ") || "not ready yet";
  const waiting = Object.entries(groups).filter(([, { waiting: ids }]) => (ids?.length ?? 0) > 0);
  if (waiting.length > 0)
    return `nodes wait for a roll: ${waiting.map(([name, { waiting: ids = [] }]) => `${ids.length} of ${name}`).join(", ")}`;
  const down = facts.kubernetes?.nodes.filter((node) => !node.ready) ?? [];
  if (down.length > 0) return `nodes are not ready: ${down.map(({ name }) => name).join(", ")}`;
  const few = Object.entries(groups).filter(
    ([, { cloud, ready: count }]) => count !== undefined && cloud && count < cloud.desired,
  );
  if (few.length > 0)
    return few
      .map(([name, { cloud, ready: count }]) => `${count ?? 0} of ${cloud?.desired ?? 0} nodes of ${name} have joined`)
      .join(", ");
  return undefined;
}

/** What a status says of one cluster. */
export function clusterStatusOf(facts: Facts): ClusterStatus {
  const { name, now, spec, journal, lock, pause, records, cloud, kubernetes, drift } = facts;
  const own = records.find(({ record }) => record.id === journal?.operation?.id)?.record;
  const operation =
    journal &&
    operationStatus({
      ...{ journal, lock, now, record: own },
      earlier: records.map(({ record }) => record).filter((record) => record !== own),
      waiting: cloud?.waiting && Object.values(cloud.waiting).flat(),
    });
  const groups = Object.fromEntries(
    Object.entries(facts.groups).map(([group, one]) => [group, groupStatus(group, one, facts)]),
  );
  const waits = waitsFor(facts, groups);
  const state = operation?.state ?? (journal === undefined ? "unmanaged" : waits === undefined ? "ready" : "waiting");
  const paused = pause === undefined ? [] : [pauseText(pause)];
  const reason = operation ? operationText(operation, now) : journal ? waits : "made without this program, or released";
  const windows = journal?.rollingUpdate?.maintenanceWindows && windowAt(journal.rollingUpdate.maintenanceWindows, now);
  const applied = textIn(journal?.applied?.spec?.cluster, "kubernetesVersion");
  const desired = textIn(spec, "kubernetesVersion");
  return {
    name,
    ...(journal && { owner: journal.owner }),
    state,
    why: [...(reason === undefined ? [] : [reason]), ...paused].join("; "),
    conditions: (journal?.conditions ?? []).map(
      ({ type, status, reason: why, message, lastTransitionTime: since }) => ({
        ...{ type, status, reason: why, message, since },
      }),
    ),
    ...(lock && { lock }),
    ...(operation && { operation }),
    ...(pause && { pause }),
    ...(windows && {
      windows: {
        ...(windows.open && { open: openingText(windows.open) }),
        ...(windows.next && { next: openingText(windows.next) }),
      },
    }),
    kubernetes: {
      ...(desired !== undefined && { desired }),
      ...(applied !== undefined && { applied }),
      ...(kubernetes && { server: kubernetes.server }),
    },
    kops: {
      ...(facts.kopsVersion !== undefined && { desired: facts.kopsVersion }),
      ...(journal?.applied && { applied: journal.applied.kopsVersion }),
    },
    groups,
    ...(kubernetes && { nodes: kubernetes.nodes }),
    history: records.slice(0, runsShown).map((one) => runOf(one, operation?.state === "running" && one.record === own)),
    notAsked: [...facts.notAsked, ...(cloud?.notAsked ?? [])],
    ...(drift && { drift }),
  };
}

/** Exit code of a status: 0 if all clusters are ready and nothing differs, else 3. */
export function exitCodeOf(clusters: readonly Pick<ClusterStatus, "state" | "drift">[]): 0 | 3 {
  return clusters.every(({ state, drift = [] }) => state === "ready" && drift.length === 0) ? 0 : 3;
}

/** How long ago, in words. */
export function ago(time: string, now: Date): string {
  return `${elapsed(Math.max(0, now.getTime() - Date.parse(time)))} ago`;
}
