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

const belowError =
  "must be the name of a YAML file below this one's folder: one file, a list of files, or a folder of them";

/** A path below the folder. */
const below = z
  .string({ error: belowError })
  .regex(/^[^/\\]+(\/[^/\\]+)*\/?$/, { error: belowError })
  .refine((path) => !path.split("/").includes(".."), { error: belowError });

/** A file that names a manifest, with keys that a kOps manifest cannot have. */
export const manifestFile = strict({
  manifest: z
    .union([below, z.array(below).min(1)], { error: belowError })
    .describe(
      "A complete kOps manifest, in place of all keys that describe the cluster: the output of `kops get all -o " +
        "yaml`, `kops create cluster --dry-run -o yaml` or `kops toolbox template`. One file, a list of files, or a " +
        "folder, whose YAML files are read in the order of their names. Objects of other kinds, such as a " +
        "KubeSchedulerConfiguration, are kept with the cluster as kOps keeps them. Only ids of network and hosted " +
        "zone, and the state store, are filled in if it has none. Paths are relative to this file.",
    ),
  network: z
    .enum(networkOwners)
    .optional()
    .describe(
      "Network of a cluster whose manifest has no subnet ids. `environment` fills in the environment's VPC " +
        "and subnets. `own` leaves the network as the manifest has it, and kOps makes VPC or subnets. A " +
        "cluster that exists stays where it is. Default: where the cluster is, by its manifest in the state " +
        "store; for a new cluster the environment's network, unless the manifest names a VPC (`networkID`), or " +
        "`adopt` is set and `networkCIDR` is not the environment's.",
    ),
  ...operation,
});

/** Keys that the stack's defaults and overrides can give. */
export const operationKeys: readonly string[] = Object.keys(operation);

/** A cluster given as a complete kOps manifest. */
export interface ManifestRequest extends OperationRequest {
  /** Name as in a request: without the environment's zone at its end. */
  name: string;
  manifest: KopsManifest;
  network?: Placement["network"] | undefined;
  /** Problems, if the environment's network must be filled in; `at` is the line of the key `network`. */
  filling: { at: Pick<Problem, "source" | "line">; problems: readonly Problem[] };
  /** Where it goes, once the store was read. @default decided from the file alone */
  placement?: Placement | undefined;
}

/** The name that a request would give: a cluster has the same Pulumi name in both forms. */
export function shortName(full: string, zoneName: string): string {
  const short = full.endsWith(`.${zoneName}`) ? full.slice(0, -zoneName.length - 1) : full;
  return fullName(short, zoneName) === full ? short : full;
}
