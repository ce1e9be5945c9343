import { z } from "zod";

const report = z.object({
  failures: z.array(z.object({ type: z.string(), name: z.string(), message: z.string() })).nullish(),
  nodes: z.array(z.object({ name: z.string(), role: z.string(), status: z.string() })).nullish(),
});

/** Why kOps does not call the cluster valid (`kops validate cluster -o json`); nothing when it is valid. */
export function validationFailures(stdout: string, stderr: string): string | undefined {
  const start = stdout.indexOf("{");
  if (start < 0) return /Error: (.*)/.exec(stderr)?.[1] ?? "kOps said nothing";
  const failures = report.parse(JSON.parse(stdout.slice(start))).failures ?? [];
  return failures.length === 0 ? undefined : failures.map(({ name, message }) => `${name}: ${message}`).join("; ");
}
