import { z } from "zod";
import { milliseconds } from "../../model/durations.ts";
import type { Operation } from "../../operation/operation.ts";
import { waitFor } from "../../runtime/wait.ts";

const validationReport = z.object({
  failures: z.array(z.object({ type: z.string(), name: z.string(), message: z.string() })).nullish(),
  nodes: z.array(z.object({ name: z.string(), role: z.string(), status: z.string() })).nullish(),
});

/** Why kOps calls the cluster invalid; undefined when it is valid. */
function validationFailures(stdout: string, stderr: string): string | undefined {
  const start = stdout.indexOf("{");
  if (start < 0) {
    const error = /Error: (.*)/.exec(stderr);
    return error?.[1] ?? "kOps printed no result";
  }
  const report = validationReport.parse(JSON.parse(stdout.slice(start)));
  const failures = report.failures ?? [];
  return failures.length === 0 ? undefined : failures.map(({ name, message }) => `${name}: ${message}`).join("; ");
}

/**
 * Waits until kOps calls the cluster valid. Does not use `--wait`, with which kOps prints one document per attempt and
 * no separator.
 */
export async function validate(operation: Operation): Promise<void> {
  const { kops, inputs, progress, signal, log } = operation.context;
  const desired = inputs.validation?.count ?? 1;
  let inARow = 0;
  await waitFor(
    async () => {
      const result = await kops.run({
        args: ["validate", "cluster", "--name", inputs.name, "-o", "json"],
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
