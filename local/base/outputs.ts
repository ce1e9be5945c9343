import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Layout } from "./layout.ts";

const projectName = "pilot";
export const defaultStack = "sbx";

const checkpoint = z.object({
  checkpoint: z.object({
    latest: z
      .object({
        resources: z
          .array(z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }))
          .optional(),
      })
      .nullish(),
  }),
});

const stateStoreOutput = z.object({ stateStore: z.object({ stateStore: z.string().startsWith("s3://") }) });

/** The file in which the file backend keeps the state of a stack. */
export function checkpointFile(layout: Layout, stack = defaultStack): string {
  return join(layout.backend, ".pulumi", "stacks", projectName, `${stack}.json`);
}

/**
 * The kOps state store in the outputs of a stack, if there is one. Read from the file backend: `pulumi stack output`
 * would cost every command a second.
 */
export function stateStoreOf(layout: Layout, stack = defaultStack): string | undefined {
  const file = checkpointFile(layout, stack);
  if (!existsSync(file)) return undefined;
  const state = checkpoint.safeParse(JSON.parse(readFileSync(file, "utf8")));
  const resources = state.success ? (state.data.checkpoint.latest?.resources ?? []) : [];
  const outputs = stateStoreOutput.safeParse(resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs);
  return outputs.success ? outputs.data.stateStore.stateStore : undefined;
}
