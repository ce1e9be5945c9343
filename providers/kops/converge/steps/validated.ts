import { validateCluster } from "../../kops-cli/flags.ts";
import { validationFailures } from "../../kops-cli/output/index.ts";
import { isRefusal } from "../../kops-cli/errors/kinds.ts";
import { milliseconds } from "../../model/durations.ts";
import { KopsError } from "../../model/errors.ts";
import type { OperationContext } from "../../operation/context.ts";
import type { Kops } from "../../kops-cli/kops.ts";
import type { Operation } from "../../operation/operation.ts";
import { waitFor } from "../../runtime/wait.ts";

/** The part of an operation that a validation uses. */
interface Validating {
  readonly context: Pick<OperationContext, "inputs" | "progress" | "signal" | "log"> & {
    readonly kops: Pick<Kops, "run">;
  };
}

/** How many times in a row AWS must refuse kOps before the wait ends: rights need some seconds to arrive. */
const mostRefusals = 3;

/** Waits until kOps calls the cluster valid. Ends early where AWS refuses kOps, which no wait changes. */
export async function validate(operation: Validating): Promise<void> {
  const { kops, inputs, progress, signal, log } = operation.context;
  const desired = inputs.validation?.count ?? 1;
  let inARow = 0;
  let refusals = 0;
  await waitFor(
    async () => {
      const result = await kops.run({
        args: validateCluster(inputs.name),
        usesApi: true,
        mayFail: true,
      });
      const reason = validationFailures(result.stdout, result.stderr);
      inARow = reason === undefined ? inARow + 1 : 0;
      refusals = reason !== undefined && isRefusal(reason) ? refusals + 1 : 0;
      if (reason !== undefined && refusals >= mostRefusals)
        throw new KopsError({
          what: `Cluster ${inputs.name} cannot be validated`,
          why: `AWS denies access: ${log.redact(reason)}`,
          next: `see ${log.path}, correct the credentials or their rights, and run \`pulumi up\` again: it continues`,
        });
      if (inARow >= desired) return { done: true, value: undefined };
      return { done: false, reason: reason ?? `valid ${inARow} of ${desired} times in a row` };
    },
    {
      what: `cluster ${inputs.name} to be valid`,
      interval: milliseconds(inputs.validation?.interval ?? "10s"),
      timeout: milliseconds(inputs.validation?.timeout ?? "20m"),
      next: `see ${log.path}, fix the cause and run \`pulumi up\` again`,
      signal,
      progress,
    },
  );
}

/** Step Validated, the last one of create and update. */
export async function awaitValid(operation: Operation): Promise<void> {
  await operation.step("Validated", async () => {
    await validate(operation);
    return [{ type: "Validated", status: "True", reason: "Valid", message: "" }];
  });
}
