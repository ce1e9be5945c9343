import { imagesIn } from "./facts/images.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import type { Kops } from "../kops-cli/kops.ts";
import type { Plan } from "./plan.ts";
import type { Progress } from "../runtime/progress.ts";
import { KopsError } from "../model/errors.ts";
import { planUpdate } from "../kops-cli/flags.ts";
import { runUpdate } from "../kops-cli/update.ts";
import {
  followApply,
  isDryRunReport,
  mostAttempts,
  noLoadBalancer,
  overlooksRules,
  parseDryRun,
  withoutPerpetualDifferences,
} from "../kops-cli/output/index.ts";

type Changes = Pick<Plan, "create" | "modify" | "remove" | "prune" | "images">;

/**
 * What kOps would change, by a dry run, which writes nothing. Repeated when kOps overlooked rules of security groups.
 * When kOps cannot tell everything, the result is partial and a line says so.
 */
export async function dryRun(kops: Pick<Kops, "run">, inputs: KopsClusterInputs, progress: Progress): Promise<Changes> {
  for (let attempt = 1; ; attempt += 1) {
    const { changes, overlooked } = await runOnce(kops, inputs, progress);
    // No repetition finds a security group that does not exist yet.
    if (!overlooked || changes.create.some(({ kind }) => kind === "SecurityGroup")) return changes;
    if (attempt < mostAttempts) continue;
    progress.say("kOps did not look for all security group rules to delete: the plan may miss some");
    return changes;
  }
}

async function runOnce(
  kops: Pick<Kops, "run">,
  inputs: KopsClusterInputs,
  progress: Progress,
): Promise<{ changes: Changes; overlooked: boolean }> {
  const follow = followApply(progress);
  let overlooked = false;
  const report = await runUpdate(kops, inputs, "dryRun", {
    args: planUpdate(inputs),
    onLine(line) {
      follow(line);
      overlooked ||= overlooksRules(line);
    },
    stopAt: (line) => noLoadBalancer.test(line),
  });
  if (!report.stopped && !isDryRunReport(report.stdout))
    throw new KopsError({
      what: `The dry run of ${inputs.name} cannot be read`,
      why: `kOps ${inputs.kopsVersion} printed neither changes nor that there are none`,
      next: "use a kopsVersion that this program knows (docs/reference/kops-versions.md), or report this one",
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
