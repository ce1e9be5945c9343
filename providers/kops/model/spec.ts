import { createHash } from "node:crypto";
import yaml from "js-yaml";
import type { KopsClusterInputs } from "./inputs.ts";
import { secretDigests } from "./secrets.ts";
import type { SecretDigests } from "./secrets.ts";
import { isFixedImage } from "./instance-groups.ts";

/** The inputs that define the cluster, with digests for secrets. All other inputs say how to get there. */
export type DesiredSpec = Pick<
  KopsClusterInputs,
  "name" | "kopsVersion" | "cluster" | "instanceGroups" | "sshPublicKeys" | "additionalObjects" | "featureFlags"
> & {
  secrets?: SecretDigests;
};

export function desiredSpec(inputs: KopsClusterInputs): DesiredSpec {
  const { name, kopsVersion, cluster, instanceGroups, sshPublicKeys, additionalObjects, featureFlags } = inputs;
  const secrets = secretDigests(inputs.secrets);
  return {
    name,
    kopsVersion,
    cluster,
    instanceGroups,
    ...(sshPublicKeys?.length ? { sshPublicKeys } : {}),
    ...(additionalObjects ? { additionalObjects } : {}),
    ...(featureFlags?.length ? { featureFlags } : {}),
    ...(Object.keys(secrets).length > 0 ? { secrets } : {}),
  };
}

/** The part of a spec that the journal keeps to compare with: no secret. */
export type RecordedSpec = Pick<DesiredSpec, "kopsVersion" | "cluster" | "instanceGroups" | "additionalObjects">;

/** `before`: the spec that the journal has; what a newer program keeps in it stays. */
export function recordedSpec(
  { kopsVersion, cluster, instanceGroups, additionalObjects }: KopsClusterInputs,
  before?: RecordedSpec,
): RecordedSpec {
  const spec: RecordedSpec = { ...before, kopsVersion, cluster, instanceGroups };
  if (additionalObjects) spec.additionalObjects = additionalObjects;
  else delete spec.additionalObjects;
  return spec;
}

/** JSON with sorted keys, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

/** Short digest of a value: 16 hexadecimal digits of the SHA-256 of its canonical JSON. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);
}

/**
 * Fields that `kops create` fills in for good (PerformAssignments in upup/pkg/fi/cloudup); `kops replace` needs them.
 */
const assigned = ["networkCIDR", "nonMasqueradeCIDR", "masterPublicName", "topology"] as const;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** The fields of a mapping; none of anything else. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

/** The items of a list; none of anything else. */
export function itemsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function withSubnetRanges(desired: unknown, live: unknown): unknown {
  if (!Array.isArray(desired) || !Array.isArray(live)) return desired;
  const ranges = new Map(live.filter(isRecord).map((subnet) => [subnet["name"], subnet["cidr"]]));
  return desired.map((subnet: unknown) => {
    if (!isRecord(subnet) || subnet["cidr"] !== undefined) return subnet;
    const cidr = ranges.get(subnet["name"]);
    return cidr === undefined ? subnet : { ...subnet, cidr };
  });
}

/** The desired spec, with the recorded image in each group that names no image, or a parameter. */
export function withImages(spec: DesiredSpec, images: Readonly<Record<string, string>>): DesiredSpec {
  const groups = Object.entries(spec.instanceGroups).map(([name, group]) => {
    const image = images[name];
    return [name, isFixedImage(group) || image === undefined ? group : { ...group, image }] as const;
  });
  return { ...spec, instanceGroups: Object.fromEntries(groups) };
}

/** The desired spec without SSH keys. */
export function withoutSshKeys(spec: DesiredSpec): DesiredSpec {
  const others = { ...spec };
  delete others.sshPublicKeys;
  return others;
}

/** The desired spec with the fields that kOps assigned at creation, where it sets none of its own. */
export function withAssignments(spec: DesiredSpec, live: Record<string, unknown> | undefined): DesiredSpec {
  if (!live) return spec;
  const kept = Object.fromEntries(
    assigned.filter((key) => spec.cluster[key] === undefined && live[key] !== undefined).map((key) => [key, live[key]]),
  );
  const subnets = withSubnetRanges(spec.cluster["subnets"], live["subnets"]);
  return { ...spec, cluster: { ...spec.cluster, ...kept, ...(subnets === undefined ? {} : { subnets }) } };
}

/** The `spec` of a kOps object in the store. */
export function specIn(text: string): Record<string, unknown> {
  const object: unknown = yaml.load(text);
  const spec = isRecord(object) ? object["spec"] : undefined;
  return isRecord(spec) ? spec : {};
}

/** The `metadata` of a kOps object in the store. */
export function metadataIn(text: string): Record<string, unknown> {
  const object: unknown = yaml.load(text);
  const metadata = isRecord(object) ? object["metadata"] : undefined;
  return isRecord(metadata) ? metadata : {};
}

const apiVersion = "kops.k8s.io/v1alpha2";
const clusterLabel = "kops.k8s.io/cluster";

/**
 * The objects for `kops replace -f`: the Cluster first, because kOps looks it up when it reads the others. Pass the
 * live Cluster's metadata: kOps replaces it too and copies it into the completed spec, where a missing creation time or
 * annotation would be a change.
 */
export function manifestOf(spec: DesiredSpec, liveMetadata: Record<string, unknown> = {}): string {
  const labels = { [clusterLabel]: spec.name };
  const objects: unknown[] = [
    { apiVersion, kind: "Cluster", metadata: { ...liveMetadata, name: spec.name }, spec: spec.cluster },
  ];
  for (const [name, group] of Object.entries(spec.instanceGroups)) {
    objects.push({ apiVersion, kind: "InstanceGroup", metadata: { name, labels }, spec: group });
  }
  for (const publicKey of spec.sshPublicKeys ?? []) {
    objects.push({ apiVersion, kind: "SSHCredential", metadata: { name: "admin", labels }, spec: { publicKey } });
  }
  return objects.map((object) => yaml.dump(object, { lineWidth: -1, noRefs: true })).join("---\n");
}

/**
 * The live value without the fields that the desired one leaves out, because kOps fills those in and they are no drift.
 * A desired field that is gone is absent in the result; an extra item of a list is present.
 */
export function inShapeOf(desired: unknown, live: unknown): unknown {
  if (isRecord(desired) && isRecord(live)) {
    return Object.fromEntries(
      Object.keys(desired)
        .filter((key) => key in live)
        .map((key) => [key, inShapeOf(desired[key], live[key])]),
    );
  }
  if (Array.isArray(desired) && Array.isArray(live)) {
    return live.map((item: unknown, index) => (index < desired.length ? inShapeOf(desired[index], item) : item));
  }
  return live;
}
