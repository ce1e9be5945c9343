import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { ClusterStackConfig, EnvironmentStackConfig } from "./config.ts";
import * as aws from "../aws/services.mjs";
import { checkZone, createDns, findZone, type Dns, type DnsOutputs } from "../dns/index.ts";
import { createNetwork, ExistingNetwork, findNetwork, type NetworkOutputs } from "../network/index.ts";
import type { EnvironmentReference } from "../reference/index.ts";
import { createStateStore, type StateStore, type StateStoreOutputs, type StorePolicies } from "../state-store/index.ts";
import type { Tags } from "../tags/makers.ts";
import { refuseLosses } from "./guard.ts";
import type { OwnState } from "./own-state.ts";
import { desiredEnvironment } from "./wanted.ts";

/** What clusters go into: made by this stack, or by the one it refers to. */
export interface SharedInfrastructure {
  network: NetworkOutputs;
  dns: DnsOutputs & Pick<Dns, "nameServers">;
  store: StateStoreOutputs & Pick<StateStore, "keyArn">;
  /** Of a store made by this stack. */
  policies?: StorePolicies;
  tags: Tags;
  /** Stack that made it. */
  madeBy: string;
  /** What clusters wait for. */
  requires: pulumi.Resource[];
}

/**
 * Network, DNS and state store of a stack. `clusters`: full names of all of the stack; `inNetwork`: of those that may
 * be in its network. All that can be wrong with them is found before the first of them is registered: also that a
 * living cluster would lose something (`had`).
 */
export async function makeSharedInfrastructure(
  { project, stack, accountId, had }: { project: string; stack: string; accountId: string; had?: OwnState | undefined },
  config: EnvironmentStackConfig,
  clusters: readonly string[],
  inNetwork: readonly string[] = clusters,
): Promise<SharedInfrastructure> {
  const { region } = config;
  const tags = { environment: stack, ...config.tags };
  const zone = await findZone(stack, config.dns);
  const asked = { region, ...config.network, tags, clusters: inNetwork };
  const found = await findNetwork(stack, asked);
  await checkZone(stack, { request: config.dns, zone, existingVpcId: found?.vpcId });
  if (had) await guard(stack, had, desiredEnvironment({ project, stack, accountId }, config, { network: found, zone }));
  const network = await createNetwork(stack, asked, undefined, found);
  const vpc = {
    vpcId: network.vpcId,
    ...(network instanceof ExistingNetwork && { existingVpcId: network.foundVpcId }),
  };
  const dns = await createDns(stack, { request: config.dns, zone, region, network: vpc, clusters, tags });
  const { store, policies } = await createStateStore(stack, {
    request: config.stateStore,
    project,
    stack,
    region,
    accountId,
    tags,
    surroundings: { vpcId: network.vpcId, zoneId: dns.zoneId, resources: [network, dns] },
    before: had?.purges === true ? "purge" : undefined,
  });
  return { network, dns, store, policies, tags, madeBy: stack, requires: [network, dns, store] };
}

/** Refuses what would harm a living cluster; of what harms nobody a line is enough. */
export async function guard(
  stack: string,
  had: OwnState,
  desired: ReturnType<typeof desiredEnvironment>,
): Promise<void> {
  await refuseLosses({
    stack,
    had,
    desired,
    profile: aws.config.profile,
    say: (line) => {
      void pulumi.log.warn(line);
    },
  });
}

/**
 * The shared for clusters of a stack without one of its own. Nothing here has to be waited for: it was complete when
 * its stack wrote it down.
 */
export function sharedInfrastructureFrom(
  environment: EnvironmentReference | undefined,
  config: ClusterStackConfig,
  accountId: string,
): SharedInfrastructure {
  if (!environment) throw new Error("a stack of clusters is read together with its environment");
  if (environment.accountId !== accountId) {
    throw new ConfigError({
      what: `The clusters of this stack cannot go into the environment ${environment.name}`,
      why: `it is in the AWS account ${environment.accountId}, and these credentials are of ${accountId}`,
      next: "use credentials of that account",
    });
  }
  const { network, dns, stateStore, tags, name } = environment;
  const zones = network.zones.map(
    ({ zone, privateSubnetId, privateCidr, utilitySubnetId, utilityCidr, privateIpv6Cidr, utilityIpv6Cidr }) => ({
      zone,
      utilitySubnetId: pulumi.output(utilitySubnetId),
      utilityCidr,
      ...(privateSubnetId !== undefined &&
        privateCidr !== undefined && { privateSubnetId: pulumi.output(privateSubnetId), privateCidr }),
      ...(privateIpv6Cidr !== undefined && { privateIpv6Cidr: pulumi.output(privateIpv6Cidr) }),
      ...(utilityIpv6Cidr !== undefined && { utilityIpv6Cidr: pulumi.output(utilityIpv6Cidr) }),
    }),
  );
  return {
    network: {
      vpcId: pulumi.output(network.vpcId),
      vpcCidr: network.vpcCidr,
      secondaryCidrs: network.secondaryCidrs ?? [],
      ...(network.ipv6Cidr !== undefined && { ipv6Cidr: pulumi.output(network.ipv6Cidr) }),
      zones,
    },
    dns: {
      topology: dns.topology,
      zoneName: dns.zoneName,
      ...(dns.zoneId !== undefined && { zoneId: pulumi.output(dns.zoneId) }),
    },
    store: stateStore,
    tags: { ...tags, ...config.tags },
    madeBy: name,
    requires: [],
  };
}
