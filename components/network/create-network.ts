import { clusterTagOf } from "../../providers/kops/model/tag-keys.ts";
import type * as pulumi from "@pulumi/pulumi";
import { pathText, problemsError, type Issue } from "../config/problems.ts";
import type { Tags } from "../tags/subnet-tags.ts";
import { resolveExisting, type ResolvedNetwork } from "./existing/existing.ts";
import { ExistingNetwork } from "./existing/ExistingNetwork.ts";
import { findExisting } from "./existing/find-existing.ts";
import { findAddresses } from "./nat.ts";
import { Network } from "./Network.ts";
import { forIpv6Clusters, networkProblems, type NetworkRequest } from "./request.ts";
import { roleTag, tagLimitProblems } from "../tags/keys.ts";

export type CreateNetworkArgs = NetworkRequest & {
  region: string;
  /** Tags for everything that is made. @default none */
  tags?: Tags | undefined;
  /** The AWS plugin's default tags. @default none */
  defaultTags?: Tags | undefined;
  /** Whether Pulumi refuses to delete or replace a VPC made here. @default false */
  protect?: boolean | undefined;
  /** Full names of the clusters in the network, also of new ones: each tags every subnet. @default none */
  clusters?: readonly string[] | undefined;
};

function refuse(name: string, problems: readonly Issue[]): void {
  if (problems.length === 0) return;
  const all = problems.map(({ path, message }) => ({ source: "pilot:network", path: pathText(path), message }));
  throw problemsError(`The network of ${name} cannot be used`, all);
}

/** Tags on a subnet made here: name, the stack's tags, at most two roles, one for each cluster. */
function ownTagKeys({ tags, defaultTags, topology }: CreateNetworkArgs, clusters: readonly string[]): string[] {
  const roles = topology === "public" ? [roleTag.utility, roleTag.private] : [roleTag.utility];
  return ["Name", ...Object.keys({ ...defaultTags, ...tags }), ...roles, ...clusters.map(clusterTagOf)];
}

/**
 * Looks up and checks an existing network; undefined for a new one. Throws one error with all problems. Registers
 * nothing.
 */
export async function findNetwork(
  name: string,
  args: CreateNetworkArgs,
  opts?: pulumi.ComponentResourceOptions,
): Promise<ResolvedNetwork | undefined> {
  const { clusters = [], existing } = args;
  refuse(name, networkProblems(args));
  if (!existing) {
    const limit = tagLimitProblems([{ what: "each subnet", path: [], keys: ownTagKeys(args, clusters) }]);
    refuse(name, [...limit, ...(await findAddresses(args.nat, invokeOptions(opts)))]);
    return undefined;
  }
  const { found, problems } = await findExisting(existing, invokeOptions(opts));
  refuse(name, problems);
  if (!found) throw new Error("a VPC that does not exist must be a problem");
  const resolved = resolveExisting(existing, args.zones, found, clusters, args.ipv6 === forIpv6Clusters);
  refuse(name, resolved.problems);
  return resolved.network;
}

/**
 * The network of an environment, new or existing. Throws one error with all problems before anything is registered.
 * `found`: the result of {@link findNetwork}.
 */
export async function createNetwork(
  name: string,
  args: CreateNetworkArgs,
  opts?: pulumi.ComponentResourceOptions,
  found?: ResolvedNetwork,
): Promise<Network | ExistingNetwork> {
  const network = found ?? (await findNetwork(name, args, opts));
  if (network) return new ExistingNetwork(name, { network, ownRoleTags: args.existing?.roleTags === "own" }, opts);
  return new Network(name, args, opts);
}

/** Lookups use the provider that will make the tags. */
function invokeOptions(opts: pulumi.ComponentResourceOptions | undefined): pulumi.InvokeOptions {
  return { ...(opts?.parent && { parent: opts.parent }), ...(opts?.provider && { provider: opts.provider }) };
}
