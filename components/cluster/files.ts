import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import yaml from "js-yaml";
import { messageOf } from "../../providers/kops/errors.ts";
import { parse, pathText, type Issue, type Problem, type PropertyPath } from "../config-problems.ts";
import { deepMerge, isPlainObject, type PlainObject } from "../merge.ts";
import { fullName } from "./names.ts";
import { checkRequest, clusterRequest, type ClusterRequest } from "./request.ts";
import { lineOf } from "./yaml-lines.ts";

export interface ClusterFilesRequest {
  /** Folder of the stack's cluster files; one that does not exist holds none. */
  folder: string;
  /** How the folder is called in messages. */
  label: string;
  /** Laid under every file. */
  defaults: PlainObject;
  /** Laid over every file. */
  overrides: PlainObject;
  zoneName: string;
  zones: readonly string[];
  /** Names of the secrets the stack has for its clusters. */
  secrets: readonly string[];
}

export interface ClusterFiles {
  requests: ClusterRequest[];
  problems: Problem[];
}

interface ClusterFile {
  label: string;
  text: string;
  /** What the file itself says, before defaults and overrides. */
  value: PlainObject;
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

function readFolder(folder: string, label: string, problems: Problem[]): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort();
  } catch (error) {
    if (!isMissing(error)) problems.push({ source: label, path: "", message: `cannot be read: ${messageOf(error)}` });
    return [];
  }
}

function readClusterFile(path: string, label: string, problems: Problem[]): ClusterFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    problems.push({ source: label, path: "", message: `cannot be read: ${messageOf(error)}` });
    return undefined;
  }
  let value: unknown;
  try {
    value = yaml.load(text, { filename: label });
  } catch (error) {
    const mark = error instanceof yaml.YAMLException ? error.mark : undefined;
    const message = error instanceof yaml.YAMLException ? error.reason : messageOf(error);
    problems.push({ source: label, ...(mark && { line: mark.line + 1 }), path: "", message: `is no valid YAML: ${message}` });
    return undefined;
  }
  if (!isPlainObject(value)) {
    problems.push({ source: label, path: "", message: "must be a mapping with the keys of a cluster, such as name and nodeGroups" });
    return undefined;
  }
  return { label, text, value };
}

function has(value: unknown, path: PropertyPath): boolean {
  let part = value;
  for (const key of path) {
    if (typeof part !== "object" || part === null || !(key in part)) return false;
    part = (part as Record<PropertyKey, unknown>)[key];
  }
  return true;
}

/** Blames what was really written where: an override before the file, the file before a default. */
function blame(file: ClusterFile, { defaults, overrides }: ClusterFilesRequest, { path, message }: Issue): Problem {
  const at = { path: pathText(path), message };
  if (path.length > 0 && has(overrides, path)) return { source: "pilot:clusterOverrides", ...at };
  if (path.length > 0 && !has(file.value, path) && has(defaults, path)) return { source: "pilot:clusterDefaults", ...at };
  const line = lineOf(file.text, path);
  return { source: file.label, ...(line !== undefined && { line }), ...at };
}

/** In the order in which one reads the file. */
function blameAll(file: ClusterFile, request: ClusterFilesRequest, issues: readonly Issue[]): Problem[] {
  return issues.map((issue) => blame(file, request, issue)).sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** Every cluster a stack asks for, and everything that is wrong in any of the files. */
export function readClusterFiles(request: ClusterFilesRequest): ClusterFiles {
  const problems: Problem[] = [];
  const requests: ClusterRequest[] = [];
  const owners = new Map<string, string>();
  for (const name of readFolder(request.folder, request.label, problems)) {
    const path = join(request.folder, name);
    const file = readClusterFile(path, `${request.label}/${basename(path)}`, problems);
    if (!file) continue;
    const parsed = parse(clusterRequest, deepMerge(deepMerge(request.defaults, file.value), request.overrides));
    if (!parsed.ok) {
      problems.push(...blameAll(file, request, parsed.issues));
      continue;
    }
    const full = fullName(parsed.value.name, request.zoneName);
    const issues = checkRequest(parsed.value, { zones: request.zones, fullName: full, secrets: request.secrets });
    const owner = owners.get(full);
    if (owner !== undefined) issues.push({ path: ["name"], message: `${full} is already the name of the cluster in ${owner}` });
    else owners.set(full, file.label);
    problems.push(...blameAll(file, request, issues));
    requests.push(parsed.value);
  }
  return { requests, problems };
}
