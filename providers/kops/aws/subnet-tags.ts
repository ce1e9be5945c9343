import { isRecord } from "../model/spec.ts";

type Tags = Readonly<Record<string, string>>;

const clusterPrefix = "kubernetes.io/cluster/";
const groupPrefix = "kops.k8s.io/instance-group/";
const roleTags = ["kubernetes.io/role/elb", "kubernetes.io/role/internal-elb", "SubnetType"] as const;

/** Key of the tag that says whether a subnet is shared with a cluster or owned by it. */
export function clusterTagOf(cluster: string): string {
  return `${clusterPrefix}${cluster}`;
}

/** Whether kOps may write this tag on a subnet of the cluster (pkg/model/awsmodel/network.go). */
export function isKopsSubnetTag(key: string, cluster: string): boolean {
  return (
    key === `${clusterPrefix}${cluster}` || key.startsWith(groupPrefix) || (roleTags as readonly string[]).includes(key)
  );
}

/**
 * Ids of the subnets that are shared with others, as far as kOps is to tag them: `DisableSubnetTags` is v1alpha2's
 * `tagSubnets: false`.
 */
export function taggedSharedSubnets(spec: Record<string, unknown>): string[] {
  if (spec["DisableSubnetTags"] === true || spec["tagSubnets"] === false) return [];
  const subnets = Array.isArray(spec["subnets"]) ? spec["subnets"].filter(isRecord) : [];
  return subnets.map((subnet) => subnet["id"]).filter((id): id is string => typeof id === "string" && id !== "");
}

/** What is to be undone on a subnet to leave it as it was found. */
export interface Undoing {
  remove: string[];
  restore: Record<string, string>;
}

/**
 * Tags that kOps added to a subnet, or overwrote, and leaves there when it deletes the cluster. Never somebody else's:
 * only keys that kOps writes, and of those that speak of the subnet's role only while no other cluster uses the subnet,
 * for that one needs them too.
 */
export function undoingOf(cluster: string, before: Tags, now: Tags): Undoing {
  const others = Object.keys(now).some((key) => key.startsWith(clusterPrefix) && key !== `${clusterPrefix}${cluster}`);
  const undoing: Undoing = { remove: [], restore: {} };
  for (const [key, value] of Object.entries(now)) {
    if (!isKopsSubnetTag(key, cluster)) continue;
    const own = key === `${clusterPrefix}${cluster}`;
    if (others && !own) continue;
    const had = before[key];
    if (had === undefined) undoing.remove.push(key);
    else if (had !== value) undoing.restore[key] = had;
  }
  return undoing;
}
