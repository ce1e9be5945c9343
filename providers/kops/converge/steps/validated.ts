import { validateCluster } from "../../kops-cli/flags.ts";
import { validationFailures } from "../../kops-cli/output/index.ts";
import { milliseconds } from "../../model/durations.ts";
import type { Operation } from "../../operation/operation.ts";
import { waitFor } from "../../runtime/wait.ts";

/** Waits until kOps calls the cluster valid. */
export async function validate(operation: Operation): Promise<void> {
  const { kops, inputs, progress, signal, log } = operation.context;
  const desired = inputs.validation?.count ?? 1;
  let inARow = 0;
  await waitFor(
    async () => {
      const result = await kops.run({
        args: validateCluster(inputs.name),
        usesApi: true,
        mayFail: true,
      });
      const reason = validationFailures(result.stdout, result.stderr);
      inARow = reason === undefined ? inARow + 1 : 0;
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
