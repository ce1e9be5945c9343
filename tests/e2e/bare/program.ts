import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KopsCluster } from "../../../providers/kops/index.ts";
import type { KopsClusterArgs } from "../../../providers/kops/index.ts";

/*
 * The program of a bare checkout: one KopsCluster for each entry of clusters.json. The test writes it over index.ts,
 * with adapted paths.
 */
const args = JSON.parse(readFileSync(join(import.meta.dirname, "clusters.json"), "utf8")) as Record<
  string,
  KopsClusterArgs
>;

export const clusters = Object.fromEntries(
  Object.entries(args).map(([name, one]) => [name, new KopsCluster(name, one)]),
);
