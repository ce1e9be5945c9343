import { z } from "zod";
import { clusterTagPrefix, mostTags, tagProblems } from "../../providers/kops/model/tag-keys.ts";
import type { Issue } from "../config/problems.ts";

/*
 * Tag keys that only components write. The cluster tag, reserved keys and AWS's limits are in the provider's
 * tag-keys.ts, which both use.
 */

/** The cluster that a tag key belongs to; undefined for any other key. */
export const clusterOfTag = (key: string): string | undefined =>
  key.startsWith(clusterTagPrefix) ? key.slice(clusterTagPrefix.length) : undefined;

export type SubnetKind = "utility" | "private";

/** Load balancer controllers find the subnets for public and internal load balancers by these. */
export const roleTag = {
  utility: "kubernetes.io/role/elb",
  private: "kubernetes.io/role/internal-elb",
} as const satisfies Record<SubnetKind, string>;

/** Tell the cluster autoscaler what nodes of an empty group will be like. */
export const autoscalerTag = {
  taint: (key: string): string => `k8s.io/cluster-autoscaler/node-template/taint/${key}`,
  ephemeralStorage: "k8s.io/cluster-autoscaler/node-template/resources/ephemeral-storage",
};

/** AWS tags that people set on everything. `others`: keys that are set beside them. */
export const awsTags = (others: readonly string[] = []) =>
  z.record(z.string().min(1), z.string()).check(({ value, issues }) => {
    const problems = tagProblems(value, others);
    const roles = Object.keys(value).filter(
      (key) => /^kubernetes\.io\//i.test(key) && !problems.some((problem) => problem.key === key),
    );
    const message = "is a tag that is not for people to set: load balancer controllers choose subnets by such tags";
    for (const { key, message: why } of [...problems, ...roles.map((key) => ({ key, message }))])
      issues.push({ code: "custom", message: why, path: [key], input: value });
  });

/** A subnet as messages name it, and the keys of all tags that will be on it. */
export interface TaggedSubnet {
  what: string;
  path: PropertyKey[];
  keys: readonly string[];
}

/** Subnets that would get more tags than AWS allows. AWS itself would refuse in the middle of an operation. */
export function tagLimitProblems(subnets: readonly TaggedSubnet[]): Issue[] {
  return subnets.flatMap(({ what, path, keys }) => {
    const counted = [...new Set(keys)].filter((key) => !key.startsWith("aws:"));
    if (counted.length <= mostTags) return [];
    const clusters = counted.filter((key) => clusterOfTag(key) !== undefined).length;
    return [
      {
        path,
        message:
          `${what} would have ${counted.length} tags, ${clusters} of them for clusters: AWS allows ${mostTags}. ` +
          "Remove tags, or put clusters into another network",
      },
    ];
  });
}
