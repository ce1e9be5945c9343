import { isRecord } from "../model/spec.ts";
import { at, differs, fromTo, guides, lower, present } from "./rule.ts";
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
