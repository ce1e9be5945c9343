import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../../providers/kops/errors.ts";
import type { ClusterStackConfig, EnvironmentStackConfig } from "../config.ts";
import { Dns, type DnsOutputs } from "../dns/index.ts";
import { createNetwork, type NetworkOutputs } from "../network/index.ts";
import type { EnvironmentReference } from "../reference/index.ts";
import { defaultBucketNames, StateStore, type StateStoreOutputs } from "../state-store/index.ts";
import type { Tags } from "../tags.ts";

/** What clusters go into: made by this stack, or by the one it refers to. */
export interface Ground {
  network: NetworkOutputs;
  dns: DnsOutputs & Pick<Dns, "nameServers">;
  store: StateStoreOutputs;
  tags: Tags;
  /** Stack that made it. */
  madeBy: string;
  /** What clusters wait for. */
  requires: pulumi.Resource[];
}

/** Network, DNS and state store of a stack. `clusters`: full names of those that will be in the network. */
export async function makeGround(
  { project, stack, accountId }: { project: string; stack: string; accountId: string },
  config: EnvironmentStackConfig,
  clusters: readonly string[],
): Promise<Ground> {
  const { region, stateStore } = config;
  const tags = { environment: stack, ...config.tags };
  const buckets = defaultBucketNames({ project, stack, accountId, region });
  const network = await createNetwork(stack, { region, ...config.network, tags, clusters });
  const dns = new Dns(stack, { ...config.dns, tags }, network);
  const store = new StateStore(stack, {
    buckets: { state: stateStore.stateBucket ?? buckets.state, discovery: stateStore.discoveryBucket ?? buckets.discovery },
    onDestroy: stateStore.onDestroy,
    keepOldVersionsDays: stateStore.keepOldVersionsDays,
    tags,
  });
  return { network, dns, store, tags, madeBy: stack, requires: [network, dns, store] };
}

/**
 * The ground for clusters of a stack without one of its own. Nothing here has to be waited for: it was complete when its
 * stack wrote it down.
 */
export function groundFrom(environment: EnvironmentReference | undefined, config: ClusterStackConfig, accountId: string): Ground {
  if (!environment) throw new Error("a stack of clusters is read together with its environment");
  if (environment.accountId !== accountId) {
    throw new ConfigError({
      what: `The clusters of this stack cannot go into the environment ${environment.name}`,
      why: `it is in the AWS account ${environment.accountId}, and these credentials are of ${accountId}`,
      next: "use credentials of that account",
    });
  }
  const { network, dns, stateStore, tags, name } = environment;
  const zones = network.zones.map(({ zone, privateSubnetId, privateCidr, utilitySubnetId, utilityCidr }) => ({
    zone,
    utilitySubnetId: pulumi.output(utilitySubnetId),
    utilityCidr,
    ...(privateSubnetId !== undefined && privateCidr !== undefined && { privateSubnetId: pulumi.output(privateSubnetId), privateCidr }),
  }));
  return {
    network: { vpcId: pulumi.output(network.vpcId), vpcCidr: network.vpcCidr, zones },
    dns: { topology: dns.topology, zoneName: dns.zoneName, ...(dns.zoneId !== undefined && { zoneId: pulumi.output(dns.zoneId) }) },
    store: stateStore,
    tags: { ...tags, ...config.tags },
    madeBy: name,
    requires: [],
  };
}
