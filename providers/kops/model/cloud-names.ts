import { isRecord } from "./spec.ts";
import { isKarpenter, roleOf } from "./instance-groups.ts";
import type { Role } from "./instance-groups.ts";
import { writesRecords } from "./places.ts";

/** Names and ids of what kOps made in the cloud for a cluster. None of them is a credential. */
export interface CloudNames {
  /** By instance group; without those of Karpenter's, which have neither. */
  instanceGroups: Record<
    string,
    { autoScalingGroup: string; launchTemplate: string; launchTemplateId?: string | undefined }
  >;
  /** Instance profiles by instance group; of kOps's own making unless the group names one. */
  instanceProfiles: Record<string, string>;
  /**
   * Names of the IAM roles kOps made, by role of instance groups. A role whose groups all have profiles of their own is
   * absent.
   */
  roles: Partial<Record<Role, string>>;
  /** Ids by name, such as `nodes.k1.example.com`. */
  securityGroups: Record<string, string>;
  /**
   * The load balancer of the Kubernetes API; absent when the cluster has none. Of a classic one only the name is known.
   */
  loadBalancer?: { name: string; arn?: string | undefined; dnsName?: string | undefined } | undefined;
  /** Ids by name, such as `a.etcd-main.k1.example.com`. */
  etcdVolumes: Record<string, string>;
  /**
   * VPC and subnets by their names in the manifest, where kOps made the subnets; absent where they were there before
   * the cluster.
   */
  network?: { vpcId: string; subnets: Record<string, string> } | undefined;
}

/** Whether kOps makes the subnets of a cluster: the manifest has no ids of them. */
export function makesSubnets(cluster: Record<string, unknown>): boolean {
  const subnets = Array.isArray(cluster["subnets"]) ? cluster["subnets"].filter(isRecord) : [];
  return subnets.length > 0 && subnets.every(({ id }) => id === undefined || id === null || id === "");
}

const iamPrefix: Record<Role, string> = {
  ControlPlane: "masters",
  APIServer: "apiservers",
  Bastion: "bastions",
  Node: "nodes",
};
const longestIamName = 64;
const hashLength = 6;

/** Name of the IAM role and of the instance profile that kOps makes for a role (IAMName in pkg/model/names.go). */
export function iamNameOf(role: Role, cluster: string): string {
  const name = `${iamPrefix[role]}.${cluster}`;
  return name.length <= longestIamName ? name : `${name.slice(0, longestIamName - hashLength - 1)}-${hashOf(name)}`;
}

/** HashString in pkg/truncate of kOps: FNV-1a of 32 bits, in base 32 with the digits 0-9a-v. */
export function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return Array.from({ length: hashLength }, (_, index) => ((hash >>> (27 - 5 * index)) & 31).toString(32)).join("");
}

/** The instance profile a group names itself, by the last part of its ARN (FindCustomAuthNameFromArn in kOps). */
function ownProfile(group: Record<string, unknown>): string | undefined {
  const { iam } = group;
  const profile = isRecord(iam) ? iam["profile"] : undefined;
  return typeof profile === "string" && profile !== "" ? profile.split("/").at(-1) : undefined;
}

type Groups = Readonly<Record<string, Record<string, unknown>>>;

/** The part that follows from the desired spec alone: kOps composes these names. */
export function computedNames(
  cluster: string,
  groups: Groups,
): Pick<CloudNames, "instanceGroups" | "instanceProfiles" | "roles"> {
  const names: Pick<CloudNames, "instanceGroups" | "instanceProfiles" | "roles"> = {
    instanceGroups: {},
    instanceProfiles: {},
    roles: {},
  };
  for (const [group, spec] of Object.entries(groups)) {
    const role = roleOf(spec);
    const name = cloudNameOf(group, spec, cluster);
    const own = ownProfile(spec);
    if (!isKarpenter(spec)) names.instanceGroups[group] = { autoScalingGroup: name, launchTemplate: name };
    names.instanceProfiles[group] = own ?? iamNameOf(role, cluster);
    if (own === undefined) names.roles[role] = iamNameOf(role, cluster);
  }
  return names;
}

/**
 * What the names will be after a change of instance groups: computed where kOps computes them, else as they were seen.
 * Nothing when the change may make or remove something that has an id of AWS's own choosing.
 */
export function expectedNames(cluster: string, groups: Groups, seen: CloudNames): CloudNames | undefined {
  const computed = computedNames(cluster, groups);
  const rolesOf = (names: Pick<CloudNames, "roles">): string => Object.keys(names.roles).sort().join();
  const groupsOf = (names: Pick<CloudNames, "instanceGroups">): string =>
    Object.keys(names.instanceGroups).sort().join();
  if (rolesOf(computed) !== rolesOf(seen) || groupsOf(computed) !== groupsOf(seen)) return undefined;
  const instanceGroups = Object.fromEntries(
    Object.entries(computed.instanceGroups).map(([group, names]) => [
      group,
      { ...seen.instanceGroups[group], ...names },
    ]),
  );
  return { ...seen, ...computed, instanceGroups };
}

/** Name of a group's launch template and Auto Scaling group in the cloud (pkg/model/names.go in kOps). */
export function cloudNameOf(group: string, spec: Record<string, unknown>, cluster: string): string {
  switch (spec["role"]) {
    case "ControlPlane":
    case "Master":
      return `${group}.masters.${cluster}`;
    case "APIServer":
      return `${group}.apiservers.${cluster}`;
    default:
      return `${group}.${cluster}`;
  }
}

/**
 * What of the names that kOps gives depends on the manifests. Kept in the journal: during a deletion kOps removes the
 * manifests.
 */
export interface MadeFrom {
  /** Names of the Auto Scaling groups, which are those of their launch templates, too. */
  autoScalingGroups: string[];
  /** Whether kOps writes DNS records for the cluster. */
  records: boolean;
}

/** Names of what kOps makes for a cluster, as kOps composes them (pkg/model/names.go, pkg/model/awsmodel). */
export interface MadeNames extends MadeFrom {
  cluster: string;
  roles: string[];
  securityGroups: string[];
  queue: string;
  /** Event rules are named by this, a dash, and an event. */
  rulePrefix: string;
  rules: string[];
}

const longestQueuePrefix = 75;

const longestRulePrefix = 40;

/** truncate.TruncateString of kOps: the whole text, or its beginning with a hash of all of it. */
function shortened(text: string, longest: number): string {
  const hash = hashOf(text);
  return text.length <= longest ? text : `${text.slice(0, longest - hash.length - 1)}-${hash}`;
}

/** Events that kOps makes rules for (nodeterminationhandler.go); the last one only on demand. */
const events = [
  "ASGLifecycle",
  "SpotInterruption",
  "InstanceStateChange",
  "InstanceScheduledChange",
  "RebalanceRecommendation",
];

/** All names of a cluster. */
export function madeNames(cluster: string, from: MadeFrom): MadeNames {
  const rulePrefix = shortened(cluster, longestRulePrefix);
  return {
    ...from,
    cluster,
    roles: (["ControlPlane", "APIServer", "Node", "Bastion"] as const).map((role) => iamNameOf(role, cluster)),
    securityGroups: ["masters", "nodes", "bastion", "api-elb", "bastion-elb"].map((part) => `${part}.${cluster}`),
    // Periods are not allowed in the name of a queue.
    queue: `${shortened(cluster.replaceAll(".", "-"), longestQueuePrefix)}-nth`,
    rulePrefix,
    rules: events.map((event) => `${rulePrefix}-${event}`),
  };
}

/** The same, of all that is known of a cluster: its manifests, what Pulumi's state asks for, what was applied last. */
export function madeFrom(
  cluster: string,
  spec: Record<string, unknown>,
  known: readonly (Groups | undefined)[],
): MadeFrom {
  const names = known.flatMap((groups) =>
    Object.values(computedNames(cluster, groups ?? {}).instanceGroups).map(({ autoScalingGroup }) => autoScalingGroup),
  );
  return { autoScalingGroups: [...new Set(names)].sort(), records: writesRecords(cluster, spec) };
}
