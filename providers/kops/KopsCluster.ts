import { CustomResource, getOrganization, getProject, getStack, mergeOptions, secret } from "@pulumi/pulumi";
import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import type { KopsClusterArgs } from "./args.ts";
import type { Condition } from "./conditions.ts";
import type { ObservedInstanceGroup } from "./outputs.ts";
import { shim } from "./shim.ts";

/**
 * In the preview of a destroy, or of a removal from the program, Pulumi asks a dynamic provider nothing: only its own
 * `protect` refuses there. What the program itself says of that holds. (A deletionProtection that is not known yet, an
 * output, is held by the provider alone.)
 */
function protectedBy({ deletionProtection }: KopsClusterArgs, opts: CustomResourceOptions | undefined): CustomResourceOptions | undefined {
  return typeof deletionProtection === "boolean" && opts?.protect === undefined ? { ...opts, protect: deletionProtection } : opts;
}

/**
 * A Kubernetes cluster made and kept by kOps: its Cluster object, all its InstanceGroups and its SSH key in the state
 * store, and the cloud brought to them. Create and update are one: whatever is there is brought to what is asked for,
 * nodes rolled one after another, and the result validated. Never replaced.
 *
 * Duration: a new cluster takes kOps's few minutes; a change that rolls takes minutes for each node.
 */
export class KopsCluster extends CustomResource {
  declare readonly conditions: Output<Condition[]>;
  declare readonly revision: Output<number>;
  declare readonly appliedDigest: Output<string>;
  declare readonly kubernetesVersion: Output<string>;
  declare readonly endpoint: Output<string>;
  declare readonly certificateAuthority: Output<string>;
  declare readonly observed: Output<Record<string, ObservedInstanceGroup>>;

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
      lastOperation: undefined,
    };
    const secrets = args.secrets === undefined ? {} : { secrets: secret(args.secrets) };
    super(
      "pulumi-nodejs:dynamic/kops:Cluster",
      name,
      { ...outputs, ...args, ...secrets, owner, __provider: shim },
      // Whatever the provider returns of them, or leaves in a failed operation, is encrypted in the state.
      mergeOptions({ additionalSecretOutputs: ["secrets"] }, protectedBy(args, opts)),
    );
  }
}
