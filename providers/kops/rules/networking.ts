import { isRecord } from "../model/spec.ts";
import { unknownValue } from "../model/unknown.ts";
import { at, differs, fieldsOf, fromTo, guides, listOf, lower, present, shown } from "./rule.ts";
import type { Fields, Json, Refusal, Rule } from "./rule.ts";

/** The network plug-ins named in `networking`. Exactly one, says validateNetworking. */
export function pluginOf(inputs: Fields): Json {
  const networking = at(inputs, "cluster.networking");
  if (networking === unknownValue) return unknownValue;
  const kinds = Object.entries(fieldsOf(networking)).filter(([, options]) => options !== undefined && options !== null);
  return kinds.length === 0
    ? undefined
    : kinds
        .map(([kind]) => kind.toLowerCase())
        .sort()
        .join("+");
}

/** kOps's guide calls only the way away from kubenet safe; ValidateClusterUpdate lets all pass. */
export const plugin: Rule = ({ old, desired }) => {
  if (!old) return [];
  const before = pluginOf(old);
  const after = pluginOf(desired);
  if (before === undefined || after === undefined || before === "kubenet" || !differs(before, after)) return [];
  return [
    {
      name: "networking",
      property: "cluster.networking",
      reason:
        `${fromTo(before, after)}: pods on rolled and unrolled nodes cannot reach each other, and kOps leaves the ` +
        "old plug-in's DaemonSet behind",
      guide: guides.cni,
    },
  ];
};

/**
 * Subnet.CheckChanges in awstasks: VPC, zone and CIDR are immutable. A subnet that left is not deleted, and one that is
 * renamed has left.
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
        `subnet ${shown(subnet["name"])} cannot leave: kOps forgets it and leaves it in AWS with what stands in ` +
        "it; take it out of every instance group and roll them first";
      return [{ name: "subnets", property: "cluster.subnets", reason, guide: guides.vpc }];
    }
    const now = fieldsOf(after[index]);
    return (["zone", "id", "cidr", "ipv6CIDR", "type"] as const).flatMap((field) => {
      const from = lower(present(subnet[field]));
      const to = lower(present(now[field]));
      // Ranges that were left out were assigned by kOps, and stay.
      if ((field === "cidr" || field === "ipv6CIDR") && (from === undefined || to === undefined)) return [];
      if (!differs(from, to)) return [];
      const reason =
        `${fromTo(subnet[field], now[field])}: AWS cannot change or move a subnet, and its nodes and load ` +
        "balancers stay in the old one; add a subnet with a new name instead";
      return [{ name: "subnets", property: `cluster.subnets[${index}].${field}`, reason, guide: guides.vpc }];
    });
  });
};

/**
 * NetworkLoadBalancer and ClassicLoadBalancer in awstasks set the scheme only when they are created. Left out, the
 * class is Classic (PopulateClusterSpec).
 */
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
        "internal; it must be deleted by hand first, and the API is away meanwhile",
      guide: guides.loadBalancerType,
    });
  }
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
