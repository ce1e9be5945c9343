import {
  all,
  CustomResource,
  getOrganization,
  getProject,
  getStack,
  mergeOptions,
  ResourceError,
  runtime,
  secret,
} from "@pulumi/pulumi";
import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import type { CloudNames } from "./model/cloud-names.ts";
import type { KopsClusterArgs } from "./args.ts";
import { refusedKey, refusedText, knownKey } from "./model/hidden-inputs.ts";
import type { Condition } from "./model/conditions.ts";
import { firstKnown } from "./first-known.ts";
import type { ObservedInstanceGroup } from "./model/outputs.ts";
import { shim } from "./shim.ts";
import type { Failure } from "./model/hidden-inputs.ts";

/** Outputs that have a value in previews, too. */
const shownBeforehand = [
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
 * In the preview of a destroy, or of a removal from the program, Pulumi asks a dynamic provider nothing: only its own
 * `protect` refuses there. What the program itself says of that holds. (A deletionProtection that is not known yet, an
 * output, is held by the provider alone.)
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
 * A Kubernetes cluster made and kept by kOps: its Cluster object, all its InstanceGroups and its SSH key in the state
 * store, and the cloud brought to them. Create and update are one: whatever is there is brought to what is asked for,
 * nodes rolled one after another, and the result validated. Never replaced.
 *
 * Duration: a new cluster takes kOps's few minutes; a change that rolls takes minutes for each node.
 */
export class KopsCluster extends CustomResource {
  /** Ready, and what Ready is made of. */
  declare readonly conditions: Output<Condition[]>;
  /** Counts the specs this cluster was brought to. */
  declare readonly revision: Output<number>;
  /** Digest of the spec the whole cluster was last brought to. */
  declare readonly appliedDigest: Output<string>;
  declare readonly kubernetesVersion: Output<string>;
  /** Address of the Kubernetes API by the cluster's own name, else by that of its load balancer. */
  declare readonly endpoint: Output<string>;
  /** PEM, without its key. */
  declare readonly certificateAuthority: Output<string>;
  /** Instance groups as they were last seen in the cloud. */
  declare readonly observed: Output<Record<string, ObservedInstanceGroup>>;
  /**
   * Names and ids of what kOps made in the cloud. A cluster that was last updated by a version of this program without
   * this output gets it with its next update or refresh.
   */
  declare readonly cloud: Output<CloudNames>;

  constructor(name: string, args: KopsClusterArgs, opts?: CustomResourceOptions) {
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
      "pulumi-nodejs:dynamic/kops:Cluster",
      name,
      { ...outputs, ...args, ...secrets, owner, __provider: shim },
      // Whatever the provider returns of them, or leaves in a failed operation, is encrypted in the state.
      mergeOptions({ additionalSecretOutputs: ["secrets"] }, protectedBy(args, opts)),
    );
    this.#keepKnown();
    if (runtime.isDryRun()) this.#tellRefused(args.name);
  }

  /**
   * Fails the preview of a cluster that an `up` would refuse: an error of the program, which goes on with all the
   * others, and only in the end is no success.
   */
  #tellRefused(cluster: KopsClusterArgs["name"]): void {
    const refused = (this as unknown as Record<string, Output<unknown>>)[refusedKey] as Output<Failure[] | undefined>;
    all([refused, cluster]).apply(([reasons, name]) => {
      if (reasons?.length) throw new ResourceError(refusedText(name, reasons), this, true);
    });
  }

  /**
   * In the preview of a change the engine knows no output of a dynamic resource. What `check` found out beforehand
   * stands in.
   */
  #keepKnown(): void {
    const outputs = this as unknown as Record<string, Output<unknown>>;
    const known = outputs[knownKey] as Output<Record<string, unknown> | undefined>;
    for (const name of shownBeforehand) outputs[name] = firstKnown(outputs[name] as Output<unknown>, known, name);
  }
}
