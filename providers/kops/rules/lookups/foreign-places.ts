import { z } from "zod";
import { inOneLine } from "../../model/errors.ts";
import { kopsClusterInputs } from "../../model/inputs.ts";
import { isRecord } from "../../model/spec.ts";
import { clusterAt, clustersIn, specsOf } from "../../store/clusters.ts";
import { openStore } from "../../store/object-store.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import { conflicts, inFolderOf, isNamedAfter, namesIn, placeOf, placesIn } from "../../model/places.ts";
import type { Place } from "../../model/places.ts";
import { hasUnknown, propertyPath } from "../../model/unknown.ts";
import type { Failure } from "../../model/hidden-inputs.ts";

/** What was found, and what could not be checked, as text. */
export interface ForeignPlaces {
  failures: Failure[];
  notChecked: string[];
}

const { name, stateStore, region, profile, assumeRole, aws } = kopsClusterInputs.shape;
const identityOf = z.object({ name, stateStore, region, profile, assumeRole, aws });

const keyOf = (folders: readonly string[]): string => folders.join("/");

/** The folders above a place that may belong to a cluster: those with a full name, which has a dot. */
function foldersAbove({ folders }: Place, cluster: string): string[][] {
  return folders.flatMap((folder, index) =>
    folder.includes(".") && folder !== cluster ? [folders.slice(0, index + 1)] : [],
  );
}

/** Whether a place needs no lookup: it is below the cluster's own name and no other's. */
const isPlain = (place: Place, cluster: string): boolean =>
  place.kind === "issuer" || (isNamedAfter(place, cluster) && foldersAbove(place, cluster).length === 0);

/**
 * The other cluster that a folder in S3 belongs to: one above it or, for a folder that a delete removes, one inside.
 */
async function ownerInStore(
  bucket: Pick<ObjectStore, "list">,
  place: Place,
  cluster: string,
): Promise<string | undefined> {
  for (const folders of foldersAbove(place, cluster)) {
    const key = `${keyOf(folders)}/config`;
    if ((await bucket.list(key)).some((object) => object.key === key)) return folders.at(-1);
  }
  if (place.kind !== "folder" || isNamedAfter(place, cluster) || place.folders.length === 0) return undefined;
  return (await bucket.list(`${keyOf(place.folders)}/`))
    .map(({ key }) => clusterAt(key))
    .find((owner) => owner !== undefined && owner !== cluster);
}

/** Opens a store by its URL. */
export type OpenStore = (url: string) => Pick<ObjectStore, "list" | "get" | "folders">;

/**
 * Looks up whose the odd places of a cluster are, and which places and names other clusters of the store use. A cluster
 * with places and names of its own only, as nearly all, asks S3 nothing.
 */
export async function findForeignPlaces(
  desired: { name: string; stateStore: string; cluster: Record<string, unknown> },
  isNew: boolean,
  open: OpenStore,
): Promise<ForeignPlaces> {
  const { cluster } = desired;
  const places = placesIn(cluster).filter((place) => !hasUnknown(place.text));
  const own = placeOf("folder", ["stateStore"], `${desired.stateStore}/${desired.name}`);
  const odd = places.filter((place) => !isPlain(place, desired.name));
  const names = namesIn(cluster).filter(
    (one) => !hasUnknown(one.name) && one.name !== desired.name && !one.name.endsWith(`.${desired.name}`),
  );
  const notChecked: string[] = [];
  const attempt = async (what: string, look: () => Promise<Failure[]>): Promise<Failure[]> => {
    try {
      return await look();
    } catch (error) {
      notChecked.push(`${what} (${inOneLine(error)})`);
      return [];
    }
  };
  const found: Failure[] = [];
  for (const place of [...odd, ...(own && isNew && foldersAbove(own, desired.name).length > 0 ? [own] : [])]) {
    const property = place === own ? "stateStore" : propertyPath(["cluster", ...place.path]);
    found.push(
      ...(await attempt(`whose ${place.text} is`, async () => {
        const bucket = open(`s3://${place.bucket}`);
        const owner = await ownerInStore(bucket, place, desired.name);
        if (owner !== undefined) return [{ property, reason: inFolderOf(owner, place, desired.name) }];
        if (place.kind !== "documents" || !isNew || isNamedAfter(place, desired.name)) return [];
        const documents = await bucket.get(keyOf([...place.folders, ".well-known", "openid-configuration"]));
        if (documents === undefined || (await open(desired.stateStore).get(`${desired.name}/config`)) !== undefined)
          return [];
        return [
          {
            property,
            reason:
              `${place.text} holds the discovery documents of another cluster: kOps would overwrite them; use a ` +
              `folder of its own, such as s3://${place.bucket}/${desired.name}`,
          },
        ];
      })),
    );
  }
  if (odd.length + names.length > 0) {
    found.push(
      ...(await attempt("what other clusters of the store call their own", async () => {
        const store = open(desired.stateStore);
        const others = await specsOf(
          store,
          (await clustersIn(store)).filter((other) => other !== desired.name),
        );
        return conflicts(desired, others).map(({ path, message }) => ({
          property: propertyPath(["cluster", ...path]),
          reason: message,
        }));
      })),
    );
  }
  return {
    failures: found.filter(({ property }, index) => found.findIndex((one) => one.property === property) === index),
    notChecked,
  };
}

/** The same for inputs that may be malformed, which is refused elsewhere, or unknown. */
export async function checkForeign(
  old: Record<string, unknown> | undefined,
  desired: Record<string, unknown>,
): Promise<ForeignPlaces> {
  const { data } = identityOf.safeParse(desired);
  const { cluster } = desired;
  if (data === undefined || hasUnknown(data) || !isRecord(cluster)) return { failures: [], notChecked: [] };
  return await findForeignPlaces({ name: data.name, stateStore: data.stateStore, cluster }, old === undefined, (url) =>
    openStore(url, data),
  );
}
