import { makesSubnets } from "../model/cloud-names.ts";
import { isRecord } from "../model/spec.ts";
import type { Failure } from "../model/hidden-inputs.ts";

type Spec = Readonly<Record<string, unknown>>;

const hasVpc = ({ networkID }: Spec): boolean => networkID !== undefined && networkID !== null && networkID !== "";

/** Properties of the network: `allow` could exempt each of these refusals, and nothing would move. */
const ofNetwork = /^cluster\.(networkID|networkCIDR|subnets(\[\d+\]\.(id|cidr|ipv6CIDR|zone|type))?)$/;

/**
 * The refusals of an adoption. If kOps made the cluster's network and the inputs name another one, a single refusal
 * replaces those of the network, and tells no way to allow it: nothing in AWS moves to another VPC.
 */
export function withoutMoves(refusals: readonly Failure[], live: Spec | undefined, desired: Spec): Failure[] {
  if (live === undefined || !isRecord(desired) || !makesSubnets(live) || makesSubnets(desired) || hasVpc(live))
    return [...refusals];
  const others = refusals.filter(({ property }) => !ofNetwork.test(property));
  const reason =
    "names another network than the cluster lives in: kOps made it a VPC of its own, and nothing in AWS moves to " +
    "another; use the cluster's own manifest as its file (`kops get all -o yaml`): it is not completed with the " +
    "environment's network";
  return [{ property: "cluster.networkID", reason }, ...others];
}
