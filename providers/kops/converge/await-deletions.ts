import { deletionsInProgress } from "../aws/deletions.ts";
import type { OperationContext } from "../operation/context.ts";
import { waitFor } from "../runtime/wait.ts";

/** AWS takes some minutes to delete a group, and a volume. */
const timeout = 15 * 60_000;

/** Waits until AWS has deleted what has the names of the desired cluster. */
export async function awaitDeletions({
  inputs,
  progress,
  signal,
}: Pick<OperationContext, "inputs" | "progress" | "signal">): Promise<void> {
  await waitFor(
    async () => {
      const left = await deletionsInProgress(inputs);
      return left.length === 0 ? { done: true, value: undefined } : { done: false, reason: left.join(", ") };
    },
    {
      what: `AWS to finish deleting an earlier ${inputs.name}`,
      interval: 5000,
      timeout,
      next: "see in the AWS console what keeps it, then run `pulumi up` again; nothing of the cluster was touched",
      signal,
      progress,
    },
  );
}
