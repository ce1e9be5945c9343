import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import yaml from "js-yaml";
import { zonesOf } from "../../e2e/network/index.ts";
import { makeWholeCheckout, smallCluster } from "../../e2e/whole/index.ts";
import type { WholeCheckout } from "../../e2e/whole/index.ts";

/** Config of the stack, by keys without `pilot:`. */
export type Config = Record<string, unknown>;

const sandbox: Config = {
  network: { zones: zonesOf("ab"), nat: "single" },
  dns: { type: "private", name: "sbx.pilot.internal" },
  sandbox: true,
  stateStore: { onDestroy: "purge" },
};

/** A small cluster file with a group of workers. */
export const clusterOf = (name: string, machineType: string): string =>
  smallCluster(name, `nodeGroups:\n  nodes: { machineType: ${machineType}, count: 1 }\n`);

/** A stack `sbx` with the clusters k1, … up and running. */
export async function livingStack(clusters: readonly string[], more: Config = {}): Promise<WholeCheckout> {
  const whole = await makeWholeCheckout();
  try {
    await whole.stack("sbx", { ...sandbox, ...more });
    for (const name of clusters) await whole.write(`clusters/sbx/${name}.yaml`, clusterOf(name, "t3.large"));
    await whole.pulumi("up", "sbx");
    return whole;
  } catch (error) {
    await whole.remove();
    throw error;
  }
}

/** The first YAML that a guide shows: what a reader copies is what the story runs. */
export function yamlIn(guide: string): Record<string, unknown> {
  const page = readFileSync(join(resolve(import.meta.dirname, "../../.."), "docs/guide", `${guide}.md`), "utf8");
  const text = /```yaml\n([\s\S]*?)\n```/.exec(page)?.[1];
  if (text === undefined) throw new Error(`docs/guide/${guide}.md shows no YAML`);
  return yaml.load(text) as Record<string, unknown>;
}
