import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { KubernetesCluster, readClusterFiles, type ClusterOutputs, type ClusterRequest, type ManifestRequest } from "../cluster/index.ts";
import { fullName } from "../cluster/names.ts";
import { problemsError, type Problem } from "../config-problems.ts";
import { readStackConfig, type StackConfig } from "../config.ts";
import { Dns } from "../dns/index.ts";
import { createNetwork, type Network } from "../network/index.ts";
import { defaultBucketNames, longestBucketName, StateStore } from "../state-store/index.ts";

export interface EnvironmentRequest {
  project: string;
  stack: string;
  config: StackConfig;
  clusters: readonly (ClusterRequest | ManifestRequest)[];
}

/** Outputs of a stack. */
export interface EnvironmentOutputs {
  network: Pick<Network, "vpcId" | "vpcCidr" | "zones">;
  dns: Pick<Dns, "zoneName" | "zoneId" | "nameServers">;
  stateStore: Pick<StateStore, "stateStore" | "discoveryBucket">;
  clusters: Record<string, ClusterOutputs>;
}

const accountPlaceholder = "0".repeat(12);

/** Reads the stack's config and its cluster files. Throws one error with all that is wrong, before any resource is registered. */
export function readEnvironment(
  root: string,
  project: string,
  stack: string,
  texts: Readonly<Record<string, string>>,
  isSecret?: (key: string) => boolean,
): EnvironmentRequest {
  const { config, problems } = readStackConfig(texts, project, isSecret);
  const files = readClusterFiles({
    folder: join(root, "clusters", stack),
    label: `clusters/${stack}`,
    defaults: config?.clusterDefaults ?? {},
    overrides: config?.clusterOverrides ?? {},
    zoneName: config?.dns.name ?? "invalid",
    zones: config?.network.zones ?? [],
    secrets: Object.keys(config?.clusterSecrets ?? {}),
    privateSubnets: config === undefined || hasPrivateSubnets(config.network),
  });
  // Without a config every zone and secret in a cluster file would be reported as unknown.
  problems.push(...(config ? files.problems : files.problems.filter(({ path }) => !path.includes("zones") && !path.startsWith("secrets"))));
  if (config) problems.push(...checkBucketNames(project, stack, config));
  if (!config || problems.length > 0) throw problemsError(`The configuration of the stack ${stack} cannot be used`, problems);
  return { project, stack, config, clusters: files.requests };
}

const hasPrivateSubnets = ({ existing, topology }: StackConfig["network"]): boolean => (existing ? existing.subnets.private !== undefined : topology !== "public");

function checkBucketNames(project: string, stack: string, { stateStore, region }: StackConfig): Problem[] {
  const computed = defaultBucketNames({ project, stack, accountId: accountPlaceholder, region });
  return ([["stateBucket", computed.state], ["discoveryBucket", computed.discovery]] as const)
    .filter(([key, name]) => stateStore[key] === undefined && name.length > longestBucketName)
    .map(([key, name]) => ({
      source: "pilot:stateStore",
      path: key,
      message: `must be given: the computed name ${name.replace(accountPlaceholder, "<account>")} would be longer than ${longestBucketName} characters`,
    }));
}

/** Network, DNS, state store and all clusters of a stack. */
export async function createEnvironment({ project, stack, config, clusters }: EnvironmentRequest): Promise<EnvironmentOutputs> {
  const { region, stateStore } = config;
  const { accountId } = await aws.getCallerIdentity();
  const tags = { environment: stack, ...config.tags };
  const buckets = defaultBucketNames({ project, stack, accountId, region });

  const names = clusters.map(({ name }) => fullName(name, config.dns.name));
  const network = await createNetwork(stack, { region, ...config.network, tags, clusters: names });
  const dns = new Dns(stack, { ...config.dns, tags }, network);
  const store = new StateStore(stack, {
    buckets: { state: stateStore.stateBucket ?? buckets.state, discovery: stateStore.discoveryBucket ?? buckets.discovery },
    onDestroy: stateStore.onDestroy,
    keepOldVersionsDays: stateStore.keepOldVersionsDays,
    tags,
  });

  return {
    network: { vpcId: network.vpcId, vpcCidr: network.vpcCidr, zones: network.zones },
    dns: { zoneName: dns.zoneName, ...(dns.zoneId && { zoneId: dns.zoneId }), ...(dns.nameServers && { nameServers: dns.nameServers }) },
    stateStore: { stateStore: store.stateStore, discoveryBucket: store.discoveryBucket },
    clusters: Object.fromEntries(
      clusters.map((request) => [
        request.name,
        new KubernetesCluster(request.name, { request, region, accountId, network, dns, store, tags, secrets: config.clusterSecrets, requires: [network, dns, store] }).outputs,
      ]),
    ),
  };
}

/**
 * The SDK inspects an error that ends the program with colours, and node 20 and 22 then search its stack for frames in
 * node_modules by a loop that takes most of a minute on some of them. Frames of packages say nothing to a user anyway.
 */
function withoutPackageFrames(error: Error): Error {
  error.stack = (error.stack ?? "").split("\n").filter((line) => !line.includes("/node_modules/")).join("\n");
  return error;
}

/** Whether the stack file has a key encrypted. The SDK exports this, but leaves it out of its declarations. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

/** The environment of the running stack. Errors in the input are shown without a stack trace. */
export async function buildEnvironment(root: string): Promise<EnvironmentOutputs> {
  try {
    const request = readEnvironment(root, pulumi.getProject(), pulumi.getStack(), pulumi.runtime.allConfig(), isConfigSecret);
    return await createEnvironment(request);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw withoutPackageFrames(error.name === "ConfigError" ? new pulumi.RunError(error.message) : error);
  }
}
