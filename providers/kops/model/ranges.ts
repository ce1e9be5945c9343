import {
  cidrText,
  contains,
  enclosing,
  freeRange,
  half,
  largestFree,
  overlaps,
  privateRangeOf,
  privateRanges,
  type Block,
} from "./cidr.ts";
import { fieldsOf, isRecord, itemsOf } from "./spec.ts";

/*
 * The ranges of a cluster: kOps's defaults and rules (PerformAssignments in upup/pkg/fi/cloudup/defaults.go,
 * assignSubnets in populate_cluster_spec.go, validateNetworking and validateSubnet in pkg/apis/kops/validation), and
 * overlaps that kOps takes but that packets do not survive. IPv4 only: the ranges of IPv6 clusters are AWS's.
 */

type Spec = Readonly<Record<string, unknown>>;

/** Ranges around a cluster that its spec does not name. */
export interface Surroundings {
  /** All ranges of the VPC. */
  vpc?: readonly string[] | undefined;
  /** Ranges of peered VPCs by their names. */
  peers?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Ranges of pods in the VPC's route tables, by cluster. */
  routed?: Readonly<Record<string, string>> | undefined;
}

export interface RangeProblem {
  /** Field of the ClusterSpec, such as `subnets[0].cidr`. */
  field: string;
  message: string;
  /** Whether kOps and AWS take it nevertheless. */
  exempt: boolean;
}

/** A range with its words in messages. */
interface Named {
  block: Block;
  words: string;
}

interface Ranges {
  /** Ranges of the VPC. `given`: in the spec, where kOps sees them. */
  network: (Named & { given: boolean })[];
  peers: Named[];
  routed: Named[];
  /** `nonMasqueradeCIDR`, absent with IPv6. */
  all: Named | undefined;
  pods: (Named & { given: boolean }) | undefined;
  services: Named | undefined;
  /** Whether pods have addresses of the VPC. */
  native: boolean;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
/** Whether the VPC exists: its id may not be known yet. */
const isShared = ({ networkID }: Spec): boolean => networkID !== undefined && networkID !== null && networkID !== "";

function named(value: unknown, wordsOf: (range: string) => string): Named[] {
  const block = enclosing(text(value) ?? "");
  return block ? [{ block, words: wordsOf(cidrText(block)) }] : [];
}

function networkOf(spec: Spec, vpc: readonly string[]): Ranges["network"] {
  const first = text(spec["networkCIDR"]) ?? (isShared(spec) ? undefined : "172.20.0.0/16");
  const given = [
    ...named(first, (range) => `networkCIDR ${range}`),
    ...itemsOf(spec["additionalNetworkCIDRs"]).flatMap((value, index) =>
      named(value, (range) => `additionalNetworkCIDRs[${index}] ${range}`),
    ),
  ];
  const others = vpc
    .flatMap((value) => named(value, (range) => `${range}, a range of the VPC`))
    .filter(({ block }) => !given.some((one) => contains(one.block, block)));
  return [...given.map((one) => ({ ...one, given: true })), ...others.map((one) => ({ ...one, given: false }))];
}

/** The ranges that a cluster will have. */
function rangesOf(spec: Spec, { vpc = [], peers = {}, routed = {} }: Surroundings): Ranges {
  const networking = fieldsOf(spec["networking"]);
  const amazon = isRecord(networking["amazonvpc"]);
  const network = networkOf(spec, vpc);
  const first = network[0]?.block;
  const givenAll = text(spec["nonMasqueradeCIDR"]);
  // kOps gives the Amazon VPC CNI the VPC's range only together with that range.
  const defaultAll = amazon && first && text(spec["networkCIDR"]) === undefined ? cidrText(first) : "100.64.0.0/10";
  const by = (given: unknown): string => (text(given) === undefined ? " (kOps's default)" : "");
  const [all] = named(givenAll ?? defaultAll, (range) => `${range}${by(givenAll)}`);
  const [pods] = named(
    text(spec["podCIDR"]) ?? (all && cidrText(half(all.block, true))),
    (range) => `${range}${by(spec["podCIDR"])}`,
  );
  const [services] = named(
    text(spec["serviceClusterIPRange"]) ?? (all && "100.64.0.0/13"),
    (range) => `${range}${by(spec["serviceClusterIPRange"])}`,
  );
  return {
    network,
    peers: Object.entries(peers).flatMap(([peer, values]) =>
      values.flatMap((value) => named(value, (range) => `${range} of the peer ${peer}`)),
    ),
    routed: isRecord(networking["kubenet"])
      ? Object.entries(routed).flatMap(([cluster, value]) =>
          named(value, (range) => `the pods of ${cluster} (${range})`),
        )
      : [],
    all,
    pods: pods && { ...pods, given: text(spec["podCIDR"]) !== undefined },
    services,
    native: amazon || fieldsOf(networking["cilium"])["ipam"] === "eni",
  };
}

const meets = <One extends Named>(block: Block, others: readonly One[]): One | undefined =>
  others.find((one) => overlaps(block, one.block));

/** What to write, `field: range` for each that must change: of the same size, if there is room. */
function proposal({ network, peers, routed, all, pods, services, native }: Ranges): string {
  if (!all || !pods || !services) return "";
  const taken = [...network, ...peers].map(({ block }) => block);
  const free = (block: Block, others: readonly Block[] = taken): boolean => !others.some((one) => overlaps(one, block));
  const foreign = [...taken, ...routed.map(({ block }) => block)];
  for (const range of [all.block, largestFree(all.block.prefix, privateRanges, taken)]) {
    if (!range || (!native && meets(range, network))) continue;
    const [lower, upper] = [half(range, false), half(range, true)];
    const now = pods.given ? pods.block : upper;
    const newPods =
      native || (contains(range, now) && free(now, foreign))
        ? now
        : largestFree(upper.prefix, [upper, range], [...foreign, ...(free(services.block) ? [services.block] : [])]);
    if (!newPods) continue;
    const busy = native ? taken : [...taken, newPods];
    const newServices = free(services.block, busy)
      ? services.block
      : largestFree(services.block.prefix, [lower, range, ...privateRanges], busy);
    if (!newServices) continue;
    const changes = [
      { field: "nonMasqueradeCIDR", from: all.block, to: range },
      { field: "podCIDR", from: now, to: newPods },
      { field: "serviceClusterIPRange", from: services.block, to: newServices },
    ];
    return changes
      .filter(({ from, to }) => cidrText(from) !== cidrText(to))
      .map(({ field, to }) => `${field}: ${cidrText(to)}`)
      .join(", ");
  }
  return "";
}

/** Overlaps of pods and services with each other and with what is around them. */
function clusterProblems(ranges: Ranges): RangeProblem[] {
  const { network, peers, routed, all, pods, services, native } = ranges;
  const problems: RangeProblem[] = [];
  const overlap = (field: string, what: string, hit: Named | undefined, why: string, exempt: boolean): void => {
    if (hit) problems.push({ field, message: `${what} overlaps with ${hit.words}: ${why}`, exempt });
  };
  const lost = "packets to it would stay in the cluster";
  if (all && pods && !native) {
    const hit = meets(all.block, network);
    const what = `${all.words}, the range of pods and services,`;
    overlap("nonMasqueradeCIDR", what, hit, hit?.given === true ? "kOps refuses it" : lost, hit?.given === false);
    if (pods.given && !contains(all.block, pods.block)) {
      const message = `${pods.words} is not inside nonMasqueradeCIDR ${all.words}, as kOps demands`;
      problems.push({ field: "podCIDR", message, exempt: false });
    }
    overlap("podCIDR", `${pods.words}, the range of pods,`, meets(pods.block, peers), lost, true);
    const tables = "both would be in the same route tables";
    overlap("podCIDR", `${pods.words}, the range of pods,`, meets(pods.block, routed), tables, true);
  }
  if (services) {
    const what = `${services.words}, the range of services,`;
    overlap("serviceClusterIPRange", what, meets(services.block, [...network, ...peers]), lost, true);
    const others = pods && !native ? [{ ...pods, words: `podCIDR ${pods.words}` }] : [];
    const why = "a packet to a service could be for a pod";
    overlap("serviceClusterIPRange", what, meets(services.block, others), why, true);
  }
  const write = problems.length > 0 ? proposal(ranges) : "";
  return problems.map((one) => (write === "" ? one : { ...one, message: `${one.message}; write ${write}` }));
}

/** Overlaps in the network that kOps makes, which AWS refuses halfway. */
function networkProblems(spec: Spec, { network, all }: Ranges): RangeProblem[] {
  if (isShared(spec)) return [];
  const own = network.filter(({ given }) => given);
  const blocks = own.map(({ block }) => block);
  const write = (range: Block | undefined): string => (range ? `; write ${cidrText(range)}` : "");
  const more = own.slice(1).flatMap(({ block, words }, index): RangeProblem[] => {
    const hit = meets(block, own.slice(0, index + 1));
    if (!hit) return [];
    const home = privateRangeOf(blocks[0] ?? block);
    const better = freeRange(block.prefix, home ? [home] : [], [...blocks, ...(all ? [all.block] : [])]);
    const message = `${words.split(" ").at(-1) ?? ""} overlaps with ${hit.words}: AWS refuses it${write(better)}`;
    return [{ field: `additionalNetworkCIDRs[${index}]`, message, exempt: false }];
  });
  const subnets = itemsOf(spec["subnets"]).flatMap((value, index) => {
    const { cidr, name } = fieldsOf(value);
    return named(cidr, (range) => `${range} of ${text(name) ?? `subnets[${index}]`}`).map((one) => ({ ...one, index }));
  });
  const taken = subnets.map(({ block }) => block);
  return [
    ...more,
    ...subnets.flatMap(({ block, words, index }, at): RangeProblem[] => {
      const hit = meets(block, subnets.slice(0, at));
      if (!hit) return [];
      const message =
        `${words} overlaps with ${hit.words}: AWS refuses the second subnet` +
        write(freeRange(block.prefix, blocks, taken));
      return [{ field: `subnets[${index}].cidr`, message, exempt: false }];
    }),
  ];
}

/** Overlaps of a cluster's ranges with each other and with what is around it, each with what to write instead. */
export function rangeProblems(spec: Spec, around: Surroundings = {}): RangeProblem[] {
  const ranges = rangesOf(spec, around);
  return [...clusterProblems(ranges), ...networkProblems(spec, ranges)];
}

/** The range of a cluster's pods if it is in the VPC's route tables: kubenet's cloud routes. */
export function routedPods(spec: Spec): string | undefined {
  const { pods } = rangesOf(spec, {});
  return isRecord(fieldsOf(spec["networking"])["kubenet"]) && pods ? cidrText(pods.block) : undefined;
}
