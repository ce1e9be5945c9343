import { fieldsOf, isRecord } from "../model/spec.ts";
import { hasUnknown, unknownValue } from "../model/unknown.ts";
import type { RunningVersions } from "../model/versions.ts";
import type { RefusalName } from "../model/inputs.ts";
import type { Failure } from "../model/hidden-inputs.ts";

export type Json = unknown;
export type Fields = Record<string, Json>;

/** A finding of a rule. `allow` exempts it by its name; without a name it cannot be exempt, because kOps would stop. */
export interface Refusal extends Failure {
  name?: RefusalName;
  guide?: string;
}

/** The inputs of the last run, if there was one, and of this run. Untyped: some may be wrong or unknown. */
export interface Change {
  old: Fields | undefined;
  desired: Fields;
  /** Versions that the cluster may still run, if the journal was read. */
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
  loadBalancerSubnets: `${docs}/cluster_spec/#load-balancer-subnet-configuration`,
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

/** The value at a path; unknown when a value on the way is not known yet. */
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

/** Groups by name; empty while they are not known. */
export function groupsOf(inputs: Fields | undefined): [string, Fields][] {
  return Object.entries(fieldsOf(inputs?.["instanceGroups"])).filter((entry): entry is [string, Fields] =>
    isRecord(entry[1]),
  );
}

export function shown(value: Json): string {
  if (value === undefined || value === null || value === "") return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Treats an empty value as absent, as `omitempty` in kOps does. */
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

/** For words whose case kOps and AWS ignore. */
export const lower = (value: Json): Json => (typeof value === "string" ? value.toLowerCase() : value);
