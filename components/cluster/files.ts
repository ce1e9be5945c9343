import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { messageOf } from "../../providers/kops/errors.ts";
import { parse, pathText, type Issue, type Problem, type PropertyPath } from "../config-problems.ts";
import { deepMerge, isPlainObject, type PlainObject } from "../merge.ts";
import { manifestProblems } from "./fill-manifest.ts";
import { isKopsManifest, readManifest, type LocatedManifest, type ManifestIssue } from "./manifest.ts";
import { manifestFile, operationKeys, shortName, type ManifestRequest } from "./manifest-request.ts";
import { fullName } from "./names.ts";
import { secretProblems } from "./operation.ts";
import { checkRequest, clusterNameProblems, clusterRequest, type ClusterRequest } from "./request.ts";
import { yamlDocuments, type YamlDocument } from "./yaml-documents.ts";
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
  /** Whether the network has private subnets. @default true */
  privateSubnets?: boolean | undefined;
}

export interface ClusterFiles {
  requests: (ClusterRequest | ManifestRequest)[];
  problems: Problem[];
}

/** A file, read but not yet understood. */
interface YamlFile {
  /** Below the folder. */
  path: string;
  label: string;
  text: string;
  documents: YamlDocument[];
}

/** A request, or what is to be known of a manifest beside it. */
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

function readYamlFile(request: ClusterFilesRequest, path: string, problems: Problem[]): YamlFile | undefined {
  const label = `${request.label}/${path}`;
  let text: string;
  try {
    text = readFileSync(join(request.folder, path), "utf8");
  } catch (error) {
    problems.push({ source: label, path: "", message: `cannot be read: ${messageOf(error)}` });
    return undefined;
  }
  const { documents, error } = yamlDocuments(text);
  if (error) {
    problems.push({ source: label, ...(error.line !== undefined && { line: error.line }), path: "", message: `is no valid YAML: ${error.message}` });
    return undefined;
  }
  return { path, label, text, documents };
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

/** A file of a request has one document, a mapping. */
function asRequestFile({ label, text, documents }: YamlFile, problems: Problem[]): ClusterFile | undefined {
  const [document, second] = documents;
  if (second) {
    problems.push({ source: label, line: second.firstLine, path: "", message: "is a second document: one file holds one cluster" });
    return undefined;
  }
  if (document === undefined || !isPlainObject(document.value)) {
    problems.push({ source: label, path: "", message: "must be a mapping with the keys of a cluster, such as name and nodeGroups" });
    return undefined;
  }
  return { label, text, value: document.value };
}

function manifestNamedIn(value: unknown): string | undefined {
  return isPlainObject(value) && typeof value["manifest"] === "string" ? posix.normalize(value["manifest"]) : undefined;
}

const blameManifest = (label: string, issues: readonly ManifestIssue[]): Problem[] =>
  [...issues].sort((a, b) => a.line - b.line).map(({ line, path, message }) => ({ source: label, line, path: pathText(path), message }));

/** What of the stack's defaults or overrides is not about what a manifest describes itself. */
const ofOperation = (part: PlainObject, without: readonly string[] = []): PlainObject =>
  Object.fromEntries(Object.entries(part).filter(([key]) => operationKeys.includes(key) && !without.includes(key)));

class Reader {
  readonly requests: (ClusterRequest | ManifestRequest)[] = [];
  readonly problems: Problem[] = [];
  readonly #request: ClusterFilesRequest;
  readonly #owners = new Map<string, string>();

  constructor(request: ClusterFilesRequest) {
    this.#request = request;
  }

  readFolder(): void {
    const { folder, label } = this.#request;
    const files = readFolder(folder, label, []).flatMap((name) => readYamlFile(this.#request, name, []) ?? []);
    const named = new Set(files.flatMap(({ documents: [document] }) => manifestNamedIn(document?.value) ?? []));
    for (const name of readFolder(folder, label, this.problems)) {
      // One that another file names is that one's.
      if (!named.has(name)) this.#readFile(name);
    }
  }

  #readFile(name: string): void {
    const file = readYamlFile(this.#request, name, this.problems);
    if (!file) return;
    if (isKopsManifest(file.documents)) {
      this.#readManifest({ label: file.label, text: file.text, value: {} }, file);
      return;
    }
    const request = asRequestFile(file, this.problems);
    if (!request) return;
    if ("manifest" in request.value) this.#readManifestRequest(request);
    else this.#readRequest(request);
  }

  #readRequest(file: ClusterFile): void {
    const { defaults, overrides, zones, zoneName, secrets, privateSubnets } = this.#request;
    const parsed = parse(clusterRequest, deepMerge(deepMerge(defaults, file.value), overrides));
    if (!parsed.ok) {
      this.#blame(file, parsed.issues);
      return;
    }
    const full = fullName(parsed.value.name, zoneName);
    const issues = checkRequest(parsed.value, { zones, fullName: full, secrets, privateSubnets });
    this.#blame(file, [...issues, ...this.#own(full, file.label)]);
    this.requests.push(parsed.value);
  }

  #readManifestRequest(file: ClusterFile): void {
    const parsed = parse(manifestFile.pick({ manifest: true }), { manifest: file.value["manifest"] });
    if (!parsed.ok) {
      this.#blame(file, parsed.issues);
      return;
    }
    const manifest = readYamlFile(this.#request, posix.normalize(parsed.value.manifest), this.problems);
    if (manifest) this.#readManifest(file, manifest);
  }

  /** A manifest, and what is said beside it in `file`. */
  #readManifest(file: ClusterFile, source: YamlFile): void {
    const { defaults, overrides, zones, zoneName, secrets, privateSubnets } = this.#request;
    const { located, issues } = readManifest(source.documents);
    // A complete manifest needs no defaults for what kOps is told; what a stack overrides, it overrides everywhere.
    const value = deepMerge(deepMerge(ofOperation(defaults, ["kops"]), file.value), ofOperation(overrides));
    const parsed = parse(manifestFile, { manifest: source.path, ...value });
    const beside = parsed.ok ? secretProblems(parsed.value, secrets) : parsed.issues.map((issue) => withoutPlace(issue, file.label === source.label));
    this.#blame(file, beside);
    this.problems.push(...blameManifest(source.label, issues));
    if (!located) return;
    const { manifest } = located;
    this.problems.push(...blameManifest(source.label, this.#manifestIssues(located, source, parsed.ok ? parsed.value.kopsVersion : undefined, { zones, privateSubnets })));
    if (!parsed.ok) return;
    this.requests.push({ ...parsed.value, name: shortName(manifest.name, zoneName), manifest });
  }

  #manifestIssues(
    located: LocatedManifest,
    source: YamlFile,
    kopsVersion: string | undefined,
    environment: { zones: readonly string[]; privateSubnets?: boolean | undefined },
  ): ManifestIssue[] {
    const { manifest, nameLine } = located;
    const named = [...clusterNameProblems(manifest.name), ...this.#own(manifest.name, source.label)].map(({ message }) => ({ line: nameLine, path: ["metadata", "name"], message }));
    return [...named, ...manifestProblems(located, { ...environment, kopsVersion })];
  }

  /** A cluster has one file. */
  #own(full: string, label: string): Issue[] {
    const owner = this.#owners.get(full);
    if (owner !== undefined) return [{ path: ["name"], message: `${full} is already the name of the cluster in ${owner}` }];
    this.#owners.set(full, label);
    return [];
  }

  #blame(file: ClusterFile, issues: readonly Issue[]): void {
    this.problems.push(...blameAll(file, this.#request, issues));
  }
}

/** A manifest alone has no place for the version of kOps: the stack says it, or a file that names the manifest. */
function withoutPlace(issue: Issue, alone: boolean): Issue {
  if (!alone || issue.path[0] !== "kopsVersion") return issue;
  return { ...issue, message: `${issue.message}; a kOps manifest has no place for it: set it under pilot:clusterDefaults, or write a file of its own with the keys manifest and kopsVersion` };
}

/** Every cluster a stack asks for, and everything that is wrong in any of the files. */
export function readClusterFiles(request: ClusterFilesRequest): ClusterFiles {
  const reader = new Reader(request);
  reader.readFolder();
  return { requests: reader.requests, problems: reader.problems };
}
