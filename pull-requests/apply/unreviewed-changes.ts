import { unreviewedChanges } from "../../providers/kops/plan/document/reviewed-plan.ts";
import type { PreviewDocument } from "../preview/document.ts";
import { isCluster } from "../preview/steps.ts";

/**
 * What a preview does beyond one that was reviewed, in words. Less is no difference: it may have been done meanwhile.
 */
export function beyond(now: PreviewDocument, reviewed: PreviewDocument): string[] {
  const known = new Set(reviewed.resources.map(({ op, urn }) => `${op} ${urn}`));
  const plans = new Map(reviewed.clusters.map((plan) => [plan.cluster, plan]));
  return [
    ...now.resources
      .filter(({ op, urn }) => !known.has(`${op} ${urn}`))
      .map((one) => `${one.op} ${isCluster(one) ? "of the cluster" : one.type} ${one.name}`),
    ...now.clusters.flatMap((plan) => unreviewedChanges(plan, plans.get(plan.cluster)).map((line) => `${plan.cluster}: ${line}`)),
  ];
}
