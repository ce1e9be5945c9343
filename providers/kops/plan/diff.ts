import { isReady } from "../model/conditions.ts";
import { kopsClusterInputs } from "../model/inputs.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { unfinished } from "../store/journal.ts";
import type { Journal } from "../store/journal.ts";
import type { KopsClusterOutputs } from "../model/outputs.ts";
import { canonicalJson, desiredSpec, digestOf, isRecord } from "../model/spec.ts";
import { choosesGroups } from "../model/instance-groups.ts";
import { takesNewImages } from "../model/new-images.ts";
import { windowAt } from "../model/maintenance-windows.ts";

/** Names of all inputs. Everything else in a state is an output. */
const inputNames: Readonly<Record<string, unknown>> = kopsClusterInputs.shape;

/**
 * The effect of a changed property, as far as it is known without kOps. kOps's dry run decides which groups roll.
 * - `metadata`: settings of later operations. No kOps command, no change in the cloud.
 * - `scales`: Auto Scaling groups change their size. Nodes are not replaced.
 * - `rolls`: nodes of these groups are replaced.
 * - `applies`: cloud resources or manifests change; the dry run tells whether nodes are replaced.
 */
export type Effect = { kind: "metadata" } | { kind: "scales" | "rolls"; groups: string[] } | { kind: "applies" };

/** A changed property, by its path: `instanceGroups.nodes.machineType`. */
export type PropertyChange = { path: string } & Effect;

/** What an `up` has to do. */
export interface Difference {
  /** Inputs that changed, by name. */
  inputs: string[];
  /** The same by property, each with its effect. */
  properties: PropertyChange[];
  /** The desired spec is not the one last applied. */
  spec: boolean;
  /** Unfinished operations and conditions that are not true, in words. */
  open: string[];
}

/**
 * Compares the desired inputs with the old ones, the conditions and the head of the journal. An unfinished operation is
 * always a difference, even after a refresh or when the change was reverted: Pulumi's state forgets it, the journal
 * does not. A roll that the user holds back (`strategy: manual`, excluded groups, no open maintenance window) is none.
 */
export function difference(
  desired: KopsClusterInputs,
  old: Partial<KopsClusterInputs & KopsClusterOutputs>,
  journal: Journal | undefined,
  now: Date = new Date(),
): Difference {
  const names = [...new Set([...Object.keys(desired), ...Object.keys(old)])]
    // `adopt` only matters while the cluster is adopted.
    .filter((name): name is keyof KopsClusterInputs => name in inputNames && name !== "adopt");
  const inputs = names.filter((name) => canonicalJson(desired[name]) !== canonicalJson(old[name]));
  const digest = digestOf(desiredSpec(desired));
  const open: string[] = [];
  const interrupted = unfinished(journal);
  if (interrupted) open.push(interrupted);
  if (!journal)
    open.push(
      "the state store has no journal of the cluster: it was deleted or released after Pulumi's state was written",
    );
  const moved = journal?.movedFrom;
  if (moved && moved.switched === undefined)
    open.push(`the cluster moved here from ${moved.store}: its control plane still boots from there`);
  const conditions = isRolledSince(old, journal) ? journal.conditions : (old.conditions ?? []);
  const chosen = chosenReasons(desired, now);
  const isHeldBack =
    conditions.length > 0 && conditions.every((one) => one.status === "True" || chosen.has(one.reason));
  if (!isReady(conditions) && !isHeldBack) {
    open.push(
      ...conditions
        .filter((one) => one.status !== "True" && one.type !== "Ready")
        .map((one) => `${one.type} is ${one.status}: ${one.reason} ${one.message}`.trim()),
    );
    if (open.length === 0) open.push("the cluster was never ready");
  }
  const spec = old.appliedDigest !== digest;
  // Another run applied a spec that this state does not know: it was killed at its end, or had another state.
  const applied = journal?.applied;
  if (!spec && applied && applied.digest !== digest)
    open.push(
      `another spec was applied at ${applied.at} (revision ${applied.revision}), which Pulumi's state does not have`,
    );
  return { inputs, properties: inputs.flatMap((name) => changesOf(name, desired, old)), spec, open };
}

/**
 * An old state with the spec last applied. After a failed update Pulumi's state holds the inputs of that update:
 * compared with those, the next update would seem to change nothing.
 */
export function withLastApplied<State extends object>(
  old: State,
  journal: Pick<Journal, "operation" | "applied"> | undefined,
): State {
  return journal?.operation === undefined ? old : { ...old, ...journal.applied?.spec };
}

/** Inputs that make up the cluster. The others are settings of operations. */
const specInputs: ReadonlySet<string> = new Set([
  "name",
  "kopsVersion",
  "cluster",
  "instanceGroups",
  "sshPublicKeys",
  "additionalObjects",
  "featureFlags",
  "secrets",
]);

/** Fields of an instance group that only change how many nodes it has. */
const sizes: ReadonlySet<string> = new Set(["minSize", "maxSize"]);
/**
 * Fields of a group that are in its launch template or in what its nodes boot from
 * (pkg/model/awsmodel/autoscalinggroup.go in kOps).
 */
const inTemplate: ReadonlySet<string> = new Set([
  "additionalSecurityGroups",
  "associatePublicIP",
  "cpuCredits",
  "iam",
  "image",
  "instanceInterruptionBehavior",
  "instanceMetadata",
  "kubelet",
  "machineType",
  "maxPrice",
  "nodeLabels",
  "role",
  "rootVolume",
  "rootVolumeEncryption",
  "rootVolumeEncryptionKey",
  "rootVolumeIOPS",
  "rootVolumeSize",
  "rootVolumeThroughput",
  "rootVolumeType",
  "securityGroupOverride",
  "sshKeyName",
  "sysctlParameters",
  "taints",
  "tenancy",
  "volumeMounts",
  "volumes",
]);
/** Fields of the Cluster that every node boots with. */
const onEveryNode: ReadonlySet<string> = new Set([
  "containerd",
  "fileAssets",
  "hooks",
  "kubelet",
  "kubernetesVersion",
  "sysctlParameters",
]);

function keysOf(...values: unknown[]): string[] {
  return [...new Set(values.flatMap((value) => (isRecord(value) ? Object.keys(value) : [])))];
}

function field(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}

function changed(one: unknown, other: unknown): (key: string) => boolean {
  return (key) => canonicalJson(field(one, key)) !== canonicalJson(field(other, key));
}

function effectInGroup(key: string, group: string): Effect {
  if (sizes.has(key)) return { kind: "scales", groups: [group] };
  return inTemplate.has(key) ? { kind: "rolls", groups: [group] } : { kind: "applies" };
}

function changesOf(input: string, desired: KopsClusterInputs, old: Partial<KopsClusterInputs>): PropertyChange[] {
  // The launch templates of some nodes hold the store from which they boot.
  if (input === "stateStore") return [{ path: input, kind: "applies" }];
  if (!specInputs.has(input)) return [{ path: input, kind: "metadata" }];
  // A new group has no node to replace.
  const groups = Object.keys(desired.instanceGroups).filter((group) => field(old.instanceGroups, group) !== undefined);
  const everyGroup: Effect = { kind: "rolls", groups };
  if (input === "kopsVersion") return [{ path: input, ...everyGroup }];
  if (input === "cluster") {
    return keysOf(desired.cluster, old.cluster)
      .filter(changed(desired.cluster, old.cluster))
      .map((key) => ({
        path: `cluster.${key}`,
        ...(onEveryNode.has(key) ? everyGroup : ({ kind: "applies" } as const)),
      }));
  }
  if (input === "instanceGroups") {
    return keysOf(desired.instanceGroups, old.instanceGroups).flatMap((group): PropertyChange[] => {
      const [now, before] = [desired.instanceGroups[group], field(old.instanceGroups, group)];
      if (now === undefined || before === undefined) return [{ path: `instanceGroups.${group}`, kind: "applies" }];
      return keysOf(now, before)
        .filter(changed(now, before))
        .map((key) => ({ path: `instanceGroups.${group}.${key}`, ...effectInGroup(key, group) }));
    });
  }
  return [{ path: input, kind: "applies" }];
}

/**
 * Whether the desired spec was applied, all conditions are true and no option forces work. Such an update only stores
 * settings of later operations.
 */
export function isUpToDate(
  desired: KopsClusterInputs,
  journal: Pick<Journal, "applied" | "conditions" | "operation"> | undefined,
): boolean {
  if (journal?.applied === undefined || journal.operation !== undefined) return false;
  // These options make every update do something.
  if (desired.rollingUpdate?.force === true || takesNewImages(desired)) return false;
  return journal.applied.digest === digestOf(desiredSpec(desired)) && isReady(journal.conditions);
}

/** Whether an update runs no kOps command. */
export function isMetadataOnly(
  { spec, open, properties }: Difference,
  desired: KopsClusterInputs,
  journal: Journal | undefined,
): boolean {
  return (
    !spec && open.length === 0 && properties.every(({ kind }) => kind === "metadata") && isUpToDate(desired, journal)
  );
}

/** Whether nodes that waited for a window in Pulumi's state were rolled since, by `npx pilot roll`. */
function isRolledSince(
  { conditions = [], appliedDigest }: Partial<KopsClusterOutputs>,
  journal: Journal | undefined,
): journal is Journal {
  const open = conditions.filter(({ status }) => status !== "True");
  return (
    open.length > 0 &&
    open.every(({ reason }) => reason === "OutsideWindow") &&
    journal?.applied?.digest === appliedDigest &&
    journal !== undefined &&
    journal.operation === undefined &&
    isReady(journal.conditions)
  );
}

/** Reasons of conditions by which, with these inputs and at this time, the user holds a roll back. */
function chosenReasons({ rollingUpdate: options = {} }: KopsClusterInputs, now: Date): ReadonlySet<string> {
  const { strategy, maintenanceWindows } = options;
  const reasons = new Set<string>();
  if (strategy === "manual") reasons.add("ManualStrategy");
  if (choosesGroups(options)) reasons.add("Excluded");
  if (maintenanceWindows && !windowAt(maintenanceWindows, now).open) reasons.add("OutsideWindow");
  return reasons;
}

export function isDifferent({ inputs, spec, open }: Difference): boolean {
  return inputs.length > 0 || spec || open.length > 0;
}

/** The inputs in a state. */
export function inputsIn(state: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(state).filter(([name]) => name in inputNames));
}
