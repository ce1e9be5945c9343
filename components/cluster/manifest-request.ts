import { z } from "zod";
import { strict } from "../config-problems.ts";
import { fullName } from "./names.ts";
import type { KopsManifest } from "./manifest.ts";
import { operation, type OperationRequest } from "./operation.ts";

/** A file that names a manifest, with what kOps itself has no place for. */
export const manifestFile = strict({
  manifest: z
    .string()
    .regex(/^[^/\\]+(\/[^/\\]+)*\.ya?ml$/, { error: "must be the name of a YAML file below this one's folder" })
    .refine((path) => !path.split("/").includes(".."), { error: "must be the name of a YAML file below this one's folder" })
    .describe(
      "A complete kOps manifest, in place of everything that describes the cluster: what `kops get -o yaml`, `kops create cluster --dry-run -o yaml` or `kops toolbox template` writes. Only ids of network and hosted zone, and the state store, are filled in where it has none. The path is relative to this file.",
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
}

/** The name a request would give: the same cluster has the same Pulumi name, whichever way it is written. */
export function shortName(full: string, zoneName: string): string {
  const short = full.endsWith(`.${zoneName}`) ? full.slice(0, -zoneName.length - 1) : full;
  return fullName(short, zoneName) === full ? short : full;
}
