import { makesSubnets } from "../model/cloud-names.ts";
import { isRecord } from "../model/spec.ts";
import type { Failure } from "../model/hidden-inputs.ts";

type Spec = Readonly<Record<string, unknown>>;

const hasVpc = ({ networkID }: Spec): boolean => networkID !== undefined && networkID !== null && networkID !== "";

/** Refusals that are about the network: each of them could be allowed, and none of them would move anything. */
const ofNetwork = /^cluster\.(networkID|networkCIDR|subnets(\[\d+\]\.(id|cidr|ipv6CIDR|zone|type))?)$/;

/**
 * The refusals of an adoption. Where the living cluster has a network of its own that kOps made, and another is asked
 * for, one word on it instead of one for each id, and none on how to let it through: nothing in AWS moves to another
 * VPC.
 */
export function withoutMoves(refusals: readonly Failure[], live: Spec | undefined, desired: Spec): Failure[] {
  if (live === undefined || !isRecord(desired) || !makesSubnets(live) || makesSubnets(desired) || hasVpc(live))
    return [...refusals];
  const others = refusals.filter(({ property }) => !ofNetwork.test(property));
  const reason =
    "names another network than the cluster lives in: kOps made it a VPC of its own, and nothing in AWS moves to " +
    "another; give the cluster's own manifest as its file (`kops get all -o yaml`), in which nothing of the " +
    "environment's network is filled in";
  return [{ property: "cluster.networkID", reason }, ...others];
}
