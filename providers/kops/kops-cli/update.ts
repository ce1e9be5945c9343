import { KopsError } from "../model/errors.ts";
import type { Cause } from "../model/errors.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { causesText } from "./errors/exit.ts";
import { deadlineCauses, finalCauses } from "./errors/final.ts";
import type { Update } from "./errors/kinds.ts";
import { readStalls } from "./errors/stalls.ts";
import type { Stall } from "./errors/stalls.ts";
import type { Kops, KopsCommand, KopsResult } from "./kops.ts";

const words: Record<Update, { what: string; next: string }> = {
  dryRun: { what: "The dry run of", next: "correct that, and run the same command again" },
  apply: { what: "The apply of", next: "correct that, and run `pulumi up` again: it continues from here" },
};

function cannotSucceed(
  update: Update,
  cluster: string,
  causes: readonly Cause[],
  { done, total, count }: Stall,
): KopsError {
  const waits = total - done - count;
  const left =
    update === "apply"
      ? `\n  kOps finished ${done} of ${total} tasks; ${count} failed, and ${waits} wait for ${count === 1 ? "it" : "them"}`
      : "";
  return new KopsError({
    what: `${words[update].what} ${cluster} cannot succeed, and kOps was stopped`,
    why: causesText(causes) + left,
    next: words[update].next,
    causes,
  });
}

/**
 * Runs `kops update cluster`. kOps retries each failed task for ten minutes, also when the error is final. Here it is
 * stopped in the pause after a round in which nothing succeeded, if every error is final.
 *
 * Errors: {@link KopsError} with the causes by property.
 */
export async function runUpdate(
  kops: Pick<Kops, "run">,
  inputs: KopsClusterInputs,
  update: Update,
  command: Pick<KopsCommand, "args" | "onLine" | "stopAt">,
): Promise<KopsResult> {
  const read = readStalls();
  let final: KopsError | undefined;
  const result = await kops.run({
    ...command,
    causes: (error) => deadlineCauses(error, inputs),
    stopAt(line) {
      if (command.stopAt?.(line) === true) return true;
      const stall = read(line);
      const causes = stall && finalCauses(stall, update, inputs);
      if (causes) final = cannotSucceed(update, inputs.name, causes, stall);
      return final !== undefined;
    },
  });
  if (final) throw final;
  return result;
}
