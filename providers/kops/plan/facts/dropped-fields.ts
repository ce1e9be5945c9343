import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../../model/errors.ts";
import { kopsKeysOf } from "../../store/places.ts";
import { isRecord, specIn } from "../../model/spec.ts";
import type { DesiredSpec } from "../../model/spec.ts";

/**
 * Fields of v1alpha2 that kOps reads without complaint and has no use for any more (TopologySpec): old manifests have
 * them.
 */
const withoutUse: ReadonlySet<string> = new Set(["cluster.topology.masters", "cluster.topology.nodes"]);

/** Keys that kOps writes otherwise than it reads them (pkg/apis/kops/v1alpha2/conversion.go): policies by role. */
const written: ReadonlyMap<string, string> = new Map([
  ["cluster.additionalPolicies.control-plane", "master"],
  ["cluster.externalPolicies.control-plane", "master"],
]);

/** What kOps may leave out of its text, because it means the same there. */
function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return true;
  return typeof value === "object" && Object.values(value).every(isZero);
}

/** Paths of fields that were asked for and are not in what kOps stored: it did not know them. */
export function droppedFields(desired: unknown, stored: unknown, path: string): string[] {
  if (isZero(desired) || withoutUse.has(path)) return [];
  if (stored === undefined || stored === null) return [path];
  if (Array.isArray(desired) && Array.isArray(stored)) {
    return desired.length === stored.length
      ? desired.flatMap((one, index) => droppedFields(one, stored[index], `${path}[${index}]`))
      : [];
  }
  if (!isRecord(desired) || !isRecord(stored)) return [];
  return Object.keys(desired).flatMap((key) =>
    droppedFields(desired[key], stored[written.get(`${path}.${key}`) ?? key] ?? stored[key], `${path}.${key}`),
  );
}

/**
 * Stops when kOps, in a preview's copy of the store, kept less of a manifest than it was given. `kops replace` drops a
 * field it does not know without a word (only `kops edit` looks, HasExtraFields): a typing error would be an option
 * that is silently off.
 */
export async function refuseDropped(copy: string, spec: DesiredSpec): Promise<void> {
  const keys = kopsKeysOf(spec.name);
  const storedAt = async (key: string): Promise<unknown> => specIn(await readFile(join(copy, key), "utf8"));
  const dropped = [
    ...droppedFields(spec.cluster, await storedAt(keys.config), "cluster"),
    ...(
      await Promise.all(
        Object.entries(spec.instanceGroups).map(async ([name, group]) =>
          droppedFields(group, await storedAt(`${keys.instanceGroups}${name}`), `instanceGroups.${name}`),
        ),
      )
    ).flat(),
  ];
  if (dropped.length === 0) return;
  throw new ConfigError({
    what: `kOps ${spec.kopsVersion} does not know ${dropped.join(", ")}`,
    why: "it would leave out without a word what it does not know; nothing was written",
    next:
      "correct the name as in https://kops.sigs.k8s.io/cluster_spec/ or " +
      'https://kops.sigs.k8s.io/instance_groups/, or, where it is to be left out, set allow: ["unknownFields"]',
  });
}
