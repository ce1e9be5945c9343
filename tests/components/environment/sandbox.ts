import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import yaml from "js-yaml";
import { createEnvironment, readEnvironment, type StackSource } from "../../../components/environment/index.ts";
import { record } from "../mocks.ts";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The tracked sandbox, as the engine passes it. */
export function sandbox(): Record<string, string> {
  const { config } = yaml.load(readFileSync(join(root, "Pulumi.sbx.yaml"), "utf8")) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

export const read = (folder: string, texts = sandbox(), stack = "sbx", environmentOf?: StackSource["environmentOf"]) =>
  readEnvironment({ root: folder, project: "pilot", stack, texts, environmentOf });
export const environment = (folder: string, texts = sandbox()) =>
  record(async () => (await createEnvironment(await read(folder, texts))).outputs);
