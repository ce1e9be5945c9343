import yaml from "js-yaml";
import { z } from "zod";
import type { BareArgs } from "../e2e/bare/index.ts";

const document = z.object({
  apiVersion: z.enum(["kops.k8s.io/v1alpha2", "kops/v1alpha2"]),
  kind: z.enum(["Cluster", "InstanceGroup", "SSHCredential"]),
  metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
  spec: z.record(z.string(), z.unknown()),
});

/** A manifest's cluster, as arguments of the KopsCluster resource. */
export type Manifest = Pick<BareArgs, "name" | "cluster" | "instanceGroups" | "sshPublicKeys" | "additionalObjects">;

/** An object of another kind, which kOps keeps with the cluster. */
const additional = z.looseObject({
  apiVersion: z.string().refine((version) => !version.startsWith("kops")),
  kind: z.string(),
});

/** Replaces `${words}` by values; a word without a value is a mistake in the manifest. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{([a-z0-9-]+)\}/g, (placeholder, word: string) => {
    const value = values[word];
    if (value === undefined)
      throw new Error(`${placeholder} stands for nothing; known are ${Object.keys(values).sort().join(", ")}`);
    return value;
  });
}

/** Parses a file of kOps objects, as `kops create -f` takes it. */
export function parseManifest(text: string): Manifest {
  const all = yaml.loadAll(text).map((one) => additional.or(document).parse(one));
  const documents = all.flatMap((one) => document.safeParse(one).data ?? []);
  const additionalObjects = all.flatMap((one) => additional.safeParse(one).data ?? []);
  const [cluster, ...others] = documents.filter(({ kind }) => kind === "Cluster");
  if (!cluster || others.length > 0) throw new Error("a manifest holds exactly one Cluster");
  const keys = documents
    .filter(({ kind }) => kind === "SSHCredential")
    .map(({ spec }) => z.string().parse(spec["publicKey"]));
  return {
    name: cluster.metadata.name,
    // The channel is a file on the internet, which the local cloud never fetches; the manifests contain what it would
    // provide.
    cluster: { ...cluster.spec, channel: "none" },
    instanceGroups: Object.fromEntries(
      documents.filter(({ kind }) => kind === "InstanceGroup").map(({ metadata, spec }) => [metadata.name, spec]),
    ),
    ...(keys.length > 0 ? { sshPublicKeys: keys } : {}),
    ...(additionalObjects.length > 0 ? { additionalObjects } : {}),
  };
}

/**
 * How a cluster of the corpus is created.
 * - `resource`: by the KopsCluster resource, from the manifest as it is.
 * - `adopted`: by plain kOps, then adopted as it is.
 * - `file`: from a cluster file, which the environment completes.
 */
export type Origin = "resource" | "adopted" | "file";

/** An annotation of a manifest's Cluster. */
function annotationOf(text: string, key: string): string | undefined {
  const [first] = yaml
    .loadAll(text)
    .flatMap((one) => document.safeParse(one).data ?? [])
    .filter(({ kind }) => kind === "Cluster");
  return first?.metadata.annotations?.[`pilot.corpus/${key}`];
}

/** The way that the Cluster's annotation requests. */
export function originOf(text: string): Origin {
  return z.enum(["resource", "adopted", "file"]).default("resource").parse(annotationOf(text, "way"));
}

/** Whether a manifest for a cluster file is a folder with a file for each object. */
export function isSplit(text: string): boolean {
  return annotationOf(text, "split") === "true";
}

/** The instance group to remove after the create, if an annotation names one. */
export function removedFrom(text: string): string | undefined {
  return annotationOf(text, "removes");
}

/** Whether it must run without others: another IPv6 cluster beside it makes kOps fail (kubernetes/kops#18088). */
export function isAlone(text: string): boolean {
  return annotationOf(text, "alone") === "true";
}

/** The purpose of a manifest: the comment at its head. */
export function purposeOf(text: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^# ?/, ""))
    .join(" ")
    .trim();
}
