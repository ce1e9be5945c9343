import { hasUnknown, unknownValue } from "../model/unknown.ts";
import { at, groupsOf, guides, present } from "./rule.ts";
import type { Refusal, Rule } from "./rule.ts";
import { managesNodePools } from "../model/versions.ts";
import { isKarpenter, roleOf } from "../model/instance-groups.ts";

/**
 * Refuses groups of Karpenter's that would never have a node. kOps 1.35 accepts them; 1.36 refuses the role and the
 * sizes (validateKarpenterInstanceGroup in pkg/apis/kops/validation) after it has written the rest.
 */
export const karpenter: Rule = ({ desired }) => {
  const enabled = at(desired, "cluster.karpenter.enabled");
  const version = desired["kopsVersion"];
  const sized = typeof version === "string" && version !== unknownValue && managesNodePools(version);
  return groupsOf(desired).flatMap(([name, group]): Refusal[] => {
    if (!isKarpenter(group)) return [];
    const property = `instanceGroups.${name}`;
    const found: Refusal[] = [];
    if (group["role"] !== unknownValue && roleOf(group) !== "Node") {
      found.push({
        property: `${property}.manager`,
        reason:
          `Karpenter makes workers only, and this group has role ${roleOf(group)}: kOps would make no machine for ` +
          "it; leave manager out",
        guide: guides.karpenter,
      });
    }
    if (enabled !== true && !hasUnknown(at(desired, "cluster")) && !hasUnknown(enabled)) {
      found.push({
        property: `${property}.manager`,
        reason:
          "Karpenter is not in the cluster, so this group would never have a node; set cluster.karpenter.enabled: true",
        guide: guides.karpenter,
      });
    }
    for (const size of ["minSize", "maxSize"]) {
      const value = group[size];
      if (sized && typeof value === "number" && value <= 0)
        found.push({
          property: `${property}.${size}`,
          reason: "must be greater than zero in a group of Karpenter's; leave it out to let Karpenter choose",
          guide: guides.karpenter,
        });
    }
    if (sized && present(group["image"]) === undefined) {
      found.push({
        property: `${property}.image`,
        reason:
          "must be given: no dry run of kOps tells the image of a group of Karpenter's, so it cannot be kept, and " +
          "Karpenter would replace the nodes as soon as the channel has another image",
        guide: guides.images,
      });
    }
    return found;
  });
};
