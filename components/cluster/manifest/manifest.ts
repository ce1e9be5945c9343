import { type Issue, type PropertyPath } from "../../config/problems.ts";
import { isPlainObject, type PlainObject } from "../../config/merge.ts";
import { lineOf, type YamlDocument } from "../../config/yaml.ts";

const group = "kops.k8s.io/";
const supported = `${group}v1alpha2`;
const clusterLabel = "kops.k8s.io/cluster";

/** A complete cluster as `kops get`, `kops create cluster --dry-run` and `kops toolbox template` write it. */
export interface KopsManifest {
  /** Full name. */
  name: string;
  cluster: PlainObject;
  instanceGroups: Record<string, PlainObject>;
  sshPublicKeys: string[];
}

export type ManifestIssue = Issue & { line: number };

const documentLine = (document: YamlDocument, path: PropertyPath): number =>
  lineOf(document, path) ?? document.firstLine;

/** A manifest with the lines of its objects, for later problems. */
export interface LocatedManifest {
  manifest: KopsManifest;
  /** Line of the cluster's name. */
  nameLine: number;
  /** Line of a property of the ClusterSpec. */
  clusterLine: (path: PropertyPath) => number;
  /** Line of a property of an InstanceGroupSpec. */
  groupLine: (name: string, path: PropertyPath) => number;
}

/** Whether any document of a file is a kOps object: the file is then a manifest, not a request. */
export function isKopsManifest(documents: readonly YamlDocument[]): boolean {
  return documents.some(
    ({ value }) =>
      isPlainObject(value) && typeof value["apiVersion"] === "string" && value["apiVersion"].includes(group),
  );
}

interface KopsObject {
  document: YamlDocument;
  kind: string;
  name: string;
  labels: PlainObject;
  spec: PlainObject;
}

const kinds = ["Cluster", "InstanceGroup", "SSHCredential"];

function readObject(document: YamlDocument): KopsObject | Issue {
  const { value } = document;
  if (!isPlainObject(value))
    return { path: [], message: "must be a kOps object, with apiVersion, kind, metadata and spec" };
  const { apiVersion, kind } = value;
  if (typeof kind !== "string" || !kinds.includes(kind)) {
    return {
      path: ["kind"],
      message:
        `${String(kind)} is not allowed here: only ${kinds.join(", ")}; apply other objects to the cluster once it ` +
        "exists",
    };
  }
  if (apiVersion !== supported)
    return {
      path: ["apiVersion"],
      message: `${String(apiVersion)} is not supported: write ${supported}, as kOps itself does`,
    };
  const metadata = isPlainObject(value["metadata"]) ? value["metadata"] : {};
  const { name, labels } = metadata;
  if (typeof name !== "string" || name === "") return { path: ["metadata"], message: "is missing a name" };
  const { spec } = value;
  if (!isPlainObject(spec)) return { path: ["spec"], message: "is missing: must be a mapping" };
  return { document, kind, name, labels: isPlainObject(labels) ? labels : {}, spec };
}

/** The cluster in a file of kOps objects, or all problems of the objects. kOps checks the fields. */
export function readManifest(documents: readonly YamlDocument[]): {
  located?: LocatedManifest;
  issues: ManifestIssue[];
} {
  const issues: ManifestIssue[] = [];
  const reportIn = (document: YamlDocument) => (path: PropertyPath, message: string) => {
    issues.push({ line: documentLine(document, path), path, message });
  };
  const objects: KopsObject[] = [];
  for (const document of documents) {
    const read = readObject(document);
    if ("message" in read) reportIn(document)(read.path, read.message);
    else objects.push(read);
  }
  const clusters = objects.filter(({ kind }) => kind === "Cluster");
  const [cluster] = clusters;
  for (const { document } of clusters.slice(1))
    reportIn(document)(["metadata", "name"], "is a second cluster: one file holds one");
  if (!cluster) {
    // Otherwise the cluster's own document has a problem, already reported above.
    if (issues.length === 0)
      issues.push({ line: documents[0]?.firstLine ?? 1, path: [], message: "has no object of kind: Cluster" });
    return { issues };
  }
  if (!cluster.name.includes("."))
    reportIn(cluster.document)(["metadata", "name"], `must be a full DNS name, not ${cluster.name}`);

  const groups = new Map<string, KopsObject>();
  const sshPublicKeys: string[] = [];
  for (const object of objects) {
    if (object.kind === "Cluster") continue;
    const report = reportIn(object.document);
    const of = object.labels[clusterLabel];
    if (of !== undefined && of !== cluster.name)
      report(
        ["metadata", "labels", clusterLabel],
        `${JSON.stringify(of)} is not the cluster of this file, ${cluster.name}`,
      );
    if (object.kind === "SSHCredential") {
      const key = object.spec["publicKey"];
      if (typeof key === "string" && key !== "") sshPublicKeys.push(key);
      else report(["spec"], "is missing publicKey");
    } else if (groups.has(object.name))
      report(["metadata", "name"], `${object.name} is the name of another group of this file`);
    else groups.set(object.name, object);
  }
  if (groups.size === 0 && !objects.some(({ kind }) => kind === "InstanceGroup")) {
    reportIn(cluster.document)(
      [],
      "has no object of kind: InstanceGroup beside the cluster: `kops get -o yaml` writes all objects",
    );
  }
  return {
    located: {
      manifest: {
        name: cluster.name,
        cluster: cluster.spec,
        instanceGroups: Object.fromEntries([...groups].map(([name, { spec }]) => [name, spec])),
        sshPublicKeys,
      },
      nameLine: documentLine(cluster.document, ["metadata", "name"]),
      clusterLine: (path) => documentLine(cluster.document, ["spec", ...path]),
      groupLine: (name, path) => documentLine(groups.get(name)?.document ?? cluster.document, ["spec", ...path]),
    },
    issues,
  };
}
