import type { RefusalName } from "../../providers/kops/model/inputs.ts";
import { rangeProblems, routedPods, type Surroundings } from "../../providers/kops/model/ranges.ts";
import { pathIn } from "../../providers/kops/model/unknown.ts";
import { composeCluster, type ClusterRequest, type ManifestRequest, type ProblemsOf } from "../cluster/index.ts";
import { fullName } from "../cluster/spec/names.ts";
import type { ClusterEnvironment } from "../cluster/spec/cluster-environment.ts";
import { isPlainObject, type PlainObject } from "../config/merge.ts";
import type { Issue, Problem } from "../config/problems.ts";

type Request = ClusterRequest | ManifestRequest;

export interface RangeArgs {
  environment: ClusterEnvironment;
  /** Ranges of peered VPCs by their names. */
  peers: NonNullable<Surroundings["peers"]>;
  /** Whether a cluster exists: its ranges cannot change. By its short name. */
  lives: (name: string) => boolean;
  problemsOf: ProblemsOf;
}

const exemption: RefusalName = "ranges";

const isOwn = (request: Request): boolean => "manifest" in request && request.placement?.network === "own";
const isNew = (request: Request, lives: RangeArgs["lives"]): boolean =>
  request.adopt !== true && !lives(request.name) && !("manifest" in request && request.placement?.living !== undefined);

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

/** IPv6 clusters need subnets with IPv6 ranges that kOps is told. */
function ipv6Issues(cluster: PlainObject): Issue[] {
  const range = cluster["nonMasqueradeCIDR"];
  if (typeof range !== "string" || !range.includes(":")) return [];
  const subnets = Array.isArray(cluster["subnets"]) ? cluster["subnets"].filter(isPlainObject) : [];
  // Those of the environment may not be known yet.
  if (subnets.every((subnet) => isGiven(subnet["ipv6CIDR"]))) return [];
  const message =
    `cannot be ${range}: the cluster's subnets have no IPv6 range for kOps; write ipv6: true in a cluster file, or a ` +
    "kOps manifest with network: own, or with ids and ipv6CIDR of subnets of yours";
  return [{ path: ["cluster", "nonMasqueradeCIDR"], message }];
}

/**
 * The requests whose ranges overlap with nothing, and the problems of the others, by what is known of the network. Of
 * two new clusters that are in each other's way, the second is refused.
 */
export function placeRanges(
  requests: readonly Request[],
  { environment, peers, lives, problemsOf }: RangeArgs,
): { requests: Request[]; problems: Problem[] } {
  const { vpcCidr, secondaryCidrs = [] } = environment.network;
  const routed: Record<string, string> = {};
  const use = (request: Request, spec: PlainObject): void => {
    const pods = isOwn(request) ? undefined : routedPods(spec);
    if (pods !== undefined) routed[fullName(request.name, environment.dns.zoneName)] = pods;
  };
  const problems: Problem[] = [];
  const kept = new Set<Request>();
  const all = requests.map((request) => ({ request, spec: composeCluster(request, environment).cluster }));
  for (const { request, spec } of all.filter((one) => !isNew(one.request, lives))) {
    use(request, spec);
    kept.add(request);
  }
  for (const { request, spec } of all) {
    if (kept.has(request)) continue;
    const around = isOwn(request) ? {} : { vpc: [vpcCidr, ...secondaryCidrs], peers, routed };
    const found = [
      ...(isOwn(request) ? [] : ipv6Issues(spec)),
      ...rangeProblems(spec, around)
        .filter(({ exempt }) => !exempt || request.allow?.includes(exemption) !== true)
        .map(({ field, message }) => ({ path: pathIn(`cluster.${field}`), message })),
    ];
    if (found.length > 0) problems.push(...problemsOf(request.name, found));
    else {
      kept.add(request);
      use(request, spec);
    }
  }
  return { requests: requests.filter((request) => kept.has(request)), problems };
}
