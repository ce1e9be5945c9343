import { workOf } from "../../providers/kops/plan/document/reviewed-plan.ts";
import type { PreviewDocument, ResourceChange, Waiting } from "./document.ts";
import { isCluster } from "./steps.ts";

/** A step as a line. */
export const inWords = (one: ResourceChange): string =>
  `${one.op} ${isCluster(one) ? "of the cluster" : one.type} ${one.name}`;

const longest = 5;

/** The first of many property paths. */
export function listed(paths: readonly string[]): string {
  const more = paths.length - longest;
  return `${paths.slice(0, longest).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** A preview without a change: what it shows waits already. */
export function waitingIn({ status, problems, resources, clusters }: PreviewDocument): Waiting {
  return { problems: status === "failed" ? problems : [], resources, clusters };
}

/** Properties of a step that another step changes in the same way. */
function sameProperties(now: ResourceChange, other: ResourceChange): string[] {
  return Object.entries(now.digests)
    .filter(([path, digest]) => !path.startsWith("(") && other.digests[path] === digest)
    .map(([path]) => path);
}

/** Changes that were merged before, waited at the review, and would be applied with the reviewed ones. */
export function waitingChanges(now: Pick<PreviewDocument, "resources" | "clusters">, waiting: Waiting): string[] {
  const steps = new Map(waiting.resources.map((one) => [one.urn, one]));
  const plans = new Map(waiting.clusters.map((plan) => [plan.cluster, new Set(workOf(plan))]));
  return [
    ...now.resources.flatMap((one) => {
      const other = steps.get(one.urn);
      if (!other) return [];
      const paths = sameProperties(one, other);
      if (paths.length > 0 && one.op !== "create") return [`${inWords(one)}: ${listed(paths)}`];
      return one.op === other.op && (paths.length > 0 || Object.keys(one.digests).every((path) => path.startsWith("(")))
        ? [inWords(one)]
        : [];
    }),
    ...now.clusters.flatMap((plan) =>
      workOf(plan)
        .filter((line) => plans.get(plan.cluster)?.has(line))
        .map((line) => `${plan.cluster}: ${line}`),
    ),
  ];
}
