import type { Layout } from "../../base/layout.ts";
import { writeWhole } from "../../base/files.ts";

/** Tells the provider (`PILOT_ACCESS`) the address of each cluster's API, whose own name does not resolve here. */
export async function writeAccess(
  layout: Layout,
  clusters: readonly { name: string; server: string }[],
): Promise<void> {
  const entries = clusters.map(({ name, server }) => [name, { server }] as const);
  await writeWhole(
    layout.accessFile,
    `${JSON.stringify({ clusters: Object.fromEntries<{ server: string }>(entries) }, null, 2)}\n`,
  );
}
