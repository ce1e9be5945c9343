import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { PreviewDocument } from "../preview/document.ts";
import { previewStack, streamPulumi } from "../preview/pulumi.ts";
import type { StackPlace } from "../preview/pulumi.ts";
import { waitingChanges } from "../preview/waiting.ts";
import { outcomesIn } from "./outcome.ts";
import type { ClusterOutcome } from "./outcome.ts";
import { unreviewedChanges } from "./unreviewed-changes.ts";

const next =
  "run the workflow `up` for this stack by hand: it previews again and waits for an approval; nothing was changed";

function refuseUnusable(reviewed: PreviewDocument, stack: string): void {
  const what = `The stack ${stack} is not updated`;
  if (reviewed.stack !== stack)
    throw new ConfigError({ what, why: `the reviewed preview is of the stack ${reviewed.stack}`, next });
  if (reviewed.status === "failed")
    throw new ConfigError({ what, why: `its reviewed preview failed: ${reviewed.problems.join("; ")}`, next });
}

/** What waited before the pull request was reviewed belongs to other merges and their approvals. */
function refuseWaiting(now: PreviewDocument, { stack, waiting }: PreviewDocument): void {
  const what = `The stack ${stack} is not updated`;
  if (!waiting || now.resources.length + now.clusters.length === 0) return;
  if (waiting.problems.length > 0)
    throw new ConfigError({
      what,
      why: `what waited from earlier merges is not known, their preview failed: ${waiting.problems.join("; ")}`,
      next,
    });
  const found = waitingChanges(now, waiting);
  if (found.length > 0)
    throw new ConfigError({
      what,
      why: `it would also apply what waited from earlier merges:\n  ${found.join("\n  ")}`,
      next,
    });
}

/** Previews again before anything changes. One unreviewed change of any part stops the whole stack. */
async function refuseUnreviewed(place: StackPlace, reviewed: PreviewDocument): Promise<PreviewDocument> {
  const what = `The stack ${place.stack} is not updated`;
  const now = await previewStack(place);
  if (now.status === "failed")
    throw new ConfigError({
      what,
      why: `its preview fails: ${now.problems.join("; ")}`,
      next: "fix the problem by a pull request; nothing was changed",
    });
  const more = unreviewedChanges(now, reviewed);
  if (more.length > 0)
    throw new ConfigError({ what, why: `it would do more than was reviewed:\n  ${more.join("\n  ")}`, next });
  refuseWaiting(now, reviewed);
  return now;
}

/**
 * Runs `pulumi up` for a stack, limited to the reviewed preview. Stops before the first write if it would do more; in
 * the `up` itself the provider compares each cluster with that second preview. A cluster that fails does not stop the
 * others. Returns Pulumi's exit code, and what became of each cluster.
 */
export async function bringUp(
  place: StackPlace,
  reviewed: PreviewDocument,
): Promise<{ code: number; clusters: ClusterOutcome[] }> {
  refuseUnusable(reviewed, place.stack);
  const { clusters } = await refuseUnreviewed(place, reviewed);
  // Always a folder, even without plans: a cluster without a plan must not change.
  const plans = await mkdtemp(join(tmpdir(), "pilot-reviewed-"));
  const asked = process.env["PILOT_RECORD_DIR"];
  const records = asked || (await mkdtemp(join(tmpdir(), "pilot-records-")));
  await mkdir(records, { recursive: true });
  try {
    for (const plan of clusters) await writeFile(join(plans, `${plan.cluster}.json`), JSON.stringify(plan));
    const code = await streamPulumi(
      place,
      [
        ...["up", "--yes", "--skip-preview", "--continue-on-error", "--non-interactive", "--suppress-outputs"],
        ...["--stack", place.stack],
      ],
      { PILOT_REVIEWED_PLAN: plans, PILOT_RECORD_DIR: records },
    );
    return { code, clusters: await outcomesIn(records) };
  } finally {
    for (const folder of asked ? [plans] : [plans, records]) await rm(folder, { recursive: true, force: true });
  }
}
