import yaml from "js-yaml";
import { yamlDocuments } from "../../components/config/yaml.ts";
import { isPlainObject } from "../../components/config/merge.ts";
import { sensitiveValues, unlistedChanges } from "./approval.ts";
import type { Sensitive } from "./approval.ts";
import { sensitiveClusterPart } from "./cluster-file.ts";

/** Config keys that the program checks and that name neither identities nor addresses. */
export const plainConfigKeys: ReadonlySet<string> = new Set(["pilot:network", "pilot:dns", "pilot:tags"]);

/** Config keys whose values have the keys of cluster files. */
export const clusterConfigKeys: ReadonlySet<string> = new Set(["pilot:clusterDefaults", "pilot:clusterOverrides"]);

const whyTop = (key: string): string =>
  key === "environment" ? "imports values from Pulumi ESC" : "is read by Pulumi: encryption keys, secrets providers";

const whyConfig = (key: string): string =>
  key.startsWith("pilot:")
    ? "decides what is read, or who can see it"
    : "configures a provider: endpoints, files, identities";

/** The stack file as it was parsed here, written so that every parser reads the same. */
export function plainStackFile(text: string): string {
  return yaml.dump(yaml.load(text), { lineWidth: -1, noRefs: true });
}

/** The stack that a stack file takes its environment from, without organization and project. */
export function environmentIn(text: string): string | undefined {
  const value = yamlDocuments(text).documents[0]?.value;
  const config = isPlainObject(value) ? value["config"] : undefined;
  const reference = isPlainObject(config) ? config["pilot:environment"] : undefined;
  return typeof reference === "string" ? reference.split("/").at(-1) : undefined;
}

/** What needs an approval in a changed `Pulumi.<stack>.yaml`. */
export function sensitiveInStack(before: string | undefined, after: string | undefined): Sensitive[] {
  if (after === before) return [];
  if (before === undefined) return [{ path: "", why: "is a new stack: create it before it can be previewed" }];
  if (after === undefined) return [{ path: "", why: "is removed: the stack cannot be previewed without it" }];
  const { documents, error } = yamlDocuments(after);
  // Pulumi has its own parser, which may accept it.
  if (error) return [{ path: "", why: `is not valid YAML: ${error.message}` }];
  const [old, now] = [yamlDocuments(before).documents[0]?.value, documents[0]?.value];
  if (documents.length > 1 || !isPlainObject(now)) return [{ path: "", why: "is not a single mapping" }];
  const configOf = (value: unknown): unknown => (isPlainObject(value) ? value["config"] : undefined);
  const [oldConfig, config] = [configOf(old), configOf(now)];
  const partOf = (value: unknown, key: string): unknown => (isPlainObject(value) ? value[key] : undefined);
  const plain = new Set([...plainConfigKeys, ...clusterConfigKeys]);
  return [
    ...unlistedChanges(new Set(["config"]), old, now, whyTop),
    ...unlistedChanges(plain, oldConfig, config, whyConfig, ["config"]),
    ...[...clusterConfigKeys].flatMap((key) =>
      sensitiveClusterPart(partOf(oldConfig, key), partOf(config, key), ["config", key]),
    ),
    ...[...plainConfigKeys].flatMap((key) =>
      sensitiveValues(partOf(oldConfig, key), partOf(config, key), ["config", key]),
    ),
  ];
}
