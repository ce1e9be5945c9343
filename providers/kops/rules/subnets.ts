import { fieldsOf } from "../model/spec.ts";
import { unknownValue } from "../model/unknown.ts";
import { at, differs, fromTo, guides, listOf, lower, present, shown } from "./rule.ts";
import type { Json, Refusal, Rule } from "./rule.ts";

/**
 * Subnet.CheckChanges in awstasks: VPC, zone and CIDR are immutable. kOps never deletes a removed or renamed subnet.
 */
export const subnets: Rule = ({ old, desired }) => {
  const before = at(old, "cluster.subnets");
  const after = at(desired, "cluster.subnets");
  if (!Array.isArray(before) || !Array.isArray(after)) return [];
  const unsure = after.some((subnet: Json) => subnet === unknownValue || at(fieldsOf(subnet), "name") === unknownValue);
  return listOf(before).flatMap((subnet): Refusal[] => {
    const index = after.findIndex((one: Json) => at(fieldsOf(one), "name") === subnet["name"]);
    if (index < 0) {
      if (unsure) return [];
      const reason =
        `subnet ${shown(subnet["name"])} cannot be removed: kOps forgets it, and it stays in AWS with all that is in ` +
        "it; take it out of every instance group and roll them first";
      return [{ name: "subnets", property: "cluster.subnets", reason, guide: guides.vpc }];
    }
    const now = fieldsOf(after[index]);
    return (["zone", "id", "cidr", "ipv6CIDR", "type"] as const).flatMap((field) => {
      const from = lower(present(subnet[field]));
      const to = lower(present(now[field]));
      // kOps assigned the ranges that were left out; they stay.
      if ((field === "cidr" || field === "ipv6CIDR") && (from === undefined || to === undefined)) return [];
      if (!differs(from, to)) return [];
      const reason =
        `${fromTo(subnet[field], now[field])}: AWS cannot change or move a subnet, and its nodes and load ` +
        "balancers stay in the old one; add a subnet with a new name instead";
      return [{ name: "subnets", property: `cluster.subnets[${index}].${field}`, reason, guide: guides.vpc }];
    });
  });
};
