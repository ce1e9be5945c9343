import { z } from "zod";
import { strict, type Problem } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";
import { fullName } from "../spec/names.ts";
import type { KopsManifest } from "./manifest.ts";
import { operation, type OperationRequest } from "../request/operation.ts";

/**
 * Whose network the cluster of a manifest lives in.
 * - `own`: the manifest's. What it says about the network stays as it is; kOps makes, or has made, what it leaves out.
 * - `environment`: the environment's. VPC and subnets are filled in.
 */
const networkOwners = ["own", "environment"] as const;

/** Where the cluster of a manifest goes. */
export interface Placement {
  network: (typeof networkOwners)[number];
  /** ClusterSpec of the cluster in the state store; absent for a new cluster. */
  living?: PlainObject | undefined;
}

/** A file that names a manifest, with what kOps itself has no place for. */
export const manifestFile = strict({
  manifest: z
    .string()
    .regex(/^[^/\\]+(\/[^/\\]+)*\.ya?ml$/, { error: "must be the name of a YAML file below this one's folder" })
    .refine((path) => !path.split("/").includes(".."), {
      error: "must be the name of a YAML file below this one's folder",
    })
    .describe(
      "A complete kOps manifest, in place of everything that describes the cluster: what `kops get -o yaml`, " +
        "`kops create cluster --dry-run -o yaml` or `kops toolbox template` writes. Only ids of network and hosted " +
        "zone, and the state store, are filled in where it has none. The path is relative to this file.",
    ),
  network: z
    .enum(networkOwners)
    .optional()
    .describe(
      "Whose network a cluster lives in whose manifest has no ids of subnets: `environment` fills in the " +
        "environment's VPC and subnets; `own` leaves everything of the network as the manifest has it, and kOps " +
        "makes VPC or subnets. A cluster that lives already stays where it is. Default: as the cluster lives, by " +
        "its manifest in the state store; for a new one the environment's, unless the manifest names a VPC " +
        "(`networkID`), or `adopt` is set and `networkCIDR` is not the environment's.",
    ),
  ...operation,
});

/** What of it the stack's defaults and overrides can give. */
export const operationKeys: readonly string[] = Object.keys(operation);

/** A cluster that is given as a complete kOps manifest. */
export interface ManifestRequest extends OperationRequest {
  /** Name of the cluster: without the environment's zone where it ends with it, as a request would have it. */
  name: string;
  manifest: KopsManifest;
  network?: Placement["network"] | undefined;
  /** What keeps it from being filled in with the environment's network, should it be; and where it was written. */
  filling: { at: Pick<Problem, "source" | "line">; problems: readonly Problem[] };
  /** Where it goes, once the store was asked. @default by the file alone */
  placement?: Placement | undefined;
}

/** The name a request would give: the same cluster has the same Pulumi name, whichever way it is written. */
export function shortName(full: string, zoneName: string): string {
  const short = full.endsWith(`.${zoneName}`) ? full.slice(0, -zoneName.length - 1) : full;
  return fullName(short, zoneName) === full ? short : full;
}
