import { clusterTagOf as clusterTag, mostTags } from "../../providers/kops/model/tag-keys.ts";
import type { Issue } from "../config/problems.ts";

export { clusterTag, mostTags };

export type SubnetKind = "utility" | "private";

/** Load balancer controllers find the subnets for public and internal load balancers by these. */
export const roleTag = {
  utility: "kubernetes.io/role/elb",
  private: "kubernetes.io/role/internal-elb",
} as const satisfies Record<SubnetKind, string>;

/** How a subnet is called in messages, and the keys of all tags that will be on it. */
export interface TaggedSubnet {
  what: string;
  path: PropertyKey[];
  keys: readonly string[];
}

/** Subnets that would get more tags than AWS takes: it would be found out in the middle of an operation. */
export function tagLimitProblems(subnets: readonly TaggedSubnet[]): Issue[] {
  return subnets.flatMap(({ what, path, keys }) => {
    const counted = [...new Set(keys)].filter((key) => !key.startsWith("aws:"));
    if (counted.length <= mostTags) return [];
    const clusters = counted.filter((key) => key.startsWith(clusterTag(""))).length;
    return [
      {
        path,
        message:
          `${what} would have ${counted.length} tags, ${clusters} of them of clusters: AWS takes ${mostTags}. ` +
          "Take tags off, or put clusters into another network",
      },
    ];
  });
}
