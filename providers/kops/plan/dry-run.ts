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
 * The error at which a dry run never succeeds: the API's load balancer is gone but its target groups exist. They need
 * its ARN, which only an apply can give; kOps retries for ten minutes (TargetGroup.Find in
 * upup/pkg/fi/cloudup/awstasks). The apply makes the load balancer again.
 */
const noLoadBalancer = /error running task "TargetGroup\/.*load balancer not ready \(no ARN\)/;

type Changes = Pick<Plan, "create" | "modify" | "remove" | "prune" | "images">;

/**
 * What kOps would change, by a dry run, which writes nothing. Repeated when kOps overlooked rules of security groups.
 * When kOps cannot tell everything, the result is partial and a line says so.
 */
export async function dryRun(kops: Pick<Kops, "run">, inputs: KopsClusterInputs, progress: Progress): Promise<Changes> {
  for (let looks = 1; ; looks += 1) {
    const { changes, overlooked } = await lookOnce(kops, inputs, progress);
    // No repetition finds a security group that does not exist yet.
    if (!overlooked || changes.create.some(({ kind }) => kind === "SecurityGroup")) return changes;
    if (looks < mostLooks) continue;
    progress.say("kOps did not look for all security group rules to delete: the plan may miss some");
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
    "the load balancer of the API is gone, but its target groups exist: kOps cannot tell what else changes until it " +
      "is back",
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
