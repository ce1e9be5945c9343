import {
  all,
  CustomResource,
  getOrganization,
  getProject,
  getStack,
  log,
  mergeOptions,
  Output,
  runtime,
  secret,
} from "@pulumi/pulumi";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { CloudNames } from "./model/cloud-names.ts";
import type { KopsClusterArgs } from "./args.ts";
import { refusedKey, refusedText, knownKey } from "./model/hidden-inputs.ts";
import type { Condition } from "./model/conditions.ts";
import { failProgram } from "./fail-program.ts";
import { firstKnown } from "./first-known.ts";
import type { ObservedInstanceGroup } from "./model/outputs.ts";
import { shim } from "./shim.ts";
import type { Failure, Locate } from "./model/hidden-inputs.ts";
import { propertyPath } from "./model/unknown.ts";
import { unusedFields } from "./kops-cli/output/unused-fields.ts";

/** Type token in Pulumi's state; never changes. */
export const kopsClusterType = "pulumi-nodejs:dynamic/kops:Cluster";

/** Outputs that have a value in previews too. */
const knownInPreviews = [
  "conditions",
  "revision",
  "appliedDigest",
  "kubernetesVersion",
  "endpoint",
  "certificateAuthority",
  "observed",
  "cloud",
] as const;

/**
 * Sets Pulumi's `protect` from `deletionProtection`, unless the program sets `protect` itself. In the preview of a
 * destroy or a removal Pulumi does not ask a dynamic provider, so only `protect` can refuse. If deletionProtection is
 * an unknown output, only the provider enforces it.
 */
function protectedBy(
  { deletionProtection }: KopsClusterArgs,
  opts: CustomResourceOptions | undefined,
): CustomResourceOptions | undefined {
  return typeof deletionProtection === "boolean" && opts?.protect === undefined
    ? { ...opts, protect: deletionProtection }
    : opts;
}

/**
 * A Kubernetes cluster managed by kOps: its Cluster object, InstanceGroups and SSH key in the state store, and the
 * cloud that kOps makes from them. Create and update both converge whatever exists to the desired spec, roll nodes one
 * after another and validate the result. Never replaced.
 *
 * Duration: some minutes for a new cluster; minutes per node for a change that rolls.
 */
export class KopsCluster extends CustomResource {
  /** Ready, and the conditions that Ready sums up. */
  declare readonly conditions: Output<Condition[]>;
  /** Number of specs applied so far. */
  declare readonly revision: Output<number>;
  /** Digest of the spec last applied to the whole cluster. */
  declare readonly appliedDigest: Output<string>;
  declare readonly kubernetesVersion: Output<string>;
  /** URL of the Kubernetes API, by the cluster's own name or that of its load balancer. */
  declare readonly endpoint: Output<string>;
  /** PEM, without the private key. */
  declare readonly certificateAuthority: Output<string>;
  /** Instance groups as last observed in the cloud. */
  declare readonly observed: Output<Record<string, ObservedInstanceGroup>>;
  /**
   * Names and ids of what kOps made in the cloud. A cluster last updated by a version without this output gets it with
   * its next update or refresh.
   */
  declare readonly cloud: Output<CloudNames>;

  /** `locate`: where people wrote a property, for messages. */
  constructor(name: string, args: KopsClusterArgs, opts?: CustomResourceOptions, locate?: Locate) {
    const owner = args.owner ?? `${getOrganization()}/${getProject()}/${getStack()}`;
    const outputs = {
      conditions: undefined,
      revision: undefined,
      appliedDigest: undefined,
      kubernetesVersion: undefined,
      endpoint: undefined,
      certificateAuthority: undefined,
      observed: undefined,
      cloud: undefined,
      lastOperation: undefined,
      [knownKey]: undefined,
      [refusedKey]: undefined,
    };
    const secrets = args.secrets === undefined ? {} : { secrets: secret(args.secrets) };
    super(
      kopsClusterType,
      name,
      { ...outputs, ...args, ...secrets, owner, __provider: shim },
      // Encrypts them in the state, whatever the provider returns or a failed operation leaves.
      mergeOptions({ additionalSecretOutputs: ["secrets"] }, protectedBy(args, opts)),
    );
    this.#useKnownOutputs();
    this.#reportUnused(args, locate);
    if (runtime.isDryRun()) this.#failIfRefused(args.name, locate);
  }

  /** Reports fields that kOps knows and does not use. They do no harm: old manifests have them. */
  #reportUnused({ cluster, instanceGroups, kopsVersion }: KopsClusterArgs, locate: Locate | undefined): void {
    const report = (spec: Parameters<typeof unusedFields>[0], version: string): void => {
      for (const path of unusedFields(spec)) {
        const place = locate?.(path);
        void log.info(
          `${place === undefined ? "" : `${place}: `}${propertyPath(path)}: kOps ${version} knows this field and does ` +
            "not use it",
          this,
        );
      }
    };
    // Not as one output: in a preview that has no value as long as any part of it is unknown.
    if ([cluster, instanceGroups, kopsVersion].some((input) => Output.isInstance(input)))
      all([cluster, instanceGroups, kopsVersion]).apply(([one, groups, version]) => {
        report({ cluster: one, instanceGroups: groups }, version);
      });
    else if (typeof kopsVersion === "string") report({ cluster, instanceGroups }, kopsVersion);
  }

  /** Fails the preview of a cluster that an `up` would refuse. Pulumi still previews the other clusters, then fails. */
  #failIfRefused(cluster: KopsClusterArgs["name"], locate: Locate | undefined): void {
    const refused = (this as unknown as Record<string, Output<unknown>>)[refusedKey] as Output<Failure[] | undefined>;
    all([refused, cluster]).apply(async ([reasons, name]) => {
      if (reasons?.length) await failProgram(refusedText(name, reasons, locate), this);
    });
  }

  /** In the preview of a change the engine knows no outputs of a dynamic resource. Uses those that `check` found. */
  #useKnownOutputs(): void {
    const outputs = this as unknown as Record<string, Output<unknown>>;
    const known = outputs[knownKey] as Output<Record<string, unknown> | undefined>;
    for (const name of knownInPreviews) outputs[name] = firstKnown(outputs[name] as Output<unknown>, known, name);
  }
}
