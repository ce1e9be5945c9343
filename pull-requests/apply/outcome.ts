import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { historyRecord } from "../../providers/kops/store/history.ts";
import type { HistoryRecord } from "../../providers/kops/store/history.ts";

/** What an `up` did to one cluster, for the comment of its pull request. */
export const clusterOutcome = z.object({
  cluster: z.string(),
  result: historyRecord.shape.result,
  seconds: z.number().optional(),
  /** Replaced nodes. */
  nodes: z.int(),
  error: z.string().optional(),
});

export type ClusterOutcome = z.infer<typeof clusterOutcome>;

export function outcomeOf({ cluster, result, begun, ended, nodes, error }: HistoryRecord): ClusterOutcome {
  return {
    cluster,
    result,
    ...(ended !== undefined && { seconds: Math.round((Date.parse(ended) - Date.parse(begun)) / 1000) }),
    nodes: nodes.filter(({ valid }) => valid !== undefined).length,
    ...(error !== undefined && { error }),
  };
}

/** The outcomes of the operations whose records an `up` left in a folder (`PILOT_RECORD_DIR`). */
export async function outcomesIn(folder: string): Promise<ClusterOutcome[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  return await Promise.all(
    files.map(async (name) => outcomeOf(historyRecord.parse(JSON.parse(await readFile(join(folder, name), "utf8"))))),
  );
}
