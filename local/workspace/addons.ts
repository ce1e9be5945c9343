import { join } from "node:path";
import yaml from "js-yaml";
import { isPlainObject } from "../../components/config/merge.ts";
import { readIfThere } from "../base/files.ts";
import type { Layout } from "../base/layout.ts";

/** Config keys whose resources belong to the kubernetes plugin. */
const keys = ["pilot:platform", "pilot:tenants"];

/** Whether a stack's file in the local cloud requests add-ons. Refusing a bad file is the program's task. */
export async function requestsAddons(layout: Layout, stack: string): Promise<boolean> {
  const text = await readIfThere(join(layout.stack, `Pulumi.${stack}.yaml`));
  const file: unknown = text === undefined ? undefined : yaml.load(text);
  const config = isPlainObject(file) ? file["config"] : undefined;
  return isPlainObject(config) && keys.some((key) => config[key] !== undefined);
}
