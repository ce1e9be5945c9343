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

/** A cluster of a stack, as far as its file says where it keeps things and what it is called. */
export interface PlacedCluster {
  /** Full name. */
  name: string;
  /** The ClusterSpec that its file gives: whole, or what is laid over one. */
  cluster: PlainObject;
}

/** The environment's zone, and whether records of clusters go into it. */
export interface ZoneOfStack {
  zoneName: string;
  records: boolean;
}

const isGiven = (value: unknown): value is string => typeof value === "string" && value !== "";

/**
 * The zone of a cluster's records, where its name is known: its own, or the environment's. Of an id the provider asks
 * AWS.
 */
function zoneOf({ name, cluster }: PlacedCluster, { zoneName, records }: ZoneOfStack): string | undefined {
  if (!writesRecords(name, cluster)) return undefined;
  const own = cluster["dnsZone"];
  if (isGiven(own)) return own.includes(".") ? own : undefined;
  return records ? zoneName : undefined;
}

/** Names that lie outside of the zone their records go into; the cluster's own has the path `name`. */
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
                ? `${message}; name the cluster below the zone, or write topology.dns.type: None or another dnsZone ` +
                  "into its spec"
                : message,
          },
        ];
  });
}

/** What of a cluster's places and names is not its own. Paths begin with `name` or `cluster`. */
export function ownPlaceProblems(placed: PlacedCluster, all: readonly PlacedCluster[], stack: ZoneOfStack): Issue[] {
  const places = placesIn(placed.cluster).flatMap((place): Issue[] => {
    const message = placeProblem(place, placed.name);
    return message === undefined ? [] : [{ path: ["cluster", ...place.path], message }];
  });
  const met = conflicts(placed, all).map(({ path, message }) => ({ path: ["cluster", ...path], message }));
  const found = [...zoneProblems(placed, stack), ...places, ...met];
  return found.filter(({ path }, index) => found.findIndex((one) => one.path.join(".") === path.join(".")) === index);
}

/** A manifest's spec with what its file lays over it. */
export const withEscapeHatch = (
  cluster: PlainObject,
  kops: { cluster?: PlainObject | undefined } | undefined,
): PlainObject => deepMerge(cluster, kops?.cluster ?? {});
