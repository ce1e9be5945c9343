import { isRecord } from "../model/spec.ts";
import { hasUnknown, unknownValue } from "../model/unknown.ts";
import type { RunningVersions } from "../model/versions.ts";
import type { RefusalName } from "../model/inputs.ts";
import type { Failure } from "../model/hidden-inputs.ts";

export type Json = unknown;
export type Fields = Record<string, Json>;

/** A finding of a rule. Without a name nothing lets it through: kOps itself would stop. */
export interface Refusal extends Failure {
  name?: RefusalName;
  guide?: string;
}

/**
 * What a rule looks at: the inputs of the last run, if there was one, and those of this one. Untyped: some may be wrong
 * or unknown.
 */
export interface Change {
  old: Fields | undefined;
  desired: Fields;
  /** What the cluster may still run, where the journal was asked. */
  running?: RunningVersions | undefined;
}

export type Rule = (change: Change) => Refusal[];

export const docs = "https://kops.sigs.k8s.io";

export const guides = {
  cloud: `${docs}/getting_started/aws/`,
  store: `${docs}/state/`,
  vpc: `${docs}/run_in_existing_vpc/`,
  cni: `${docs}/networking/#switching-between-networking-providers`,
  networking: `${docs}/networking/`,
  topology: `${docs}/topology/`,
  loadBalancerType: `${docs}/topology/#changing-the-topology-of-the-api-server`,
  loadBalancerClass: `${docs}/cluster_spec/#load-balancer-class`,
  members: `${docs}/single-to-multi-master/`,
  etcd: `${docs}/operations/etcd_administration/`,
  restore: `${docs}/operations/etcd_backup_restore_encryption/#restore-backups`,
  encryption: `${docs}/operations/etcd_backup_restore_encryption/#etcd-volume-encryption`,
  issuer: `${docs}/operations/service_account_issuer_migration/`,
  upgrades: `${docs}/operations/updates_and_upgrades/`,
  versions: `${docs}/welcome/releases/`,
  groups: `${docs}/instance_groups/`,
  images: `${docs}/operations/images/`,
  secrets: `${docs}/security/`,
  rotation: `${docs}/operations/rotate-secrets/`,
  karpenter: `${docs}/operations/karpenter/`,
} as const;

export const newCluster = "make a new cluster beside this one, move the workloads, then remove this one";

export function fieldsOf(value: Json): Fields {
  return isRecord(value) ? value : {};
}

/** What is at a path, or the mark of a value that is not known yet when that stands on the way. */
export function at(fields: Fields | undefined, path: string): Json {
  return path
    .split(".")
    .reduce<Json>(
      (value, key) => (value === unknownValue ? unknownValue : isRecord(value) ? value[key] : undefined),
      fields,
    );
}

export function listOf(value: Json): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** Groups by name; none while they are not known. */
export function groupsOf(inputs: Fields | undefined): [string, Fields][] {
  return Object.entries(fieldsOf(inputs?.["instanceGroups"])).filter((entry): entry is [string, Fields] =>
    isRecord(entry[1]),
  );
}

export function shown(value: Json): string {
  if (value === undefined || value === null || value === "") return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** An empty value is one left out, as kOps's own `omitempty` has it. */
export function present(value: Json): Json {
  return value === "" || value === null ? undefined : value;
}

export function differs(old: Json, desired: Json): boolean {
  if (hasUnknown(old) || hasUnknown(desired)) return false;
  return JSON.stringify(present(old)) !== JSON.stringify(present(desired));
}

export function fromTo(old: Json, desired: Json): string {
  return `cannot change from ${shown(old)} to ${shown(desired)}`;
}

/** Words that kOps and AWS do not tell apart by their case. */
export const lower = (value: Json): Json => (typeof value === "string" ? value.toLowerCase() : value);
