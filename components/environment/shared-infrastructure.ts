import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import type { ClusterStackConfig, EnvironmentStackConfig } from "./config.ts";
import type { StackIdentity } from "../aws/config.ts";
import { checkZone, createDns, findZone, type Dns, type DnsOutputs, type ZoneBefore } from "../dns/index.ts";
import { createNetwork, ExistingNetwork, findNetwork, type NetworkOutputs } from "../network/index.ts";
import type { EnvironmentReference } from "../reference/index.ts";
import {
  createStateStore,
  isOwnStore,
  readAccountBlock,
  refuseBlockedAccount,
  storeAccess,
  type StateStore,
  type StateStoreOutputs,
  type StorePolicies,
} from "../state-store/index.ts";
import type { Tags } from "../tags/subnet-tags.ts";
import { refuseLostState } from "./guards/lost-state.ts";
import { refuseLosses } from "./guards/refuse-losses.ts";
import type { OwnState } from "./guards/own-state.ts";
import { desiredEnvironment } from "./desired.ts";

/** Network, DNS and state store of clusters: made by this stack, or by the one it refers to. */
export interface SharedInfrastructure {
  network: NetworkOutputs;
  dns: DnsOutputs & Pick<Dns, "nameServers">;
  store: StateStoreOutputs & Pick<StateStore, "keyArn">;
  /** Only for a store made by this stack. */
  policies?: StorePolicies;
  tags: Tags;
  /** Stack that made it. */
  madeBy: string;
  /** What clusters wait for. */
  requires: pulumi.Resource[];
}

/**
 * Network, DNS and state store of a stack. `clusters`: full names of all clusters of the stack; `inNetwork`: of those
 * that may be in its network. All checks come before the first registration; one of them is that no existing cluster
 * loses something that the stack has now (`current`).
 */
export async function makeSharedInfrastructure(
  {
    project,
    stack,
    accountId,
    current,
  }: { project: string; stack: string; accountId: string; current?: OwnState | undefined },
  config: EnvironmentStackConfig,
  clusters: readonly string[],
  inNetwork: readonly string[] = clusters,
): Promise<SharedInfrastructure> {
  const { region, sandbox } = config;
  const tags = { environment: stack, ...config.tags };
  const protect = !sandbox;
  const zone = await findZone(stack, config.dns);
  const { defaultTags, identity } = config.aws;
  const asked = { region, accountId, ...config.network, tags, defaultTags, protect, clusters: inNetwork };
  const found = await findNetwork(stack, asked);
  const sharedBy = found?.sharedBy;
  await checkZone(stack, { request: config.dns, zone, existingVpcId: found?.vpcId, region, sharedBy });
  const desired = desiredEnvironment({ project, stack, accountId }, config, { network: found, zone });
  if (current) {
    await guard({ stack, identity }, current, desired);
    const { role, externalId } = config.stateStore;
    const place = { bucket: desired.shared?.store.state ?? "", region, role, externalId, ...identity };
    await refuseLostState(stack, current, desired, place, () =>
      isOwnStore({ request: config.stateStore, project, stack, accountId, region }),
    );
  }
  const access = storeAccess(stack, config.stateStore, { accountId, region });
  if (config.stateStore.discovery === "public")
    refuseBlockedAccount({
      stack,
      account: access.account,
      block: await readAccountBlock(access.provider ? { provider: access.provider } : {}),
      exists: current?.publicDiscovery === true,
      say: warn,
    });
  const network = await createNetwork(stack, asked, undefined, found);
  const vpc = {
    vpcId: network.vpcId,
    ...(network instanceof ExistingNetwork && { existingVpcId: network.foundVpcId }),
    sharedBy,
    keptVpcId: keptVpc(current, desired),
  };
  const before = zoneBefore(current);
  const dns = await createDns(stack, {
    request: config.dns,
    zone,
    region,
    network: vpc,
    clusters,
    tags,
    protect,
    before,
  });
  const { store, policies } = await createStateStore(stack, {
    request: config.stateStore,
    project,
    stack,
    region,
    accountId,
    tags,
    environment: {
      vpcId: network.vpcId,
      existingVpc: network instanceof ExistingNetwork,
      zoneId: dns.zoneId,
      resources: [network, dns],
      protect,
    },
    before: current?.purges === true ? "purge" : undefined,
    identity,
    access,
  });
  return { network, dns, store, policies, tags, madeBy: stack, requires: [network, dns, store] };
}

function warn(line: string): void {
  void pulumi.log.warn(line);
}

/** The VPC that the stack made and this run keeps. */
function keptVpc(current: OwnState | undefined, { shared }: ReturnType<typeof desiredEnvironment>): string | undefined {
  const [there, network] = [current?.network, shared?.network];
  return there?.made === true && network?.made === true && network.cidr === there.cidr ? there.vpcId : undefined;
}

/** The zone that the stack made. */
function zoneBefore(current: OwnState | undefined): ZoneBefore | undefined {
  if (current?.zone?.made !== true || current.zoneVpcs === undefined) return undefined;
  const { zone, zoneVpcs } = current;
  return { name: zone.name, private: zone.private === true, vpcIds: zoneVpcs.ids, associated: zoneVpcs.associated };
}

/** Refuses changes that would harm an existing cluster, and warns about buckets that are left. */
export async function guard(
  { stack, identity }: { stack: string; identity: StackIdentity },
  current: OwnState,
  desired: ReturnType<typeof desiredEnvironment>,
): Promise<void> {
  await refuseLosses({
    stack,
    current,
    desired,
    identity,
    say: warn,
  });
}

/**
 * The shared infrastructure of another stack. Clusters need not wait for it: it was complete when its stack wrote the
 * output.
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
      why: `it is in the AWS account ${environment.accountId}, and these credentials are for ${accountId}`,
      next: "use credentials for that account",
    });
  }
  const { network, dns, stateStore, tags, name } = environment;
  const zones = network.zones.map(
    ({ zone, privateSubnetId, privateCidr, utilitySubnetId, utilityCidr, privateIpv6Cidr, utilityIpv6Cidr }) => ({
      zone,
      ...(utilitySubnetId !== undefined &&
        utilityCidr !== undefined && { utilitySubnetId: pulumi.output(utilitySubnetId), utilityCidr }),
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
      ...(network.ipv6Clusters === true && { ipv6Clusters: true }),
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
