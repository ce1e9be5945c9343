import { z } from "zod";
import { strict, type Problem } from "../../config/problems.ts";
import { fullName } from "../request/names.ts";
import type { KopsManifest } from "./manifest.ts";
import { operation, type OperationRequest } from "../request/operation.ts";
import { networkOwners, type NetworkOwner, type Placement } from "./placement.ts";

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
  network?: NetworkOwner | undefined;
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
