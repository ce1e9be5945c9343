import * as aws from "../aws.mjs";
import type { Output } from "@pulumi/pulumi";
import { KubernetesCluster, type ClusterOutputs } from "../cluster/index.ts";
import type { PendingReport, SmokeTestReport } from "../smoke-test/index.ts";
import { fullName } from "../cluster/names.ts";
import { problemsError, type Problem } from "../config-problems.ts";
import type { Dns } from "../dns/index.ts";
import type { Network } from "../network/index.ts";
import type { StateStore, StorePolicies } from "../state-store/index.ts";
import { groundFrom, makeGround } from "./ground.ts";
import { createAddons, createSmokeTest } from "./inside.ts";
import { placeClusters, readLiving, type ReadLiving } from "./place-clusters.ts";
import type { EnvironmentRequest } from "./read.ts";
import { environmentPart, type EnvironmentPart } from "./reference.ts";

/** Outputs of a stack. */
export interface EnvironmentOutputs {
  /** {@link EnvironmentReference}: what a stack of clusters is told of network, DNS and store. */
  environment: EnvironmentPart;
  network: Pick<Network, "vpcId" | "vpcCidr" | "secondaryCidrs" | "ipv6Cidr" | "zones">;
  dns: Pick<Dns, "zoneName" | "zoneId" | "nameServers">;
  stateStore: Pick<StateStore, "stateStore" | "discoveryBucket" | "keyArn"> & { policies?: StorePolicies["texts"]; policyArns?: StorePolicies["texts"] };
  /** {@link ClusterReference} by name. */
  clusters: Record<string, ClusterOutputs>;
  /** By cluster, what its last smoke test found; absent when none is asked for. */
  smokeTests?: Record<string, Output<SmokeTestReport | PendingReport>>;
}

/** What the making of an environment asks and tells beside its request. */
export interface EnvironmentOptions {
  /** Takes what is wrong with clusters that are left alone for it. @default it is thrown when all others are registered */
  refuse?: ((problems: readonly Problem[]) => void) | undefined;
  /** How clusters are looked for that live already. @default in the state store */
  read?: ReadLiving | undefined;
}

/** Network, DNS, state store and all clusters of a stack; or its clusters in the environment of another. */
export async function createEnvironment({ project, stack, config, environment, clusters }: EnvironmentRequest, { refuse, read = readLiving }: EnvironmentOptions = {}): Promise<EnvironmentOutputs> {
  const { region } = config;
  const { accountId } = await aws.getCallerIdentity();
  const namesOf = (zone: string, some: typeof clusters): string[] => some.map(({ name }) => fullName(name, zone));
  // Those that say so need no address and no tag of the network's subnets.
  const inNetwork = clusters.filter((one) => !("manifest" in one && one.network === "own"));
  const ground =
    config.environment === undefined
      ? await makeGround({ project, stack, accountId }, config, namesOf(config.dns.name, clusters), namesOf(config.dns.name, inNetwork))
      : groundFrom(environment, config, accountId);
  const { network, dns, store, policies, tags, requires } = ground;
  const placed = await placeClusters(clusters, { region, zoneName: dns.zoneName, stateStore: store.stateStore, vpcCidr: network.vpcCidr, read });
  refuse?.(placed.problems);
  const made = placed.requests.map((request) => {
    const cluster = new KubernetesCluster(request.name, {
      request,
      region,
      accountId,
      network,
      dns,
      store,
      tags,
      secrets: config.clusterSecrets,
      ...(!config.sandbox && { deletionProtection: true }),
      requires,
    });
    createAddons(cluster, request, config);
    return { name: request.name, cluster, smokeTest: createSmokeTest(cluster, request, config) };
  });
  if (!refuse && placed.problems.length > 0) throw problemsError(`Cluster files of the stack ${stack} cannot be used`, placed.problems);
  return {
    environment: environmentPart(ground, { region, accountId }),
    network: { vpcId: network.vpcId, vpcCidr: network.vpcCidr, secondaryCidrs: network.secondaryCidrs, ...(network.ipv6Cidr && { ipv6Cidr: network.ipv6Cidr }), zones: network.zones },
    dns: { zoneName: dns.zoneName, ...(dns.zoneId && { zoneId: dns.zoneId }), ...(dns.nameServers && { nameServers: dns.nameServers }) },
    stateStore: {
      stateStore: store.stateStore,
      discoveryBucket: store.discoveryBucket,
      ...(store.keyArn && { keyArn: store.keyArn }),
      ...(policies && { policies: policies.texts }),
      ...(policies?.arns && { policyArns: policies.arns }),
    },
    clusters: Object.fromEntries(made.map(({ name, cluster }) => [name, cluster.outputs])),
    ...(config.smokeTest.enabled && { smokeTests: Object.fromEntries(made.flatMap(({ name, smokeTest }) => (smokeTest ? [[name, smokeTest.report]] : []))) }),
  };
}
