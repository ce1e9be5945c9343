import yaml from "js-yaml";
import { yamlDocuments } from "../../components/config/yaml.ts";
import { isPlainObject } from "../../components/config/merge.ts";
import { sensitiveParts, unknownTo } from "./approval.ts";
import type { Sensitive } from "./approval.ts";
import { sensitiveClusterPart } from "./cluster-file.ts";

/** Config keys that the program checks itself and that name neither identities nor places to read. */
export const plainConfigKeys: ReadonlySet<string> = new Set(["pilot:network", "pilot:dns", "pilot:tags"]);

/** Config keys whose parts are those of cluster files. */
export const clusterConfigKeys: ReadonlySet<string> = new Set(["pilot:clusterDefaults", "pilot:clusterOverrides"]);

const whyTop = (key: string): string =>
  key === "environment"
    ? "imports values from Pulumi ESC"
    : "is read by Pulumi itself: keys of encryption, places of secrets";

const whyConfig = (key: string): string =>
  key.startsWith("pilot:")
    ? "decides what is read, or who gets to see what"
    : "configures a provider: endpoints, files, identities";

/** A stack file as it was understood here, in a form that no parser reads otherwise. */
export function plainStackFile(text: string): string {
  return yaml.dump(yaml.load(text), { lineWidth: -1, noRefs: true });
}

/** What of a changed `Pulumi.<stack>.yaml` a maintainer looks at first. */
export function sensitiveInStack(before: string | undefined, after: string | undefined): Sensitive[] {
  if (after === before) return [];
  if (before === undefined) return [{ path: "", why: "is a new stack: it must be made before it can be previewed" }];
  if (after === undefined) return [{ path: "", why: "is removed: the stack could not be previewed without it" }];
  const { documents, error } = yamlDocuments(after);
  // Pulumi has a parser of its own, which may see more in it.
  if (error) return [{ path: "", why: `is no valid YAML: ${error.message}` }];
  const [old, now] = [yamlDocuments(before).documents[0]?.value, documents[0]?.value];
  if (documents.length > 1 || !isPlainObject(now)) return [{ path: "", why: "is no single mapping" }];
  const configOf = (value: unknown): unknown => (isPlainObject(value) ? value["config"] : undefined);
  const [oldConfig, config] = [configOf(old), configOf(now)];
  const partOf = (value: unknown, key: string): unknown => (isPlainObject(value) ? value[key] : undefined);
  const plain = new Set([...plainConfigKeys, ...clusterConfigKeys]);
  return [
    ...unknownTo(new Set(["config"]), old, now, whyTop),
    ...unknownTo(plain, oldConfig, config, whyConfig, ["config"]),
    ...[...clusterConfigKeys].flatMap((key) =>
      sensitiveClusterPart(partOf(oldConfig, key), partOf(config, key), ["config", key]),
    ),
    ...[...plainConfigKeys].flatMap((key) =>
      sensitiveParts(partOf(oldConfig, key), partOf(config, key), ["config", key]),
    ),
  ];
}
