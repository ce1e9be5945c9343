import type { Problem } from "../../config/problems.ts";
import { isPlainObject, type PlainObject } from "../../config/merge.ts";
import type { ManifestRequest, Placement } from "./manifest-request.ts";

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

const subnetsOf = (cluster: PlainObject): PlainObject[] =>
  Array.isArray(cluster["subnets"]) ? cluster["subnets"].filter(isPlainObject) : [];

/** Whether any subnet of a ClusterSpec has an id: then the subnets existed before the cluster. */
export const hasSubnetIds = (cluster: PlainObject): boolean => subnetsOf(cluster).some(({ id }) => isGiven(id));

/** Whether no cluster on AWS can be in this place: `--dry-run` and templates write such (kOps shortens `file://`). */
export const isNowhere = (base: unknown): boolean =>
  !isGiven(base) || (typeof base === "string" && /^((memfs|file):\/\/|\/)/.test(base));

/** The state store of a cluster with this configBase: everything before the name. */
export function storeOf(base: unknown, name: string): string | undefined {
  return typeof base === "string" && base.startsWith("s3://") && base.endsWith(`/${name}`)
    ? base.slice(0, -name.length - 1)
    : undefined;
}

/**
 * Whether a manifest can be that of an existing cluster with a network of its own, by the file alone: except for the
 * store, `kops get` of such a cluster and `kops create cluster --dry-run` write the same.
 */
export function mayLive({ cluster }: ManifestRequest["manifest"], { adopt }: Pick<ManifestRequest, "adopt">): boolean {
  return adopt === true || !isNowhere(cluster["configBase"]);
}

/** Whether the store must be read because the file alone does not tell. */
export function needsLiving({ manifest: { cluster } }: Pick<ManifestRequest, "manifest">): boolean {
  return !hasSubnetIds(cluster) && subnetsOf(cluster).length > 0;
}

/**
 * Where the cluster of a manifest goes. An existing cluster stays where it is: its manifest in the store has subnet ids
 * if the subnets existed before it, and none if kOps made them. For a new cluster the file decides: by `network`, by a
 * VPC that it names, and with `adopt` by a range other than the environment's. All other new clusters go into the
 * environment's network, whatever ranges `kops create cluster --dry-run` wrote.
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

/** Why a cluster cannot go where it should. */
export function placementProblems(
  request: Pick<ManifestRequest, "network" | "filling">,
  placement: Placement,
): Problem[] {
  const { network, filling } = request;
  if (placement.living !== undefined && network !== undefined && network !== placement.network) {
    const lives =
      placement.network === "own"
        ? "the cluster is in a network of its own, which kOps made"
        : "the cluster is in subnets that existed before it";
    return [
      {
        ...filling.at,
        path: "network",
        message:
          `cannot be ${network}: ${lives}, and nothing in AWS can move to another VPC; write network: ` +
          `${placement.network}, or leave it out`,
      },
    ];
  }
  return placement.network === "environment" ? [...filling.problems] : [];
}

/** The problem of a cluster whose store cannot be read. */
export function unreadable({ filling }: Pick<ManifestRequest, "filling">, stateStore: string, error: Error): Problem {
  return {
    ...filling.at,
    path: "",
    message:
      `cannot be placed: ${stateStore} tells whether the cluster exists and in whose network, but it ` +
      `cannot be read: ${error.message.replace(/\s*\n\s*/g, " ")}`,
  };
}
