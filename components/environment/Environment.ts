import * as aws from "../aws/services.mjs";
import type { Output } from "@pulumi/pulumi";
import { KubernetesCluster, type ClusterOutputs } from "../cluster/index.ts";
import type { PendingReport, SmokeTestReport } from "../smoke-test/index.ts";
import { fullName } from "../cluster/request/names.ts";
import { problemsError, type Problem } from "../config/problems.ts";
import type { Dns } from "../dns/index.ts";
import type { Network } from "../network/index.ts";
import type { StateStore, StorePolicies } from "../state-store/index.ts";
import { sharedInfrastructureFrom, guard, makeSharedInfrastructure } from "./shared-infrastructure.ts";
import { refuseRegion } from "./guard.ts";
import { createAddons, createSmokeTest } from "./inside.ts";
import { refusedBeforehand } from "./preflight.ts";
import { placeClusters, readLiving, type ReadLiving } from "./place-clusters.ts";
import type { EnvironmentRequest } from "./read.ts";
import { borrowedEnvironment } from "./wanted.ts";
import { environmentPart, type EnvironmentPart } from "./reference.ts";

/** Outputs of a stack. */
export interface EnvironmentOutputs {
  /** {@link EnvironmentReference}: what a stack of clusters is told of network, DNS and store. */
  environment: EnvironmentPart;
  network: Pick<Network, "vpcId" | "vpcCidr" | "secondaryCidrs" | "ipv6Cidr" | "zones">;
  dns: Pick<Dns, "zoneName" | "zoneId" | "nameServers">;
  stateStore: Pick<StateStore, "stateStore" | "discoveryBucket" | "keyArn"> & {
    policies?: StorePolicies["texts"];
    policyArns?: StorePolicies["texts"];
  };
  /** {@link ClusterReference} by name. */
  clusters: Record<string, ClusterOutputs>;
  /** By cluster, what its last smoke test found; absent when none is asked for. */
  smokeTests?: Record<string, Output<SmokeTestReport | PendingReport>>;
}

/** What was registered. */
export interface MadeEnvironment {
  outputs: EnvironmentOutputs;
  /** Of each cluster that was refused before anything of it was registered, why. */
  refused: string[];
}

/** What the making of an environment asks and tells beside its request. */
export interface EnvironmentOptions {
  /**
   * Takes what is wrong with clusters that are left alone for it. @default it is thrown when all others are registered
   */
  refuse?: ((problems: readonly Problem[]) => void) | undefined;
  /** How clusters are looked for that live already. @default in the state store */
  read?: ReadLiving | undefined;
}

/** Network, DNS, state store and all clusters of a stack; or its clusters in the environment of another. */
export async function createEnvironment(
  { project, stack, config, environment, clusters, had }: EnvironmentRequest,
  { refuse, read = readLiving }: EnvironmentOptions = {},
): Promise<MadeEnvironment> {
  const { region } = config;
  if (had) await refuseRegion({ stack, had, region, profile: aws.config.profile });
  const { accountId } = await aws.getCallerIdentity();
  const namesOf = (zone: string, some: typeof clusters): string[] => some.map(({ name }) => fullName(name, zone));
  // Those that say so need no address and no tag of the network's subnets.
  const inNetwork = clusters.filter((one) => !("manifest" in one && one.network === "own"));
  // What a stack makes is lost to it when it takes its environment from another from now on.
  if (had && environment)
    await guard(stack, had, had.borrowed === undefined ? { region } : borrowedEnvironment(environment));
  const shared =
    config.environment === undefined
      ? await makeSharedInfrastructure(
          { project, stack, accountId, had },
          config,
          namesOf(config.dns.name, clusters),
          namesOf(config.dns.name, inNetwork),
        )
      : sharedInfrastructureFrom(environment, config, accountId);
  const { network, dns, store, policies, tags, requires } = shared;
  const placed = await placeClusters(clusters, {
    region,
    zoneName: dns.zoneName,
    stateStore: store.stateStore,
    vpcCidr: network.vpcCidr,
    read,
  });
  refuse?.(placed.problems);
  const asked = placed.requests.map((request) => ({
    request,
    args: {
      request,
      region,
      accountId,
      network,
      dns,
      store,
      tags,
      secrets: config.clusterSecrets,
      ...(config.sandbox ? { workloadResources: "delete" as const } : { deletionProtection: true }),
      requires,
    },
  }));
  const verdicts = await Promise.all(
    asked.map(async ({ request, args }) => (had ? await refusedBeforehand(request.name, args, had) : undefined)),
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
    },
    dns: {
      zoneName: dns.zoneName,
      ...(dns.zoneId && { zoneId: dns.zoneId }),
      ...(dns.nameServers && { nameServers: dns.nameServers }),
    },
    stateStore: {
      stateStore: store.stateStore,
      discoveryBucket: store.discoveryBucket,
      ...(store.keyArn && { keyArn: store.keyArn }),
      ...(policies && { policies: policies.texts }),
      ...(policies?.arns && { policyArns: policies.arns }),
    },
    clusters: Object.fromEntries(made.map(({ name, cluster }) => [name, cluster.outputs])),
    ...(config.smokeTest.enabled && {
      smokeTests: Object.fromEntries(
        made.flatMap(({ name, smokeTest }) => (smokeTest ? [[name, smokeTest.report]] : [])),
      ),
    }),
  };
  if (!refuse && placed.problems.length > 0)
    throw problemsError(`Cluster files of the stack ${stack} cannot be used`, placed.problems);
  return { outputs, refused: verdicts.filter((verdict) => verdict !== undefined) };
}
