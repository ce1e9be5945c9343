import type { Problem } from "../../config/problems.ts";
import { isPlainObject, type PlainObject } from "../../config/merge.ts";
import type { ManifestRequest, Placement } from "./manifest-request.ts";

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

const subnetsOf = (cluster: PlainObject): PlainObject[] =>
  Array.isArray(cluster["subnets"]) ? cluster["subnets"].filter(isPlainObject) : [];

/** Whether any subnet of a ClusterSpec has an id, so that it was there before the cluster. */
export const hasSubnetIds = (cluster: PlainObject): boolean => subnetsOf(cluster).some(({ id }) => isGiven(id));

/**
 * A place that no cluster on AWS lives in: where `--dry-run` and templates write theirs (of `file://` kOps leaves only
 * the path).
 */
export const isNowhere = (base: unknown): boolean =>
  !isGiven(base) || (typeof base === "string" && /^((memfs|file):\/\/|\/)/.test(base));

/** The store that a cluster of this configBase is kept in: what comes before its name. */
export function storeOf(base: unknown, name: string): string | undefined {
  return typeof base === "string" && base.startsWith("s3://") && base.endsWith(`/${name}`)
    ? base.slice(0, -name.length - 1)
    : undefined;
}

/**
 * Whether a manifest can be that of a cluster that lives in a network of its own, by the file alone: `kops get` of such
 * a cluster and `kops create cluster --dry-run` for a new one write the same, but for the store.
 */
export function mayLive({ cluster }: ManifestRequest["manifest"], { adopt }: Pick<ManifestRequest, "adopt">): boolean {
  return adopt === true || !isNowhere(cluster["configBase"]);
}

/** Whether the store must be asked: the file alone does not tell. */
export function needsLiving({ manifest: { cluster } }: Pick<ManifestRequest, "manifest">): boolean {
  return !hasSubnetIds(cluster) && subnetsOf(cluster).length > 0;
}

/**
 * Where the cluster of a manifest goes. A living one stays where it is: its manifest in the store has ids of subnets
 * when they were there before it, and none when kOps made them. Of a new one the file decides: by `network`, by a VPC
 * that it names, and, where it speaks of a living cluster (`adopt`), by a range that is not the environment's. All
 * other new clusters go into the environment's network, whatever ranges `kops create cluster --dry-run` wrote for one
 * of their own.
 */
export function placementOf(
  { manifest: { cluster }, network, adopt }: Pick<ManifestRequest, "manifest" | "network" | "adopt">,
  living: PlainObject | undefined,
  vpcCidr: string,
): Placement {
  if (living !== undefined)
    return { network: hasSubnetIds(living) || hasSubnetIds(cluster) ? "environment" : "own", living };
  if (network !== undefined) return { network };
  if (!hasSubnetIds(cluster) && isGiven(cluster["networkID"])) return { network: "own" };
  const range = cluster["networkCIDR"];
  return { network: adopt === true && isGiven(range) && range !== vpcCidr ? "own" : "environment" };
}

/** What is wrong with where a cluster is to go. */
export function placementProblems(
  request: Pick<ManifestRequest, "network" | "filling">,
  placement: Placement,
): Problem[] {
  const { network, filling } = request;
  if (placement.living !== undefined && network !== undefined && network !== placement.network) {
    const lives =
      placement.network === "own"
        ? "the cluster lives in a network of its own, which kOps made"
        : "the cluster lives in subnets that were there before it";
    return [
      {
        ...filling.at,
        path: "network",
        message:
          `cannot be ${network}: ${lives}, and nothing in AWS moves to another VPC; write network: ` +
          `${placement.network}, or leave it out`,
      },
    ];
  }
  return placement.network === "environment" ? [...filling.problems] : [];
}

/** That the store of a cluster could not be asked where it lives. */
export function unreadable({ filling }: Pick<ManifestRequest, "filling">, stateStore: string, error: Error): Problem {
  return {
    ...filling.at,
    path: "",
    message:
      `cannot be placed: whether the cluster lives already, and in whose network, is in ${stateStore}, which ` +
      `cannot be read: ${error.message.replace(/\s*\n\s*/g, " ")}`,
  };
}
