import type { Finding } from "./findings.ts";
import { findingsOf } from "./findings.ts";
import { filesOf, type WrittenCluster } from "./files.ts";
import type { StoredCluster } from "./stored.ts";

/** What an assessment says of one cluster. */
export interface AssessedCluster {
  name: string;
  kubernetes?: string;
  kops?: string;
  /** The owner, if Pilot manages it already. */
  owner?: string;
  /** `none`: no file could be written. */
  form: WrittenCluster["form"];
  /** Why it is a manifest, or nothing. */
  why?: string;
  /** Paths below the folder. */
  files: string[];
  /** What adopting changes; empty if nothing. */
  adopting: string[];
  /** What the stack's environment must have. */
  needs: string[];
  /** Where AWS differs from the manifests, where it was asked. */
  drift?: string[];
  findings: Finding[];
}

/** A cluster that could not be read. */
export interface UnreadCluster {
  name: string;
  unread: string;
}

/** All that an assessment says; `--json` prints it. */
export interface Assessment {
  version: 1;
  at: string;
  store: string;
  folder: string;
  clusters: AssessedCluster[];
  unread: UnreadCluster[];
}

/** Assesses a cluster by its manifests. Pure, but for a scratch folder. */
export function assess(cluster: StoredCluster): { assessed: AssessedCluster; files: Record<string, string> } {
  const { name, spec, kopsVersion, owner } = cluster;
  const { form, why, files, changes, needs } = filesOf(cluster);
  const { kubernetesVersion: kubernetes } = spec;
  return {
    files,
    assessed: {
      name,
      ...(typeof kubernetes === "string" && { kubernetes }),
      ...(kopsVersion !== undefined && { kops: kopsVersion }),
      ...(owner !== undefined && { owner }),
      form,
      ...(why !== undefined && { why }),
      ...{ files: Object.keys(files), adopting: changes, needs, findings: findingsOf(cluster) },
    },
  };
}

/** Whether something must be mended before, or soon after, the cluster is adopted. */
export const mustMend = ({ form, adopting, drift = [], findings }: AssessedCluster): boolean =>
  form === "none" ||
  drift.length > 0 ||
  (form === "manifest" && adopting.length > 0) ||
  findings.some(({ level }) => level === "mend");

/** 0: nothing must be mended; 3: something must; 1: not all could be read. */
export function exitCodeOf({ clusters, unread }: Assessment): 0 | 1 | 3 {
  if (unread.length > 0) return 1;
  return clusters.some(mustMend) ? 3 : 0;
}
