import { fieldsOf, isRecord } from "../model/spec.ts";
import { hasUnknown, unknownValue } from "../model/unknown.ts";
import { at, differs, fromTo, guides, listOf, lower, present, shown } from "./rule.ts";
import type { Fields, Json, Refusal, Rule } from "./rule.ts";
/** NetworkLoadBalancer and ClassicLoadBalancer in awstasks set the scheme only when they are created. */
export const loadBalancer: Rule = ({ old, desired }) => {
  const before = at(old, "cluster.api.loadBalancer");
  const after = at(desired, "cluster.api.loadBalancer");
  if (!isRecord(before) || !isRecord(after)) return [];
  const found: Refusal[] = [];
  if (
    before["type"] !== undefined &&
    after["type"] !== undefined &&
    differs(lower(before["type"]), lower(after["type"]))
  ) {
    found.push({
      name: "loadBalancer",
      property: "cluster.api.loadBalancer.type",
      reason:
        `${fromTo(before["type"], after["type"])}: AWS cannot turn a load balancer between internet-facing and ` +
        "internal; it must be deleted by hand first, and meanwhile the API is unreachable",
      guide: guides.loadBalancerType,
    });
  }
  // PopulateClusterSpec.
  const classOf = (spec: Fields): Json => present(spec["class"]) ?? "Classic";
  if (differs(lower(classOf(before)), lower(classOf(after)))) {
    found.push({
      name: "loadBalancer",
      property: "cluster.api.loadBalancer.class",
      reason:
        `${fromTo(classOf(before), classOf(after))}: new connections to the API fail until every control-plane ` +
        "node is replaced, and the old load balancer must be removed by hand",
      guide: guides.loadBalancerClass,
    });
  }
  return found;
};

/** kOps finds the first in its validation; AWS refuses the others once everything else is made. */
export const loadBalancerSubnets: Rule = ({ desired }) => {
  const own = at(desired, "cluster.api.loadBalancer.subnets");
  const all = at(desired, "cluster.subnets");
  if (
    !Array.isArray(own) ||
    !Array.isArray(all) ||
    hasUnknown(own) ||
    hasUnknown(all.map((one) => at(fieldsOf(one), "name")))
  )
    return [];
  const zones = new Map(listOf(all).map((subnet) => [subnet["name"], subnet["zone"]]));
  const before = (index: number): Fields[] => listOf(own).slice(0, index);
  return listOf(own).flatMap(({ name, allocationId }, index): Refusal[] => {
    const property = `cluster.api.loadBalancer.subnets[${index}]`;
    if (!zones.has(name))
      return [
        {
          property: `${property}.name`,
          reason: `${shown(name)} is not a subnet of the cluster (it has ${[...zones.keys()].map(shown).join(", ")})`,
          guide: guides.loadBalancerSubnets,
        },
      ];
    const zone = zones.get(name);
    const beside = before(index).find((one) => zone !== unknownValue && zones.get(one["name"]) === zone);
    const shared =
      present(allocationId) === undefined
        ? undefined
        : before(index).find((one) => one["allocationId"] === allocationId);
    return [
      ...(beside
        ? [
            {
              property: `${property}.name`,
              reason: `${shown(name)} is in ${shown(zone)}, as is ${shown(beside["name"])}: a load balancer takes one subnet of a zone`,
              guide: guides.loadBalancerSubnets,
            },
          ]
        : []),
      ...(shared
        ? [
            {
              property: `${property}.allocationId`,
              reason: `${shown(allocationId)} is also that of ${shown(shared["name"])}: each subnet needs an address of its own`,
              guide: guides.loadBalancerSubnets,
            },
          ]
        : []),
    ];
  });
};
