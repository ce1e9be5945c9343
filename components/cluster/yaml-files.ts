import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { isMissing, messageOf } from "../../providers/kops/model/errors.ts";
import { isPlainObject } from "../config/merge.ts";
import { kopsYaml } from "../config/kops-yaml.ts";
import type { Problem } from "../config/problems.ts";
import { yamlDocuments, type YamlDocument } from "../config/yaml.ts";
import type { ManifestDocument } from "./manifest/manifest.ts";

/** The folder of a stack's cluster files. */
export interface FilesFolder {
  folder: string;
  /** Name of the folder in messages. */
  label: string;
}

/** A file, parsed as YAML but not yet checked. */
export interface YamlFile {
  /** Path below the folder. */
  path: string;
  label: string;
  documents: YamlDocument[];
}

const isYaml = (name: string): boolean => /\.ya?ml$/.test(name);

/** Names of the YAML files in the folder, or in a folder below it. If the folder does not exist, there are none. */
export function yamlNames({ folder, label }: FilesFolder, problems: Problem[]): string[] {
  try {
    return readdirSync(folder).filter(isYaml).sort();
  } catch (error) {
    if (!isMissing(error)) problems.push({ source: label, path: "", message: `cannot be read: ${messageOf(error)}` });
    return [];
  }
}

/** A file with its values as a request has them; `schema`: as another reader has them. */
export function readYamlFile(
  { folder, label: ofFolder }: FilesFolder,
  path: string,
  problems: Problem[],
  schema?: typeof kopsYaml,
): YamlFile | undefined {
  const label = `${ofFolder}/${path}`;
  let text: string;
  try {
    text = readFileSync(join(folder, path), "utf8");
  } catch (error) {
    problems.push({ source: label, path: "", message: `cannot be read: ${messageOf(error)}` });
    return undefined;
  }
  const { documents, error } = yamlDocuments(text, schema);
  if (error) {
    problems.push({
      source: label,
      ...(error.line !== undefined && { line: error.line }),
      path: "",
      message: `is not valid YAML: ${error.message}`,
    });
    return undefined;
  }
  return { path, label, documents };
}

/** The paths that a file names as its manifest. */
export function manifestPathsIn(value: unknown): string[] {
  const named: unknown = isPlainObject(value) ? value["manifest"] : undefined;
  return (Array.isArray(named) ? named : [named])
    .filter((path) => typeof path === "string")
    .map((path) => posix.normalize(path));
}

/** The documents of a manifest, with values as kOps reads them. Undefined if any of it cannot be read. */
export function readManifestFiles(
  of: FilesFolder,
  paths: readonly string[],
  problems: Problem[],
): ManifestDocument[] | undefined {
  const found: Problem[] = [];
  const files = paths.flatMap((path) => {
    if (isYaml(path)) return [path];
    const at = { folder: join(of.folder, path), label: `${of.label}/${path.replace(/\/$/, "")}` };
    const names = yamlNames(at, found);
    if (names.length === 0 && found.length === 0)
      found.push({ source: at.label, path: "", message: "must be a YAML file, or a folder with YAML files" });
    return names.map((name) => posix.join(path, name));
  });
  const documents = files.flatMap(
    (path) =>
      readYamlFile(of, path, found, kopsYaml)?.documents.map((document) => ({
        ...document,
        source: `${of.label}/${path}`,
      })) ?? [],
  );
  if (documents.length === 0 && found.length === 0)
    found.push({ source: `${of.label}/${files[0] ?? ""}`, path: "", message: "has no object of kind: Cluster" });
  problems.push(...found);
  return found.length > 0 ? undefined : documents;
}
