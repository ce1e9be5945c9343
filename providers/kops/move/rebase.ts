import { isRecord } from "../model/spec.ts";
import { parseStoreUrl } from "../store/object-store.ts";

/*
 * The fields of a cluster's spec that name a place in its state store. The issuer of service accounts is not one of
 * them, even if its documents lie in the same bucket: it can never change.
 */
const fields: readonly string[] = ["configBase", "keyStore", "secretStore"];

/** URL without a slash at its end. */
const trimmed = (url: string): string => url.replace(/\/+$/, "");

/** The same place in another store; undefined for a place outside `from`. */
export function placeIn(place: unknown, from: string, to: string): string | undefined {
  if (typeof place !== "string") return undefined;
  if (trimmed(place) === trimmed(from)) return trimmed(to);
  return place.startsWith(`${trimmed(from)}/`) ? `${trimmed(to)}${place.slice(trimmed(from).length)}` : undefined;
}

/** Changes each place in a spec. */
function mapPlaces(
  spec: Record<string, unknown>,
  change: (place: unknown, path: string) => unknown,
): Record<string, unknown> {
  const mapped = { ...spec };
  const at = (fields: Record<string, unknown>, key: string, path: string): void => {
    if (fields[key] !== undefined) fields[key] = change(fields[key], path);
  };
  for (const field of fields) at(mapped, field, field);
  if (isRecord(spec["configStore"])) {
    const configStore = { ...spec["configStore"] };
    for (const field of ["base", "keypairs", "secrets"]) at(configStore, field, `configStore.${field}`);
    mapped["configStore"] = configStore;
  }
  if (Array.isArray(spec["etcdClusters"])) {
    mapped["etcdClusters"] = spec["etcdClusters"].map((etcd: unknown, index) => {
      if (!isRecord(etcd) || !isRecord(etcd["backups"])) return etcd;
      const backups = { ...etcd["backups"] };
      at(backups, "backupStore", `etcdClusters[${index}].backups.backupStore`);
      return { ...etcd, backups };
    });
  }
  return mapped;
}

/** The places in a spec, with their paths. */
export function placesNamed(spec: Record<string, unknown>): { path: string; place: string }[] {
  const found: { path: string; place: string }[] = [];
  mapPlaces(spec, (place, path) => {
    if (typeof place === "string") found.push({ path, place });
    return place;
  });
  return found;
}

/** A spec after its cluster moved: each place in the old store becomes the same place in the new one. */
export function rebasedSpec(spec: Record<string, unknown>, from: string, to: string): Record<string, unknown> {
  return mapPlaces(spec, (place) => placeIn(place, from, to) ?? place);
}

/** Inputs of a cluster, of any form, as if it had always been in the new store. */
export function rebasedInputs(inputs: Record<string, unknown>, from: string, to: string): Record<string, unknown> {
  const { stateStore, cluster } = inputs;
  return {
    ...inputs,
    ...(stateStore === undefined ? {} : { stateStore: placeIn(stateStore, from, to) ?? stateStore }),
    ...(isRecord(cluster) ? { cluster: rebasedSpec(cluster, from, to) } : {}),
  };
}

/** Places in the bucket of a store but outside its prefix: a move would separate the cluster from them. */
export function placesBeside(spec: Record<string, unknown>, store: string): { path: string; place: string }[] {
  const { bucket } = parseStoreUrl(store);
  return placesNamed(spec).filter(
    ({ place }) =>
      parseStoreUrl(place).bucket === bucket && place.startsWith("s3://") && placeIn(place, store, store) === undefined,
  );
}
