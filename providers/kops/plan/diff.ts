import { isReady } from "../model/conditions.ts";
import { kopsClusterInputs } from "../model/inputs.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { unfinished } from "../store/journal.ts";
import type { Journal } from "../store/journal.ts";
import type { KopsClusterOutputs } from "../model/outputs.ts";
import { canonicalJson, desiredSpec, digestOf, isRecord } from "../model/spec.ts";
import { choosesGroups } from "../model/roll-groups.ts";
import { windowAt } from "../model/maintenance-windows.ts";

/** Names of all inputs: whatever else a state holds is an output. */
const inputNames: Readonly<Record<string, unknown>> = kopsClusterInputs.shape;

/**
 * What a changed property brings with it, as far as it can be told without kOps; the dry run has the last word on
 * rolls.
 * - `metadata`: how the next change is made. No kOps command, nothing in the cloud.
 * - `scales`: Auto Scaling groups change their size. No node is replaced.
 * - `rolls`: nodes of these groups are replaced.
 * - `applies`: cloud resources or manifests change; kOps's dry run tells whether nodes are replaced.
 */
export type Effect = { kind: "metadata" } | { kind: "scales" | "rolls"; groups: string[] } | { kind: "applies" };

/** A property that is not as it was, by its path: `instanceGroups.nodes.machineType`. */
export type PropertyChange = { path: string } & Effect;

/** Why an `up` has something to do. */
export interface Difference {
  /** Inputs that changed, by name. */
  inputs: string[];
  /** The same, property by property, each with what it brings with it. */
  properties: PropertyChange[];
  /** The desired spec is not the one the cluster was last brought to. */
  spec: boolean;
  /** An operation that did not end, or a condition that is not true, in words. */
  open: string[];
}

/**
 * Decides from the desired inputs, the last applied ones, the conditions, and the journal's head. An unfinished
 * operation is always a difference, also after a refresh and also when the change itself was reverted meanwhile:
 * Pulumi's state forgets both, the journal does not. A roll that waits by choice is none: `strategy: manual`, groups
 * left out, or no maintenance window open now.
 */
export function difference(
  desired: KopsClusterInputs,
  old: Partial<KopsClusterInputs & KopsClusterOutputs>,
  journal: Journal | undefined,
  now: Date = new Date(),
): Difference {
  const names = [...new Set([...Object.keys(desired), ...Object.keys(old)])]
    // `adopt` is a word for the moment of taking over: it may stay, or go, without a difference.
    .filter((name): name is keyof KopsClusterInputs => name in inputNames && name !== "adopt");
  const inputs = names.filter((name) => canonicalJson(desired[name]) !== canonicalJson(old[name]));
  const digest = digestOf(desiredSpec(desired));
  const open: string[] = [];
  const interrupted = unfinished(journal);
  if (interrupted) open.push(interrupted);
  if (!journal)
    open.push(
      "the state store has no journal of the cluster: it was deleted, or let go, after Pulumi's state was written",
    );
  const moved = journal?.movedFrom;
  if (moved && moved.switched === undefined)
    open.push(`the cluster moved here from ${moved.store}: its control plane still boots from there`);
  const conditions = old.conditions ?? [];
  const chosen = choicesOf(desired, now);
  const waitsByChoice =
    conditions.length > 0 && conditions.every((one) => one.status === "True" || chosen.has(one.reason));
  if (!isReady(conditions) && !waitsByChoice) {
    open.push(
      ...conditions
        .filter((one) => one.status !== "True" && one.type !== "Ready")
        .map((one) => `${one.type} is ${one.status}: ${one.reason} ${one.message}`.trim()),
    );
    if (open.length === 0) open.push("the cluster was never seen ready");
  }
  const spec = old.appliedDigest !== digest;
  // A run that was killed after its work was done, or one with another state, brought the cluster elsewhere meanwhile.
  const applied = journal?.applied;
  if (!spec && applied && applied.digest !== digest)
    open.push(
      `the cluster was brought to another spec at ${applied.at} (revision ${applied.revision}), which Pulumi's ` +
        "state does not know of",
    );
  return { inputs, properties: inputs.flatMap((name) => changesOf(name, desired, old)), spec, open };
}

/**
 * An old state with the spec that the cluster was last brought to. Of an update that failed half-way Pulumi keeps the
 * outputs, which hold the inputs it was after: compared with those, the next one would seem to change nothing.
 */
export function withLastApplied<State extends object>(
  old: State,
  journal: Pick<Journal, "operation" | "applied"> | undefined,
): State {
  return journal?.operation === undefined ? old : { ...old, ...journal.applied?.spec };
}

/** Inputs that make the cluster; all others say how to get there. */
const specInputs: ReadonlySet<string> = new Set([
  "name",
  "kopsVersion",
  "cluster",
  "instanceGroups",
  "sshPublicKeys",
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
  // Another store is in the templates of those nodes that boot from it.
  if (input === "stateStore") return [{ path: input, kind: "applies" }];
  if (!specInputs.has(input)) return [{ path: input, kind: "metadata" }];
  // A group that is only now made has no node to replace.
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
 * Whether a cluster already is as asked for: its spec was applied, its conditions are true, and nothing is to be done
 * all the same. Then an update has nothing to do but to write down how the next one is to be made.
 */
export function isUpToDate(
  desired: KopsClusterInputs,
  journal: Pick<Journal, "applied" | "conditions" | "operation"> | undefined,
): boolean {
  if (journal?.applied === undefined || journal.operation !== undefined) return false;
  // Asked for by name, these do something in every update.
  if (desired.rollingUpdate?.force === true || desired.allow?.includes("image") === true) return false;
  return journal.applied.digest === digestOf(desiredSpec(desired)) && isReady(journal.conditions);
}

/** Whether an update would run no kOps command. */
export function isMetadataOnly(
  { spec, open, properties }: Difference,
  desired: KopsClusterInputs,
  journal: Journal | undefined,
): boolean {
  return (
    !spec && open.length === 0 && properties.every(({ kind }) => kind === "metadata") && isUpToDate(desired, journal)
  );
}

/** Reasons of conditions that, with these inputs and at this time, are as somebody wants them. */
function choicesOf({ rollingUpdate: options = {} }: KopsClusterInputs, now: Date): ReadonlySet<string> {
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

/** The part of a state that are inputs. */
export function inputsIn(state: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(state).filter(([name]) => name in inputNames));
}
