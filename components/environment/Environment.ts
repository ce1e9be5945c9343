import * as aws from "../aws/services.mjs";
import type { Output } from "@pulumi/pulumi";
import { KubernetesCluster, type ClusterOutputs } from "../cluster/index.ts";
import type { Pipeline } from "../pipeline/index.ts";
import type { PendingReport, SmokeTestReport } from "../smoke-test/index.ts";
import { fullName } from "../cluster/spec/names.ts";
import { problemsError, type Problem } from "../config/problems.ts";
import type { Dns } from "../dns/index.ts";
import type { NetworkOutputs } from "../network/index.ts";
import type { StateStore, StorePolicies } from "../state-store/index.ts";
import { sharedInfrastructureFrom, guard, makeSharedInfrastructure } from "./shared-infrastructure.ts";
import { refuseAccount } from "./guards/account.ts";
import { refuseRegion } from "./guards/refuse-losses.ts";
import { createAddons, createSmokeTest } from "./in-cluster.ts";
import { refusedBeforehand } from "./guards/preflight.ts";
import { placeClusters, readLiving, type ReadLiving } from "./place-clusters.ts";
import { pipelineOf } from "./pipeline.ts";
import { placeRanges } from "./range-problems.ts";
import type { EnvironmentRequest } from "./read.ts";
import { referencedEnvironment } from "./desired.ts";
import { environmentPart, type EnvironmentPart } from "./reference.ts";

/** Outputs of a stack. */
export interface EnvironmentOutputs {
  /** {@link EnvironmentReference}: what stacks of clusters learn about network, DNS and store. */
  environment: EnvironmentPart;
  network: Pick<NetworkOutputs, "vpcId" | "vpcCidr" | "secondaryCidrs" | "ipv6Cidr" | "zones" | "natAddresses">;
  dns: Pick<Dns, "zoneName" | "zoneId" | "nameServers">;
  stateStore: Pick<StateStore, "stateStore" | "discoveryBucket" | "issuer" | "keyArn"> & {
    policies?: StorePolicies["texts"];
    policyArns?: StorePolicies["texts"];
  };
  /** Roles of the workflows that preview and update the stack; absent without `pilot:pipeline`. */
  pipeline?: Pick<Pipeline, "roles" | "providerArn">;
  /** {@link ClusterReference} by name. */
  clusters: Record<string, ClusterOutputs>;
  /** By cluster, the report of its last smoke test; absent when smoke tests are off. */
  smokeTests?: Record<string, Output<SmokeTestReport | PendingReport>>;
}

/** What the program registered. */
export interface MadeEnvironment {
  outputs: EnvironmentOutputs;
  /** Clusters that were refused before anything of them was registered, by resource name, with the reason. */
  refused: { name: string; text: string }[];
}

/** Callbacks of {@link createEnvironment}. */
export interface EnvironmentOptions {
  /** Called with the problems of clusters that are skipped. @default thrown after all others are registered */
  refuse?: ((problems: readonly Problem[]) => void) | undefined;
  /** Reads a cluster that exists already. @default from the state store */
  read?: ReadLiving | undefined;
}

/** Ranges of the network's peers; a stack of clusters does not learn them. */
function peersOf(config: EnvironmentRequest["config"]): Record<string, readonly string[]> {
  if (config.environment !== undefined) return {};
  return Object.fromEntries(Object.entries(config.network.peerings ?? {}).map(([name, { cidrs }]) => [name, cidrs]));
}

/** Network, DNS, state store and all clusters of a stack; or its clusters in the environment of another. */
export async function createEnvironment(
  { project, stack, config, environment, clusters, current, locate, problemsOf }: EnvironmentRequest,
  { refuse, read = readLiving }: EnvironmentOptions = {},
): Promise<MadeEnvironment> {
  const { region } = config;
  const { identity, defaultTags } = config.aws;
  if (current) await refuseRegion({ stack, current, region, identity });
  const { accountId } = await aws.getCallerIdentity();
  refuseAccount({ stack, actual: accountId, desired: config.accountId, recorded: current?.account });
  const namesOf = (zone: string, some: typeof clusters): string[] => some.map(({ name }) => fullName(name, zone));
  // Clusters with a network of their own need no addresses or tags in the environment's subnets.
  const inNetwork = clusters.filter((one) => !("manifest" in one && one.network === "own"));
  // A stack that refers to another environment from now on loses the one it made.
  if (current && environment)
    await guard(
      { stack, identity },
      current,
      current.referenced === undefined ? { region } : referencedEnvironment(environment),
    );
  const shared =
    config.environment === undefined
      ? await makeSharedInfrastructure(
          { project, stack, accountId, current },
          config,
          namesOf(config.dns.name, clusters),
          namesOf(config.dns.name, inNetwork),
        )
      : sharedInfrastructureFrom(environment, config, accountId);
  const { network, dns, store, policies, tags, requires } = shared;
  const pipeline = pipelineOf(config, { project, stack, accountId, zoneName: dns.zoneName, store, tags });
  const placed = await placeClusters(clusters, {
    region,
    zoneName: dns.zoneName,
    stateStore: store.stateStore,
    vpcCidr: network.vpcCidr,
    identity,
    read,
  });
  const ranged = placeRanges(placed.requests, {
    environment: { network, dns, store },
    peers: peersOf(config),
    lives: (name) => current?.clusters.some(({ resource }) => resource === name) ?? false,
    problemsOf,
  });
  const problems = [...placed.problems, ...ranged.problems];
  refuse?.(problems);
  const asked = ranged.requests.map((request) => ({
    request,
    args: {
      request,
      locate: locate?.get(fullName(request.name, dns.zoneName)),
      region,
      accountId,
      network,
      dns,
      store,
      tags,
      defaultTags,
      identity,
      secrets: config.clusterSecrets,
      ...(config.sandbox ? { workloadResources: "delete" as const } : { deletionProtection: true }),
      requires,
    },
  }));
  const verdicts = await Promise.all(
    asked.map(async ({ request, args }) =>
      current ? await refusedBeforehand(request.name, args, current) : undefined,
    ),
  );
  const made = asked.flatMap(({ request, args }, index) => {
    if (verdicts[index] !== undefined) return [];
    const cluster = new KubernetesCluster(request.name, args);
    createAddons(cluster, request, config);
    return [{ name: request.name, cluster, smokeTest: createSmokeTest(cluster, request, config) }];
  });
  const outputs: EnvironmentOutputs = {
    environment: environmentPart(shared, { region, accountId }),
    network: {
      vpcId: network.vpcId,
      vpcCidr: network.vpcCidr,
      secondaryCidrs: network.secondaryCidrs,
      ...(network.ipv6Cidr && { ipv6Cidr: network.ipv6Cidr }),
      zones: network.zones,
      ...(network.natAddresses && { natAddresses: network.natAddresses }),
    },
    dns: {
      zoneName: dns.zoneName,
      ...(dns.zoneId && { zoneId: dns.zoneId }),
      ...(dns.nameServers && { nameServers: dns.nameServers }),
    },
    stateStore: {
      stateStore: store.stateStore,
      ...(store.discoveryBucket !== undefined && { discoveryBucket: store.discoveryBucket }),
      ...(store.issuer !== undefined && { issuer: store.issuer }),
      ...(store.keyArn && { keyArn: store.keyArn }),
      ...(policies && { policies: policies.texts }),
      ...(policies?.arns && { policyArns: policies.arns }),
    },
    ...(pipeline && { pipeline: { roles: pipeline.roles, providerArn: pipeline.providerArn } }),
    clusters: Object.fromEntries(made.map(({ name, cluster }) => [name, cluster.outputs])),
    ...(config.smokeTest.enabled && {
      smokeTests: Object.fromEntries(
        made.flatMap(({ name, smokeTest }) => (smokeTest ? [[name, smokeTest.report]] : [])),
      ),
    }),
  };
  if (!refuse && problems.length > 0)
    throw problemsError(`Cluster files of the stack ${stack} cannot be used`, problems);
  const refused = asked.flatMap(({ request: { name } }, index) => {
    const text = verdicts[index];
    return text === undefined ? [] : [{ name, text }];
  });
  return { outputs, refused };
}
