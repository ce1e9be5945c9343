import { imagesIn } from "./images.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Kops } from "../kops-cli/kops.ts";
import type { Plan } from "./plan.ts";
import type { Progress } from "../runtime/progress.ts";
import { planUpdate } from "../kops-cli/flags.ts";
import {
  followApply,
  mostAttempts,
  noLoadBalancer,
  overlooksRules,
  parseDryRun,
  withoutPerpetualDifferences,
} from "../kops-cli/output/index.ts";

type Changes = Pick<Plan, "create" | "modify" | "remove" | "prune" | "images">;

/**
 * What kOps would change, by a dry run, which writes nothing; by another where it overlooked rules of security groups.
 * Where it cannot tell, what is known of it, and a line that says so.
 */
export async function dryRun(kops: Pick<Kops, "run">, inputs: KopsClusterInputs, progress: Progress): Promise<Changes> {
  for (let looks = 1; ; looks += 1) {
    const { changes, overlooked } = await lookOnce(kops, inputs, progress);
    // A group that is not made yet is found by no look.
    if (!overlooked || changes.create.some(({ kind }) => kind === "SecurityGroup")) return changes;
    if (looks < mostAttempts) continue;
    progress.say("kOps did not look for rules of security groups that are to go: what it says of them is not complete");
    return changes;
  }
}

async function lookOnce(
  kops: Pick<Kops, "run">,
  inputs: KopsClusterInputs,
  progress: Progress,
): Promise<{ changes: Changes; overlooked: boolean }> {
  const follow = followApply(progress);
  let overlooked = false;
  const report = await kops.run({
    args: planUpdate(inputs),
    onLine(line) {
      follow(line);
      overlooked ||= overlooksRules(line);
    },
    stopAt: noLoadBalancer,
  });
  if (!report.stopped)
    return {
      changes: {
        ...parseDryRun(withoutPerpetualDifferences(report.stdout)),
        images: imagesIn(report.stdout, inputs.instanceGroups, inputs.name),
      },
      overlooked,
    };
  progress.say(
    "the load balancer of the API is gone, its target groups are not: kOps cannot tell what else changes before " +
      "it is there again",
  );
  return {
    changes: {
      create: [{ kind: "NetworkLoadBalancer", name: `api.${inputs.name}`, fields: [] }],
      modify: [],
      remove: [],
      prune: [],
    },
    overlooked: false,
  };
}

/** A dry run that found nothing to do. */
export function isNothing({
  create,
  modify,
  remove,
  prune,
}: Pick<Plan, "create" | "modify" | "remove" | "prune">): boolean {
  return create.length + modify.length + remove.length + prune.length === 0;
}
