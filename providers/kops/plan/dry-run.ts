import { imagesIn } from "./facts/images.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Kops } from "../kops-cli/kops.ts";
import { withoutPerpetualDifferences } from "./perpetual-differences.ts";
import type { Plan } from "./plan.ts";
import type { Progress } from "../runtime/progress.ts";
import { mostLooks, overlooksRules, updateFlags } from "../kops-cli/flags.ts";
import { followApply } from "../kops-cli/output/rolling-update.ts";
import { parseDryRun } from "../kops-cli/output/dry-run.ts";

/**
 * Where a dry run never gets past: the API's load balancer is gone and its target groups are not. They ask it for an
 * ARN, which only an apply would give it; kOps tries for ten minutes (TargetGroup.Find in
 * upup/pkg/fi/cloudup/awstasks). The apply itself brings it back.
 */
const noLoadBalancer = /error running task "TargetGroup\/.*load balancer not ready \(no ARN\)/;

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
    if (looks < mostLooks) continue;
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
    args: ["update", "cluster", "--name", inputs.name, ...updateFlags(inputs)],
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
