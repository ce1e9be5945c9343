import type { Locate } from "../../providers/kops/model/hidden-inputs.ts";
import { has, parse, pathText, type Issue, type Problem, type PropertyPath } from "../config/problems.ts";
import { withTexts } from "../config/typed-texts.ts";
import { isPlainObject, type PlainObject } from "../config/merge.ts";
import { fillingProblems, manifestProblems, type OfManifest } from "./manifest/fill-manifest.ts";
import {
  isKopsManifest,
  readManifest,
  type LocatedManifest,
  type ManifestDocument,
  type ManifestIssue,
} from "./manifest/manifest.ts";
import { manifestFile, operationKeys, shortName, type ManifestRequest } from "./manifest/manifest-request.ts";
import { objectNameProblem } from "./object-names.ts";
import { fullName } from "./spec/names.ts";
import { secretProblems } from "./request/operation.ts";
import { ownPlaceProblems, withEscapeHatch } from "./manifest/own-places.ts";
import { mergeLayers } from "./layers.ts";
import { mayLive } from "./manifest/placement.ts";
import { clusterNameProblems } from "./request/basics.ts";
import { checkRequest, clusterRequest, type ClusterRequest } from "./request/request.ts";
import { tagProblemsOver } from "./request/tags.ts";
import { lineOf, type YamlDocument } from "../config/yaml.ts";
import { manifestPathsIn, readManifestFiles, readYamlFile, yamlNames, type YamlFile } from "./yaml-files.ts";

export interface ClusterFilesRequest {
  /** Folder of the stack's cluster files. If it does not exist, there are none. */
  folder: string;
  /** Name of the folder in messages. */
  label: string;
  /** Merged under every file. */
  defaults: PlainObject;
  /** Merged over every file. */
  overrides: PlainObject;
  zoneName: string;
  zones: readonly string[];
  /** Names of the secrets the stack has for its clusters. */
  secrets: readonly string[];
  /** Whether the network has private subnets. @default true */
  privateSubnets?: boolean | undefined;
  /** Whether the network has subnets for public addresses. @default true */
  utilitySubnets?: boolean | undefined;
  /** Whether IPv6 clusters can be in the network. @default false */
  ipv6Clusters?: boolean | undefined;
  /** Whether service accounts can have IAM roles. @default true */
  serviceAccountRoles?: boolean | undefined;
  /** Whether records of clusters go into the zone. @default true */
  records?: boolean | undefined;
  /** AWS tags of the environment. @default none */
  tags?: Readonly<Record<string, string>> | undefined;
  /** AWS tags of every cluster. @default none */
  defaultTags?: Readonly<Record<string, string>> | undefined;
  /** Names of what the stack makes in every cluster, by kind. @default nothing */
  objects?: Readonly<Record<string, readonly string[]>> | undefined;
}

export interface ClusterFiles {
  /** Clusters of the files without a problem. */
  requests: (ClusterRequest | ManifestRequest)[];
  /** Problems of the other files. */
  problems: Problem[];
  /** By full name of a cluster: where a property of its kOps spec was written. @default nowhere */
  locate?: ReadonlyMap<string, Locate>;
  problemsOf: ProblemsOf;
}

/** Later problems of a cluster of {@link ClusterFiles.requests}, where they were written; paths begin `cluster`. */
export type ProblemsOf = (name: string, issues: readonly Issue[]) => Problem[];

/** A file's claim to a cluster, for checks between files. */
interface Claim {
  full: string;
  /** The cluster's file. */
  file: string;
  /** File with its name: the cluster's file, or the manifest that it names. */
  label: string;
  /** Line of the name, if known. */
  line: number | undefined;
  path: string;
  /** What the file gives of the ClusterSpec. */
  cluster: PlainObject;
  /** Finds properties with paths that begin with `cluster`, `instanceGroups` or `additionalObjects`. */
  locate: Locate;
  /** Reports problems with paths that begin with `name` or `cluster`. */
  report: (issues: readonly Issue[]) => unknown;
  /** Absent if the file cannot be used. */
  request?: ClusterRequest | ManifestRequest | undefined;
}

/** A request, or what a file gives beside its manifest. */
interface ClusterFile {
  label: string;
  /** Absent for a manifest that no file names. */
  document?: YamlDocument;
  /** The file itself, without defaults and overrides. */
  value: PlainObject;
}

/** The problem at the place where the value was written: the override, the file, or the default. */
function blame(file: ClusterFile, { defaults, overrides }: ClusterFilesRequest, { path, message }: Issue): Problem {
  const at = { path: pathText(path), message };
  if (path.length > 0 && has(overrides, path)) return { source: "pilot:clusterOverrides", ...at };
  if (path.length > 0 && !has(file.value, path) && has(defaults, path))
    return { source: "pilot:clusterDefaults", ...at };
  const line = file.document && lineOf(file.document, path);
  return { source: file.label, ...(line !== undefined && { line }), ...at };
}

const placeText = ({ source, line }: Pick<Problem, "source" | "line">): string =>
  line === undefined ? source : `${source}:${line}`;

/** In the order of the file's lines. */
function blameAll(file: ClusterFile, request: ClusterFilesRequest, issues: readonly Issue[]): Problem[] {
  return issues.map((issue) => blame(file, request, issue)).sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** The file of a request has one document, a mapping. */
function asRequestFile({ label, documents }: YamlFile, problems: Problem[]): ClusterFile | undefined {
  const [document, second] = documents;
  if (second) {
    problems.push({
      source: label,
      line: second.firstLine,
      path: "",
      message: "is a second document: one file holds one cluster",
    });
    return undefined;
  }
  if (document === undefined || !isPlainObject(document.value)) {
    problems.push({
      source: label,
      path: "",
      message: "must be a mapping with the keys of a cluster, such as name and nodeGroups",
    });
    return undefined;
  }
  return { label, document, value: document.value };
}

const blameManifest = (issues: readonly ManifestIssue[]): Problem[] =>
  [...issues]
    .sort((a, b) => (a.source === b.source ? a.line - b.line : 0))
    .map(({ source, line, path, message }) => ({ source, line, path: pathText(path), message }));

/** An issue with a path that begins with `name`, `cluster` or `instanceGroups`, located in the manifest. */
function inManifest(
  { namePlace, clusterPlace, groupPlace, additionalPlace }: LocatedManifest,
  { path: [part, ...path], message }: Issue,
): ManifestIssue {
  if (part === "name") return { ...namePlace, path: ["metadata", "name"], message };
  if (part === "cluster") return { ...clusterPlace(path), path: ["spec", ...path], message };
  if (part === "additionalObjects") return { ...additionalPlace(Number(path[0]), path.slice(1)), path, message };
  const [group, ...field] = path;
  return {
    ...groupPlace(String(group), field),
    path: ["spec", ...field],
    message: field.length === 0 ? `${String(group)} ${message}` : message,
  };
}

/** The defaults or overrides that apply beside a manifest. */
const ofOperation = (part: PlainObject, without: readonly string[] = []): PlainObject =>
  Object.fromEntries(Object.entries(part).filter(([key]) => operationKeys.includes(key) && !without.includes(key)));

class Reader {
  readonly problems: Problem[] = [];
  readonly #request: ClusterFilesRequest;
  readonly #claims: Claim[] = [];

  constructor(request: ClusterFilesRequest) {
    this.#request = request;
  }

  readFolder(): void {
    const files = yamlNames(this.#request, []).flatMap((name) => readYamlFile(this.#request, name, []) ?? []);
    const named = new Set(files.flatMap(({ documents: [document] }) => manifestPathsIn(document?.value)));
    for (const name of yamlNames(this.#request, this.problems)) {
      // A manifest that another file names is read with that file.
      if (!named.has(name)) this.#readFile(name);
    }
  }

  #readFile(name: string): void {
    const file = readYamlFile(this.#request, name, this.problems);
    if (!file) return;
    if (isKopsManifest(file.documents)) {
      const documents = readManifestFiles(this.#request, [name], this.problems);
      if (documents) this.#readManifest({ label: file.label, value: {} }, name, documents);
      return;
    }
    const request = asRequestFile(file, this.problems);
    if (!request) return;
    if ("manifest" in request.value) this.#readManifestRequest(request);
    else this.#readRequest(request);
  }

  #readRequest(file: ClusterFile): void {
    const { defaults, overrides, zones, zoneName, secrets, tags, defaultTags } = this.#request;
    const { privateSubnets, utilitySubnets, ipv6Clusters, serviceAccountRoles } = this.#request;
    const merged = mergeLayers(defaults, file.value, overrides);
    const isFromConfig = (path: PropertyPath): boolean =>
      has(overrides, path) || (has(defaults, path) && !has(file.value, path));
    const parsed = parse(clusterRequest, withTexts(clusterRequest, merged, isFromConfig));
    if (!parsed.ok) {
      this.#blame(file, parsed.issues);
      return;
    }
    const full = fullName(parsed.value.name, zoneName);
    const around = { zones, privateSubnets, utilitySubnets, ipv6Clusters, serviceAccountRoles };
    const issues = checkRequest(parsed.value, { ...around, fullName: full, secrets, tags, defaultTags });
    this.#blame(file, issues);
    this.#claims.push({
      full,
      file: file.label,
      label: file.label,
      line: file.document && lineOf(file.document, ["name"]),
      path: "name",
      cluster: parsed.value.kops?.cluster ?? {},
      locate: (path) => this.#locateOver(file, parsed.value.kops, path),
      report: (found) => {
        this.#blame(
          file,
          found.map(({ path, message }) => ({ path: path[0] === "name" ? path : ["kops", ...path], message })),
        );
      },
      ...(issues.length === 0 && { request: parsed.value }),
    });
  }

  #readManifestRequest(file: ClusterFile): void {
    const parsed = parse(manifestFile.pick({ manifest: true }), { manifest: file.value["manifest"] });
    if (!parsed.ok) {
      this.#blame(file, parsed.issues);
      return;
    }
    const { manifest } = parsed.value;
    const documents = readManifestFiles(this.#request, manifestPathsIn({ manifest }), this.problems);
    if (documents) this.#readManifest(file, manifest, documents);
  }

  /** A manifest, and what `file` gives beside it. */
  #readManifest(file: ClusterFile, named: string | string[], documents: readonly ManifestDocument[]): void {
    const { defaults, overrides, zones, zoneName, secrets, privateSubnets, utilitySubnets } = this.#request;
    const { located, issues } = readManifest(documents);
    // Defaults of the kOps spec do not apply to a complete manifest; overrides apply everywhere.
    const value = mergeLayers(ofOperation(defaults, ["kops"]), file.value, ofOperation(overrides));
    const parsed = parse(manifestFile, { manifest: named, ...value });
    const beside = parsed.ok
      ? secretProblems(parsed.value, secrets)
      : parsed.issues.map((issue) => withoutPlace(issue, file.document === undefined));
    const kops = parsed.ok ? parsed.value.kops : undefined;
    /** Reports each problem where the value was written: in the naming file, or in the manifest. */
    const report = (found: readonly Issue[]): number => {
      const laidOver = found.filter(({ path }) => path[0] !== "name" && has({ kops }, ["kops", ...path]));
      this.#blame(
        file,
        laidOver.map(({ path, message }) => ({ path: ["kops", ...path], message })),
      );
      if (located)
        this.problems.push(
          ...blameManifest(found.filter((one) => !laidOver.includes(one)).map((one) => inManifest(located, one))),
        );
      return found.length;
    };
    const { kopsVersion, allow, network, adopt } = parsed.ok ? parsed.value : {};
    const own = located ? this.#manifestIssues(located, { kopsVersion, allow }) : [];
    const filling = located ? fillingProblems(located, { zones, privateSubnets, utilitySubnets }) : [];
    // Only the store tells whether a cluster that may have a network of its own is filled in.
    const decided = network === "own" || (located && mayLive(located.manifest, { adopt })) ? [] : filling;
    this.#blame(file, beside);
    this.problems.push(...blameManifest(issues), ...blameManifest([...own, ...decided]));
    if (!located) return;
    const { manifest, namePlace } = located;
    const tagged = report(
      tagProblemsOver(manifest.cluster, manifest.instanceGroups, kops).map(({ path, message }) => ({
        path: path[0] === "kops" ? path.slice(1) : path,
        message,
      })),
    );
    const line = file.document && lineOf(file.document, ["network"]);
    const good = parsed.ok && beside.length + issues.length + own.length + decided.length + tagged === 0;
    this.#claims.push({
      full: manifest.name,
      file: file.label,
      label: namePlace.source,
      line: namePlace.line,
      path: "metadata.name",
      cluster: withEscapeHatch(manifest.cluster, kops),
      locate: (path) =>
        this.#locateOver(file, kops, path) ??
        (has(manifest, path) ? placeText(inManifest(located, { path, message: "" })) : undefined),
      report,
      ...(good && {
        request: {
          ...parsed.value,
          name: shortName(manifest.name, zoneName),
          manifest,
          filling: {
            at: { source: file.label, ...(line !== undefined && { line }) },
            problems: blameManifest(filling),
          },
        },
      }),
    });
  }

  /** The place of a property of the escape hatch. */
  #locateOver(file: ClusterFile, kops: object | undefined, path: PropertyPath): string | undefined {
    if (!has(kops ?? {}, path)) return undefined;
    return placeText(blame(file, this.#request, { path: ["kops", ...path], message: "" }));
  }

  #manifestIssues(located: LocatedManifest, beside: OfManifest): ManifestIssue[] {
    const { manifest, namePlace } = located;
    const named = clusterNameProblems(manifest.name).map(({ message }) => ({
      ...namePlace,
      path: ["metadata", "name"],
      message,
    }));
    return [...named, ...manifestProblems(located, beside)];
  }

  /**
   * The clusters that can be used. If two files claim one cluster, nobody knows which is meant, so neither is used; nor
   * is a file whose places or names belong to another cluster.
   */
  requests(): (ClusterRequest | ManifestRequest)[] {
    const { zoneName, records = true, objects = {} } = this.#request;
    const named = this.#claims.flatMap(({ request }) => request ?? []);
    const all = this.#claims.map(({ full, cluster }) => ({ name: full, cluster }));
    return this.#claims.flatMap((claim, index) => {
      const foreign = ownPlaceProblems(all[index] ?? { name: claim.full, cluster: claim.cluster }, all, {
        zoneName,
        records,
      });
      const object = claim.request && objectNameProblem(claim.request, named, objects);
      if (object !== undefined) foreign.push({ path: ["name"], message: object });
      claim.report(foreign);
      const other = this.#claims.find((one) => one.full === claim.full && one !== claim);
      if (!other) return foreign.length === 0 ? (claim.request ?? []) : [];
      const message = `${claim.full} is also the name of the cluster in ${other.file}`;
      this.problems.push({
        source: claim.label,
        ...(claim.line !== undefined && { line: claim.line }),
        path: claim.path,
        message,
      });
      return [];
    });
  }

  get locate(): Map<string, Locate> {
    return new Map(this.#claims.map(({ full, locate }) => [full, locate]));
  }

  /** A key that is not in the file, because a default applies, is on the line of the name. */
  problemsOf(name: string, issues: readonly Issue[]): Problem[] {
    const claim = this.#claims.find(({ request }) => request?.name === name);
    const before = this.problems.length;
    claim?.report(issues);
    return this.problems.splice(before).map((problem) => ({
      ...(problem.source === claim?.label && claim.line !== undefined && { line: claim.line }),
      ...problem,
    }));
  }

  #blame(file: ClusterFile, issues: readonly Issue[]): void {
    this.problems.push(...blameAll(file, this.#request, issues));
  }
}

/** A manifest alone has no key for the version of kOps: the stack gives it, or a file that names the manifest. */
function withoutPlace(issue: Issue, alone: boolean): Issue {
  if (!alone || issue.path[0] !== "kopsVersion") return issue;
  return {
    ...issue,
    message:
      `${issue.message}; a kOps manifest has no key for it: set it under pilot:clusterDefaults, or write a file ` +
      "with the keys manifest and kopsVersion",
  };
}

/** The clusters of all files that can be used, and all problems of the other files. */
export function readClusterFiles(request: ClusterFilesRequest): ClusterFiles {
  const reader = new Reader(request);
  reader.readFolder();
  const requests = reader.requests();
  const { locate } = reader;
  return {
    requests,
    problems: [...reader.problems],
    ...(locate.size > 0 && { locate }),
    problemsOf: (name, issues) => reader.problemsOf(name, issues),
  };
}
