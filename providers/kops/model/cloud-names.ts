import { isRecord } from "./spec.ts";
import { allRoles, isKarpenter, roleOf } from "./instance-groups.ts";
import type { Role } from "./instance-groups.ts";
import { writesRecords } from "./places.ts";

/** Names and ids of what kOps made in AWS for a cluster. None of them is a credential. */
export interface CloudNames {
  /** By instance group, without the groups of Karpenter, which have neither. */
  instanceGroups: Record<
    string,
    { autoScalingGroup: string; launchTemplate: string; launchTemplateId?: string | undefined }
  >;
  /** Instance profiles by instance group: the one that the group names, else one that kOps made. */
  instanceProfiles: Record<string, string>;
  /** IAM roles that kOps made, by role of instance groups; absent where all groups name a profile of their own. */
  roles: Partial<Record<Role, string>>;
  /** Ids by name, such as `nodes.k1.example.com`. */
  securityGroups: Record<string, string>;
  /** The load balancer of the Kubernetes API, if there is one. A classic load balancer has only a name here. */
  loadBalancer?: { name: string; arn?: string | undefined; dnsName?: string | undefined } | undefined;
  /** Ids by name, such as `a.etcd-main.k1.example.com`. */
  etcdVolumes: Record<string, string>;
  /** The VPC, and the subnets by their names in the manifest. Absent where the subnets existed before the cluster. */
  network?: { vpcId: string; subnets: Record<string, string> } | undefined;
}

/** Whether kOps makes the subnets of a cluster: the manifest then has no ids for them. */
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
const longestQueuePrefix = 75;
const longestRulePrefix = 40;
const hashLength = 6;

/** Name of the IAM role and of the instance profile that kOps makes for a role (IAMName in pkg/model/names.go). */
export function iamNameOf(role: Role, cluster: string): string {
  return truncated(`${iamPrefix[role]}.${cluster}`, longestIamName);
}

/** TruncateString in pkg/truncate of kOps: the whole text, or its start and a hash of the whole text. */
function truncated(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - hashLength - 1)}-${hashOf(text)}`;
}

/** HashString in pkg/truncate of kOps: FNV-1a of 32 bits, in base 32 with the digits 0-9a-v. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return Array.from({ length: hashLength }, (_, index) => ((hash >>> (27 - 5 * index)) & 31).toString(32)).join("");
}

/** The profile that a group names itself: the last part of its ARN (FindCustomAuthNameFromArn in kOps). */
function customProfile(group: Record<string, unknown>): string | undefined {
  const { iam } = group;
  const profile = isRecord(iam) ? iam["profile"] : undefined;
  return typeof profile === "string" && profile !== "" ? profile.split("/").at(-1) : undefined;
}

type Groups = Readonly<Record<string, Record<string, unknown>>>;

/** The names of the groups' Auto Scaling groups and launch templates: kOps gives both the same. */
export function cloudNamesOf(cluster: string, groups: Groups): string[] {
  return Object.entries(groups).map(([group, spec]) => cloudNameOf(group, spec, cluster));
}

/** The names that follow from the desired spec alone, because kOps composes them. */
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
    const own = customProfile(spec);
    if (!isKarpenter(spec)) names.instanceGroups[group] = { autoScalingGroup: name, launchTemplate: name };
    names.instanceProfiles[group] = own ?? iamNameOf(role, cluster);
    if (own === undefined) names.roles[role] = iamNameOf(role, cluster);
  }
  return names;
}

/**
 * The names after a change of instance groups: computed as kOps does, else as observed. Undefined if the change may
 * create or remove something whose id AWS chooses.
 */
export function expectedNames(cluster: string, groups: Groups, observed: CloudNames): CloudNames | undefined {
  const computed = computedNames(cluster, groups);
  const rolesOf = (names: Pick<CloudNames, "roles">): string => Object.keys(names.roles).sort().join();
  const groupsOf = (names: Pick<CloudNames, "instanceGroups">): string =>
    Object.keys(names.instanceGroups).sort().join();
  if (rolesOf(computed) !== rolesOf(observed) || groupsOf(computed) !== groupsOf(observed)) return undefined;
  const instanceGroups = Object.fromEntries(
    Object.entries(computed.instanceGroups).map(([group, names]) => [
      group,
      { ...observed.instanceGroups[group], ...names },
    ]),
  );
  return { ...observed, ...computed, instanceGroups };
}

/** Name of the launch template and the Auto Scaling group of a group in AWS (pkg/model/names.go in kOps). */
export function cloudNameOf(group: string, spec: Record<string, unknown>, cluster: string): string {
  switch (roleOf(spec)) {
    case "ControlPlane":
      return `${group}.masters.${cluster}`;
    case "APIServer":
      return `${group}.apiservers.${cluster}`;
    default:
      return `${group}.${cluster}`;
  }
}

/** The part of kOps's names that depends on the manifests. The journal keeps it, because a deletion removes those. */
export interface NameSource {
  /** Names of the Auto Scaling groups, and of their launch templates. */
  autoScalingGroups: string[];
  /** Whether kOps writes DNS records for the cluster. */
  records: boolean;
}

/** Names that kOps gives what it makes for a cluster (pkg/model/names.go, pkg/model/awsmodel). */
export interface KopsNames extends NameSource {
  cluster: string;
  roles: string[];
  securityGroups: string[];
  queue: string;
  /** The name of an event rule is this, a dash, and an event. */
  rulePrefix: string;
  rules: string[];
}

/** Events that kOps makes rules for (nodeterminationhandler.go), the last one only if configured. */
const events = [
  "ASGLifecycle",
  "SpotInterruption",
  "InstanceStateChange",
  "InstanceScheduledChange",
  "RebalanceRecommendation",
];

/** All names of a cluster. */
export function kopsNames(cluster: string, from: NameSource): KopsNames {
  const rulePrefix = truncated(cluster, longestRulePrefix);
  return {
    ...from,
    cluster,
    roles: allRoles.map((role) => iamNameOf(role, cluster)),
    securityGroups: ["masters", "nodes", "bastion", "api-elb", "bastion-elb"].map((part) => `${part}.${cluster}`),
    // SQS allows no periods in a name.
    queue: `${truncated(cluster.replaceAll(".", "-"), longestQueuePrefix)}-nth`,
    rulePrefix,
    rules: events.map((event) => `${rulePrefix}-${event}`),
  };
}

/** The same from all known specs of a cluster: its manifests, Pulumi's state, the spec last applied. */
export function nameSource(
  cluster: string,
  spec: Record<string, unknown>,
  known: readonly (Groups | undefined)[],
): NameSource {
  const names = known.flatMap((groups) =>
    Object.values(computedNames(cluster, groups ?? {}).instanceGroups).map(({ autoScalingGroup }) => autoScalingGroup),
  );
  return { autoScalingGroups: [...new Set(names)].sort(), records: writesRecords(cluster, spec) };
}
