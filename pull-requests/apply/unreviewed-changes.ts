import { unreviewedClusterChanges } from "../../providers/kops/plan/document/reviewed-plan.ts";
import type { PreviewDocument } from "../preview/document.ts";
import { isCluster } from "../preview/steps.ts";

/** Changes that the reviewed preview does not have, one line each. Missing ones are fine: they may be done already. */
export function unreviewedChanges(now: PreviewDocument, reviewed: PreviewDocument): string[] {
  const reviewedSteps = new Set(reviewed.resources.map(({ op, urn }) => `${op} ${urn}`));
  const plans = new Map(reviewed.clusters.map((plan) => [plan.cluster, plan]));
  return [
    ...now.resources
      .filter(({ op, urn }) => !reviewedSteps.has(`${op} ${urn}`))
      .map((one) => `${one.op} ${isCluster(one) ? "of the cluster" : one.type} ${one.name}`),
    ...now.clusters.flatMap((plan) =>
      unreviewedClusterChanges(plan, plans.get(plan.cluster)).map((line) => `${plan.cluster}: ${line}`),
    ),
  ];
}
