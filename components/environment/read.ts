import { join } from "node:path";
import { objectsInClusters } from "../addons/index.ts";
import {
  readClusterFiles,
  type ClusterFilesRequest,
  type ClusterRequest,
  type ManifestRequest,
  type ProblemsOf,
} from "../cluster/index.ts";
import type { Locate } from "../../providers/kops/model/hidden-inputs.ts";
import { fullName } from "../cluster/spec/names.ts";
import { pathText, problemsError, type Problem } from "../config/problems.ts";
import { readStackConfig, type EnvironmentStackConfig, type StackConfig } from "./config.ts";
import { dnsProblems } from "../dns/index.ts";
import { forIpv6Clusters } from "../network/request.ts";
import type { EnvironmentReference } from "../reference/index.ts";
import { defaultBucketNames, longestBucketName } from "../state-store/index.ts";
import type { OwnState } from "./guards/own-state.ts";

export interface EnvironmentRequest {
  project: string;
  stack: string;
  config: StackConfig;
  /** The environment of a stack that holds clusters only. */
  environment?: EnvironmentReference | undefined;
  /** Clusters of the files that can be used. */
  clusters: readonly (ClusterRequest | ManifestRequest)[];
  /** By full name of a cluster: where a property of its kOps spec was written. @default nowhere */
  locate?: ReadonlyMap<string, Locate> | undefined;
  /** What is wrong with the other files. */
  refused: readonly Problem[];
  /** Problems of {@link clusters} that show only in the environment, with file and line. */
  problemsOf: ProblemsOf;
  /** What the stack has, from its state. @default no comparison */
  current?: OwnState | undefined;
}

const accountPlaceholder = "0".repeat(12);

/** Where the config of a stack comes from: what the engine passes. */
export interface StackSource {
  /** Folder of `clusters/`. */
  root: string;
  project: string;
  stack: string;
  /** Full keys with their strings. */
  texts: Readonly<Record<string, string>>;
  /** Which keys are encrypted in the stack file. @default all */
  isSecret?: ((key: string) => boolean) | undefined;
  /** Reads the output `environment` of a stack. @default refuses */
  environmentOf?: ((reference: string) => Promise<EnvironmentReference>) | undefined;
}

/**
 * Reads the stack's config and its cluster files. Throws one error with all problems if the config cannot be used,
 * before any resource is registered. A file that cannot be used refuses only its own cluster.
 */
export async function readEnvironment({
  root,
  project,
  stack,
  texts,
  isSecret,
  environmentOf,
}: StackSource): Promise<EnvironmentRequest> {
  const { config, problems } = readStackConfig(texts, project, isSecret);
  const environment = config?.environment === undefined ? undefined : await environmentOf?.(config.environment);
  if (config && environment) problems.push(...environmentProblems(config, environment));
  const files = readClusterFiles({
    folder: join(root, "clusters", stack),
    label: `clusters/${stack}`,
    defaults: config?.clusterDefaults ?? {},
    overrides: config?.clusterOverrides ?? {},
    secrets: Object.keys(config?.clusterSecrets ?? {}),
    ...sharedInfrastructureOf(config, environment),
    tags: { environment: stack, ...environment?.tags, ...config?.tags },
    defaultTags: config?.aws.defaultTags,
    ...(config && { objects: objectsInClusters(config.platform, config.tenants) }),
  });
  if (config && config.environment === undefined) {
    problems.push(...checkBucketNames(project, stack, config));
    const names = files.requests.map(({ name }) => fullName(name, config.dns.name));
    problems.push(
      ...dnsProblems(config.dns, names).map(({ path, message }) => ({
        source: "pilot:dns",
        path: pathText(path),
        message,
      })),
    );
  }
  if (!config || problems.length > 0) {
    // Without a config, every zone and secret in a cluster file would be reported as unknown.
    const beside = config
      ? files.problems
      : files.problems.filter(({ path }) => !path.includes("zones") && !path.startsWith("secrets"));
    throw problemsError(`The configuration of the stack ${stack} cannot be used`, [...problems, ...beside]);
  }
  return {
    project,
    stack,
    config,
    ...(environment && { environment }),
    clusters: files.requests,
    locate: files.locate,
    refused: files.problems,
    problemsOf: files.problemsOf,
  };
}

/** The shared infrastructure, as far as cluster files are checked against it. */
function sharedInfrastructureOf(
  config: StackConfig | undefined,
  environment: EnvironmentReference | undefined,
): Pick<ClusterFilesRequest, "zoneName" | "records" | "zones" | "privateSubnets" | "utilitySubnets" | "ipv6Clusters"> {
  if (environment) {
    const { network, dns } = environment;
    return {
      zoneName: dns.zoneName,
      records: dns.topology !== "None",
      zones: network.zones.map(({ zone }) => zone),
      privateSubnets: network.zones.every(({ privateSubnetId }) => privateSubnetId !== undefined),
      utilitySubnets: network.zones.every(({ utilitySubnetId }) => utilitySubnetId !== undefined),
      ipv6Clusters: network.ipv6Clusters,
    };
  }
  if (!config || config.environment !== undefined)
    // Unknown: nothing is refused for it.
    return { zoneName: "invalid", records: false, zones: [], ipv6Clusters: true };
  return {
    zoneName: config.dns.name,
    records: config.dns.type !== "none",
    zones: config.network.zones,
    privateSubnets: hasPrivateSubnets(config.network),
    utilitySubnets: !config.network.existing || config.network.existing.subnets.utility !== undefined,
    ipv6Clusters: config.network.ipv6 === forIpv6Clusters,
  };
}

function environmentProblems({ region }: StackConfig, environment: EnvironmentReference): Problem[] {
  if (region === environment.region) return [];
  return [
    {
      source: "aws:region",
      path: "",
      message:
        `must be ${environment.region}, the region of the stack ${environment.name} that pilot:environment names, ` +
        `not ${region}`,
    },
  ];
}

const hasPrivateSubnets = ({ existing, topology }: EnvironmentStackConfig["network"]): boolean =>
  existing ? existing.subnets.private !== undefined : topology !== "public";

function checkBucketNames(project: string, stack: string, { stateStore, region }: EnvironmentStackConfig): Problem[] {
  const computed = defaultBucketNames({ project, stack, accountId: accountPlaceholder, region });
  const shared = sharedBucketNames(stateStore);
  return [...shared, ...longBucketNames(stateStore, computed)];
}

/** Each purpose has a bucket of its own: the discovery bucket is public, and buckets are deleted separately. */
function sharedBucketNames({
  stateBucket,
  discoveryBucket,
  accessLogs,
}: EnvironmentStackConfig["stateStore"]): Problem[] {
  const named = (
    [
      ["stateBucket", stateBucket],
      ["discoveryBucket", discoveryBucket],
      ["accessLogs.bucket", accessLogs?.bucket],
    ] as const
  ).filter(([, name]) => name !== undefined);
  return named.flatMap(([path, name], index) => {
    const first = named.slice(0, index).find(([, other]) => other === name);
    return first === undefined
      ? []
      : [
          {
            source: "pilot:stateStore",
            path,
            message: `cannot be ${String(name)}, the bucket of ${first[0]}: each needs a bucket of its own`,
          },
        ];
  });
}

function longBucketNames(
  stateStore: EnvironmentStackConfig["stateStore"],
  computed: ReturnType<typeof defaultBucketNames>,
): Problem[] {
  return (
    [
      ["stateBucket", computed.state],
      ["discoveryBucket", computed.discovery],
    ] as const
  )
    .filter(([key, name]) => stateStore[key] === undefined && name.length > longestBucketName)
    .map(([key, name]) => ({
      source: "pilot:stateStore",
      path: key,
      message:
        `must be given: the computed name ${name.replace(accountPlaceholder, "<account>")} would be longer than ` +
        `${longestBucketName} characters`,
    }));
}
