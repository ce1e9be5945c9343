import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { clusterOutcome } from "../apply/outcome.ts";
import type { ClusterOutcome } from "../apply/outcome.ts";
import { ExplainedError } from "../../providers/kops/model/errors.ts";
import { withoutSecrets } from "../preview/secrets.ts";

/** What became of the `up` of a stack, for the answer to a command and for the comment of a merged pull request. */
export const upResult = z.object({
  version: z.literal(1),
  stack: z.string(),
  /** `refused`: nothing was changed. `failed`: something may have been. */
  status: z.enum(["done", "refused", "failed"]),
  /** Why it was refused. */
  why: z.string().optional(),
  /** Clusters on which an operation ran. */
  clusters: z.array(clusterOutcome).optional(),
});

export type UpResult = z.infer<typeof upResult>;

async function write(file: string, result: Omit<UpResult, "version">): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ version: 1, ...result }, null, 2)}\n`);
}

/**
 * Runs a part of an `up` that returns an exit code, and writes the result to a file. What explains itself and throws
 * stopped before anything was changed. `last`: whether the stack is done if it succeeds.
 */
export async function recorded(
  file: string | undefined,
  stack: string,
  last: boolean,
  part: () => Promise<{ code: number; clusters?: ClusterOutcome[] }>,
): Promise<number> {
  if (!file) return (await part()).code;
  try {
    const { code, clusters = [] } = await part();
    const outcomes = clusters.map((one) => ({ ...one, ...(one.error && { error: withoutSecrets(one.error) }) }));
    if (last || code !== 0)
      await write(file, {
        stack,
        status: code === 0 ? "done" : "failed",
        ...(outcomes.length > 0 && { clusters: outcomes }),
      });
    return code;
  } catch (error) {
    if (error instanceof ExplainedError)
      await write(file, { stack, status: "refused", why: withoutSecrets(error.message) });
    throw error;
  }
}
