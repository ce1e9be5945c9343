import { parseStoreUrl } from "../../providers/kops/store/object-store.ts";
import type { EnvironmentStackConfig } from "./config.ts";
import type { FoundZone } from "../dns/existing.ts";
import type { ResolvedNetwork } from "../network/existing/existing.ts";
import { allocateSubnets, defaultCidr } from "../network/model/subnets.ts";
import { forIpv6Clusters } from "../network/request.ts";
import { accountOf } from "../aws/other-account.ts";
import type { EnvironmentReference } from "../reference/index.ts";
import { bucketNames } from "../state-store/index.ts";
import type { DesiredEnvironment } from "./guards/losses.ts";
import { subnetsIn } from "./guards/own-state.ts";

type SharedInfrastructure = NonNullable<DesiredEnvironment["shared"]>;

/**
 * The environment that a stack's config asks for. `network`, `zone`: those made elsewhere, as the lookup found them.
 */
export function desiredEnvironment(
  { project, stack, accountId }: { project: string; stack: string; accountId: string },
  { region, network: request, dns, stateStore, sandbox }: EnvironmentStackConfig,
  { network, zone }: { network: ResolvedNetwork | undefined; zone: FoundZone | undefined },
): DesiredEnvironment {
  const owner = stateStore.role === undefined ? accountId : accountOf(stateStore.role);
  const { state, discovery } = bucketNames(stateStore, { project, stack, accountId: owner, region });
  const { encryption } = stateStore;
  return {
    region,
    shared: {
      store: {
        state,
        discovery,
        role: stateStore.role,
        makesKey: encryption.type === "kms" && encryption.keyArn === undefined,
        ...(!sandbox && { purges: stateStore.onDestroy === "purge" }),
      },
      network: network ? existing(network) : made(request),
      dns: zone
        ? { made: false, id: zone.id }
        : dns.type === "private" || dns.type === "public"
          ? { made: true, name: dns.name, private: dns.type === "private" }
          : undefined,
    },
  };
}

/** The same for a stack that refers to another stack's environment. */
export function referencedEnvironment({ region, network, dns, stateStore }: EnvironmentReference): DesiredEnvironment {
  return {
    region,
    shared: {
      store: {
        state: parseStoreUrl(stateStore.stateStore).bucket,
        discovery: stateStore.discoveryBucket,
        makesKey: false,
      },
      network: { made: false, vpcId: network.vpcId, subnets: subnetsIn(network.zones) },
      dns: dns.zoneId === undefined ? undefined : { made: false, id: dns.zoneId },
    },
  };
}

function existing({ vpcId, zones }: ResolvedNetwork): SharedInfrastructure["network"] {
  const subnets = zones.flatMap(({ zone, privateSubnetId, utilitySubnetId }) => [
    ...(privateSubnetId === undefined ? [] : [{ kind: "private" as const, zone, id: privateSubnetId }]),
    ...(utilitySubnetId === undefined ? [] : [{ kind: "utility" as const, zone, id: utilitySubnetId }]),
  ]);
  return { made: false, vpcId, subnets };
}

function made({
  cidr = defaultCidr,
  secondaryCidrs = [],
  zones,
  subnets: given,
  topology = "private",
  ipv6,
}: EnvironmentStackConfig["network"]): SharedInfrastructure["network"] {
  const allocated = allocateSubnets({ vpcCidr: cidr, secondaryCidrs, zones, given, topology });
  const subnets = allocated.flatMap(({ zone, privateCidr, utilityCidr }) => [
    ...(privateCidr === undefined ? [] : [{ kind: "private" as const, zone, cidr: privateCidr }]),
    { kind: "utility" as const, zone, cidr: utilityCidr },
  ]);
  return { made: true, cidr, subnets, ...(ipv6 === forIpv6Clusters && { ipv6Clusters: true }) };
}
