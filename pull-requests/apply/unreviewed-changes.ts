import { unreviewedClusterChanges } from "../../providers/kops/plan/document/reviewed-plan.ts";
import type { PlanDocument } from "../../providers/kops/plan/document/plan-document.ts";
import { digestOf } from "../../providers/kops/model/spec.ts";
import { isAmong } from "../preview/digests.ts";
import type { PreviewDocument, ResourceChange } from "../preview/document.ts";
import { isCluster } from "../preview/steps.ts";
import { inWords, listed } from "../preview/waiting.ts";

const key = ({ op, urn }: ResourceChange): string => `${op} ${urn}`;

/** The properties that one step changes and another does not. */
function otherProperties(now: ResourceChange, reviewed: ResourceChange): string[] {
  return Object.entries(now.digests)
    .filter(([path, digest]) => !isAmong(path, digest, reviewed.digests))
    .map(([path]) => path);
}

function resourceLines(now: PreviewDocument, reviewed: PreviewDocument): string[] {
  const known = new Map(reviewed.resources.map((one) => [key(one), one]));
  return now.resources.flatMap((one) => {
    // A create that was interrupted continues as an update without a change of its inputs.
    const was = known.get(key(one)) ?? (one.op === "update" ? known.get(key({ ...one, op: "create" })) : undefined);
    if (!was) return [inWords(one)];
    const paths = otherProperties(one, was);
    return paths.length === 0 ? [] : [`${inWords(one)}, otherwise than reviewed: ${listed(paths)}`];
  });
}

/** Whether the preview had no plan of a cluster because its environment was to be made first. */
function wasToBeCreated(plan: PlanDocument, reviewed: PreviewDocument): boolean {
  const name = digestOf([null, plan.cluster]);
  return reviewed.resources.some((one) => isCluster(one) && one.op === "create" && one.digests["name"] === name);
}

/** Changes that the reviewed preview does not have, one line each. Missing ones are fine: they may be done already. */
export function unreviewedChanges(now: PreviewDocument, reviewed: PreviewDocument): string[] {
  const plans = new Map(reviewed.clusters.map((plan) => [plan.cluster, plan]));
  return [
    ...resourceLines(now, reviewed),
    ...now.clusters.flatMap((plan) => {
      const was = plans.get(plan.cluster);
      if (!was && plan.new === true && wasToBeCreated(plan, reviewed)) return [];
      return unreviewedClusterChanges(plan, was).map((line) => `${plan.cluster}: ${line}`);
    }),
  ];
}
