import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { PreviewDocument } from "../preview/document.ts";
import { previewStack, showPulumi } from "../preview/pulumi.ts";
import type { StackPlace } from "../preview/pulumi.ts";
import { beyond } from "./unreviewed-changes.ts";

const again =
  "run the workflow `up` for this stack by hand: it previews anew and waits for an approval; nothing was touched";

function refuseUnusable(reviewed: PreviewDocument, stack: string): void {
  const what = `The stack ${stack} is not brought up`;
  if (reviewed.stack !== stack)
    throw new ConfigError({ what, why: `the reviewed preview is that of the stack ${reviewed.stack}`, next: again });
  if (reviewed.status === "failed")
    throw new ConfigError({ what, why: `its reviewed preview failed: ${reviewed.problems.join("; ")}`, next: again });
}

/**
 * Looks again before anything is touched: the whole stack stops where one of its parts would do more than was reviewed.
 */
async function refuseBeyond(place: StackPlace, reviewed: PreviewDocument): Promise<void> {
  const what = `The stack ${place.stack} is not brought up`;
  const now = await previewStack(place);
  if (now.status === "failed")
    throw new ConfigError({
      what,
      why: `its preview fails: ${now.problems.join("; ")}`,
      next: "mend what it says, by a pull request; nothing was touched",
    });
  const more = beyond(now, reviewed);
  if (more.length > 0)
    throw new ConfigError({ what, why: `it would do more than was reviewed:\n  ${more.join("\n  ")}`, next: again });
}

/**
 * `pulumi up` of a stack, held to a preview that was reviewed. Stops before the first write when it would do more; the
 * provider compares once more, cluster by cluster, in the `up` itself. One cluster that fails holds up no other.
 * Returns Pulumi's exit code.
 */
export async function bringUp(place: StackPlace, reviewed: PreviewDocument): Promise<number> {
  refuseUnusable(reviewed, place.stack);
  await refuseBeyond(place, reviewed);
  // A folder, also of no plan: a cluster without one was not to change.
  const plans = await mkdtemp(join(tmpdir(), "pilot-reviewed-"));
  try {
    for (const plan of reviewed.clusters) await writeFile(join(plans, `${plan.cluster}.json`), JSON.stringify(plan));
    return await showPulumi(
      place,
      ["up", "--yes", "--skip-preview", "--continue-on-error", "--non-interactive", "--stack", place.stack],
      { PILOT_REVIEWED_PLAN: plans },
    );
  } finally {
    await rm(plans, { recursive: true, force: true });
  }
}
