import {
  conflicts,
  namesIn,
  outsideZone,
  placeProblem,
  placesIn,
  writesRecords,
} from "../../../providers/kops/model/places.ts";
import type { Issue } from "../../config/problems.ts";
import { deepMerge, type PlainObject } from "../../config/merge.ts";

/** A cluster of a stack with its name and the places that its file gives. */
export interface PlacedCluster {
  /** Full name. */
  name: string;
  /** The ClusterSpec of its file, complete or partial. */
  cluster: PlainObject;
}

/** The environment's zone, and whether records of clusters go into it. */
export interface ZoneOfStack {
  zoneName: string;
  records: boolean;
}

const isGiven = (value: unknown): value is string => typeof value === "string" && value !== "";

/** The zone of a cluster's records, if its name is known; the provider looks up ids in AWS. */
function zoneOf({ name, cluster }: PlacedCluster, { zoneName, records }: ZoneOfStack): string | undefined {
  if (!writesRecords(name, cluster)) return undefined;
  const own = cluster["dnsZone"];
  if (isGiven(own)) return own.includes(".") ? own : undefined;
  return records ? zoneName : undefined;
}

/** Names outside the zone of their records; the cluster's own name has the path `name`. */
function zoneProblems(placed: PlacedCluster, stack: ZoneOfStack): Issue[] {
  const zone = zoneOf(placed, stack);
  if (zone === undefined) return [];
  const names = [
    { path: ["name"] as PropertyKey[], name: placed.name },
    ...namesIn(placed.cluster).map(({ path, name }) => ({ path: ["cluster", ...path], name })),
  ];
  return names.flatMap(({ path, name }) => {
    const message = outsideZone(name, zone);
    return message === undefined
      ? []
      : [
          {
            path,
            message:
              path.length === 1
                ? `${message}; name the cluster below the zone, or give its spec topology.dns.type: None or another ` +
                  "dnsZone"
                : message,
          },
        ];
  });
}

/** Places and names that belong to another cluster. Paths begin with `name` or `cluster`. */
export function ownPlaceProblems(placed: PlacedCluster, all: readonly PlacedCluster[], stack: ZoneOfStack): Issue[] {
  const places = placesIn(placed.cluster).flatMap((place): Issue[] => {
    const message = placeProblem(place, placed.name);
    return message === undefined ? [] : [{ path: ["cluster", ...place.path], message }];
  });
  const met = conflicts(placed, all).map(({ path, message }) => ({ path: ["cluster", ...path], message }));
  const found = [...zoneProblems(placed, stack), ...places, ...met];
  return found.filter(({ path }, index) => found.findIndex((one) => one.path.join(".") === path.join(".")) === index);
}

/** A manifest's spec, merged with the escape hatch of its file. */
export const withEscapeHatch = (
  cluster: PlainObject,
  kops: { cluster?: PlainObject | undefined } | undefined,
): PlainObject => deepMerge(cluster, kops?.cluster ?? {});
