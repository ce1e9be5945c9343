import { type Issue, type PropertyPath } from "../../config/problems.ts";
import { inexactNumbers } from "../../config/kops-yaml.ts";
import { isPlainObject, type PlainObject } from "../../config/merge.ts";
import { lineOf, type YamlDocument } from "../../config/yaml.ts";

const supported = "kops.k8s.io/v1alpha2";
/** kOps reads its objects in this group too, and writes them in the other (rewriteAPIGroup in pkg/kopscodecs). */
const shortGroup = "kops/v1alpha2";
const clusterLabel = "kops.k8s.io/cluster";

/** A complete cluster as `kops get all`, `kops create cluster --dry-run` and `kops toolbox template` write it. */
export interface KopsManifest {
  /** Full name. */
  name: string;
  cluster: PlainObject;
  instanceGroups: Record<string, PlainObject>;
  sshPublicKeys: string[];
  /** Objects of other kinds, which kOps keeps with the cluster, such as a KubeSchedulerConfiguration. @default none */
  additionalObjects?: PlainObject[];
}

/** A place in one of the files of a manifest. */
export interface ManifestPlace {
  /** File with its folder, as in messages. */
  source: string;
  /** Counted from 1. */
  line: number;
}

export type ManifestIssue = Issue & ManifestPlace;

/** A document of a manifest with its file. */
export type ManifestDocument = YamlDocument & Pick<ManifestPlace, "source">;

const placeOf = (document: ManifestDocument, path: PropertyPath): ManifestPlace => ({
  source: document.source,
  line: lineOf(document, path) ?? document.firstLine,
});

/** A manifest with the places of its objects, for later problems. */
export interface LocatedManifest {
  manifest: KopsManifest;
  /** Of the cluster's name. */
  namePlace: ManifestPlace;
  /** Of a property of the ClusterSpec. */
  clusterPlace: (path: PropertyPath) => ManifestPlace;
  /** Of a property of an InstanceGroupSpec. */
  groupPlace: (name: string, path: PropertyPath) => ManifestPlace;
  /** Of a property of an additional object. */
  additionalPlace: (index: number, path: PropertyPath) => ManifestPlace;
}

/**
 * Whether any document of a file is an object of Kubernetes' form: the file is then a manifest, not a request, which
 * has neither key.
 */
export function isKopsManifest(documents: readonly YamlDocument[]): boolean {
  return documents.some(
    ({ value }) => isPlainObject(value) && typeof value["apiVersion"] === "string" && "kind" in value,
  );
}

interface KopsObject {
  document: ManifestDocument;
  kind: string;
  name: string;
  labels: PlainObject;
  spec: PlainObject;
}

interface AdditionalObject {
  document: ManifestDocument;
  additional: PlainObject;
}

const kinds = ["Cluster", "InstanceGroup", "SSHCredential"];

/** Whether kOps takes the object for its own. One with a mistyped group is meant to be. */
function isKopsObject(apiVersion: string, kind: unknown): boolean {
  const [group] = apiVersion.split("/");
  return group === "kops.k8s.io" || group === "kops" || (apiVersion.includes("kops") && kinds.includes(String(kind)));
}

function readObject(document: ManifestDocument): KopsObject | AdditionalObject | Issue {
  const { value } = document;
  if (!isPlainObject(value))
    return { path: [], message: "must be a kOps object, with apiVersion, kind, metadata and spec" };
  const { apiVersion, kind } = value;
  if (typeof kind !== "string" || kind === "") return { path: ["kind"], message: "is missing: must be text" };
  if (typeof apiVersion !== "string" || apiVersion === "")
    return { path: ["apiVersion"], message: `is missing: must be text, such as ${supported}` };
  if (!isKopsObject(apiVersion, kind)) return { document, additional: value };
  if (!kinds.includes(kind))
    return { path: ["kind"], message: `${kind} is not an object of kOps's manifests: those are ${kinds.join(", ")}` };
  if (apiVersion !== supported && apiVersion !== shortGroup)
    return {
      path: ["apiVersion"],
      message: `${apiVersion} is not supported: write ${supported}, as kOps itself does`,
    };
  const metadata = isPlainObject(value["metadata"]) ? value["metadata"] : {};
  const { name, labels } = metadata;
  if (typeof name !== "string" || name === "") return { path: ["metadata"], message: "is missing a name" };
  const { spec } = value;
  if (!isPlainObject(spec)) return { path: ["spec"], message: "is missing: must be a mapping" };
  return { document, kind, name, labels: isPlainObject(labels) ? labels : {}, spec };
}

/** The cluster in the documents of a manifest, or all problems of its objects. kOps checks the fields. */
export function readManifest(documents: readonly ManifestDocument[]): {
  located?: LocatedManifest;
  issues: ManifestIssue[];
} {
  const issues: ManifestIssue[] = [];
  const reportIn = (document: ManifestDocument) => (path: PropertyPath, message: string) => {
    issues.push({ ...placeOf(document, path), path, message });
  };
  const objects: KopsObject[] = [];
  const additional: AdditionalObject[] = [];
  for (const document of documents) {
    for (const { path, value } of inexactNumbers(document.value))
      reportIn(document)(path, `is read as the number ${value}, which is not what the file says: quote it`);
    const read = readObject(document);
    if ("message" in read) reportIn(document)(read.path, read.message);
    else if ("additional" in read) additional.push(read);
    else objects.push(read);
  }
  const clusters = objects.filter(({ kind }) => kind === "Cluster");
  const [cluster] = clusters;
  const whole = new Set(documents.map(({ source }) => source)).size > 1 ? "manifest" : "file";
  for (const { document } of clusters.slice(1))
    reportIn(document)(["metadata", "name"], `is a second cluster: one ${whole} holds one`);
  if (!cluster) {
    const [first] = documents;
    // Otherwise the cluster's own document has a problem, already reported above.
    if (issues.length === 0 && first)
      issues.push({ ...placeOf(first, []), path: [], message: "has no object of kind: Cluster" });
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
        `${JSON.stringify(of)} is not the cluster of this ${whole}, ${cluster.name}`,
      );
    if (object.kind === "SSHCredential") {
      const key = object.spec["publicKey"];
      if (typeof key === "string" && key !== "") sshPublicKeys.push(key);
      else report(["spec"], "is missing publicKey");
    } else if (groups.has(object.name))
      report(["metadata", "name"], `${object.name} is the name of another group of this ${whole}`);
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
        ...(additional.length > 0 && { additionalObjects: additional.map((one) => one.additional) }),
      },
      namePlace: placeOf(cluster.document, ["metadata", "name"]),
      clusterPlace: (path) => placeOf(cluster.document, ["spec", ...path]),
      groupPlace: (name, path) => placeOf(groups.get(name)?.document ?? cluster.document, ["spec", ...path]),
      additionalPlace: (index, path) => placeOf(additional[index]?.document ?? cluster.document, path),
    },
    issues,
  };
}
