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

const clustersOutput = z.object({
  clusters: z.record(
    z.string(),
    z.object({
      name: z.string(),
      endpoint: z.string(),
      kubernetesVersion: z.string(),
      conditions: z.array(z.object({ type: z.string(), status: z.string(), message: z.string() })),
    }),
  ),
});

/** What a summary says about a cluster. */
export type ClusterSummary = z.infer<typeof clustersOutput>["clusters"][string];

/** The file in which the file backend keeps the state of a stack. */
export function checkpointFile(layout: Layout, stack = defaultStack): string {
  return join(layout.backend, ".pulumi", "stacks", projectName, `${stack}.json`);
}

/** Outputs of a stack. Read from the file backend: `pulumi stack output` would cost every command a second. */
function outputsOf(layout: Layout, stack: string): Record<string, unknown> | undefined {
  const file = checkpointFile(layout, stack);
  if (!existsSync(file)) return undefined;
  const state = checkpoint.safeParse(JSON.parse(readFileSync(file, "utf8")));
  const resources = state.success ? (state.data.checkpoint.latest?.resources ?? []) : [];
  return resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
}

/** The kOps state store in the outputs of a stack, if there is one. */
export function stateStoreOf(layout: Layout, stack = defaultStack): string | undefined {
  const outputs = stateStoreOutput.safeParse(outputsOf(layout, stack));
  return outputs.success ? outputs.data.stateStore.stateStore : undefined;
}

/** The clusters in the outputs of a stack. */
export function clustersOf(layout: Layout, stack = defaultStack): ClusterSummary[] {
  const outputs = clustersOutput.safeParse(outputsOf(layout, stack));
  return outputs.success ? Object.values(outputs.data.clusters) : [];
}
