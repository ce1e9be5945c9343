import * as aws from "../aws.mjs";
import type { Output } from "@pulumi/pulumi";
import { KubernetesCluster, type ClusterOutputs } from "../cluster/index.ts";
import type { PendingReport, SmokeTestReport } from "../smoke-test/index.ts";
import { fullName } from "../cluster/names.ts";
import type { Dns } from "../dns/index.ts";
import type { Network } from "../network/index.ts";
import type { StateStore, StorePolicies } from "../state-store/index.ts";
import { groundFrom, guard, makeGround } from "./ground.ts";
import { createAddons, createSmokeTest } from "./inside.ts";
import { refusedBeforehand } from "./preflight.ts";
import type { EnvironmentRequest } from "./read.ts";
import { borrowedEnvironment } from "./wanted.ts";
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

/** What was registered. */
export interface MadeEnvironment {
  outputs: EnvironmentOutputs;
  /** Of each cluster that was refused before anything of it was registered, why. */
  refused: string[];
}

/** Network, DNS, state store and all clusters of a stack; or its clusters in the environment of another. */
export async function createEnvironment({ project, stack, config, environment, clusters, had }: EnvironmentRequest): Promise<MadeEnvironment> {
  const { region } = config;
  const { accountId } = await aws.getCallerIdentity();
  // What a stack makes is lost to it when it takes its environment from another from now on.
  if (had && environment) await guard(stack, had, had.borrowed === undefined ? { region } : borrowedEnvironment(environment));
  const ground =
    config.environment === undefined
      ? await makeGround({ project, stack, accountId, had }, config, clusters.map(({ name }) => fullName(name, config.dns.name)))
      : groundFrom(environment, config, accountId);
  const { network, dns, store, policies, tags, requires } = ground;
  const asked = clusters.map((request) => ({
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
  const verdicts = await Promise.all(asked.map(async ({ request, args }) => (had ? await refusedBeforehand(request.name, args, had) : undefined)));
  const made = asked.flatMap(({ request, args }, index) => {
    if (verdicts[index] !== undefined) return [];
    const cluster = new KubernetesCluster(request.name, args);
    createAddons(cluster, request, config);
    return [{ name: request.name, cluster, smokeTest: createSmokeTest(cluster, request, config) }];
  });
  const outputs: EnvironmentOutputs = {
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
  return { outputs, refused: verdicts.filter((verdict) => verdict !== undefined) };
}
