import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../../model/errors.ts";
import { kopsKeysOf } from "../../store/places.ts";
import { isRecord, specIn } from "../../model/spec.ts";
import type { DesiredSpec } from "../../model/spec.ts";

/** Fields of v1alpha2 in old manifests that kOps still reads and no longer uses (TopologySpec). */
const withoutUse: ReadonlySet<string> = new Set(["cluster.topology.masters", "cluster.topology.nodes"]);

/** Keys that kOps writes under another name (pkg/apis/kops/v1alpha2/conversion.go): policies by role. */
const written: ReadonlyMap<string, string> = new Map([
  ["cluster.additionalPolicies.control-plane", "master"],
  ["cluster.externalPolicies.control-plane", "master"],
]);

/** Whether kOps may leave the value out, because leaving it out means the same. */
function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return true;
  return typeof value === "object" && Object.values(value).every(isZero);
}

/** Paths of desired fields that are not in what kOps stored, because it does not know them. */
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
 * Refuses fields that kOps dropped when it stored the manifests in the copy of the store. `kops replace` drops unknown
 * fields silently (only `kops edit` checks them, HasExtraFields): a typing error would leave an option off.
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
    why: "kOps silently drops fields that it does not know; nothing was written",
    next:
      "correct the name as in https://kops.sigs.k8s.io/cluster_spec/ or " +
      'https://kops.sigs.k8s.io/instance_groups/, or set allow: ["unknownFields"] to leave it out',
  });
}
