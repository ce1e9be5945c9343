import { accountOf } from "../aws/other-account.ts";
import { createPipeline, type Pipeline } from "../pipeline/index.ts";
import { defaultBucketNames, replicaBucketOf } from "../state-store/index.ts";
import type { Tags } from "../tags/subnet-tags.ts";
import type { EnvironmentStackConfig, StackConfig } from "./config.ts";
import type { SharedInfrastructure } from "./shared-infrastructure.ts";

/** Roles in other accounts that a stack assumes. */
function rolesElsewhere({ stateStore, dns, network }: EnvironmentStackConfig): (string | undefined)[] {
  const peers = Object.values(network.peerings ?? {}).map(({ roleArn }) => roleArn);
  return [stateStore.role, dns.type === "public" ? dns.parent?.role : undefined, ...peers];
}

/** Other regions of this account that a stack works in. */
const regionsElsewhere = ({ network }: EnvironmentStackConfig): string[] =>
  Object.values(network.peerings ?? {}).flatMap(({ roleArn, region }) => (roleArn === undefined ? (region ?? []) : []));

/** Whose documents AWS reads at another address than the bucket's own. */
function issuerOf({ stateStore: { discovery } }: EnvironmentStackConfig): string | undefined {
  if (typeof discovery === "object") return discovery.issuer.replace("https://", "");
  return discovery === "cloudfront" ? "*.cloudfront.net" : undefined;
}

/** What the rights of a stack that makes an environment depend on. */
function ofEnvironment(config: EnvironmentStackConfig, made: { project: string; stack: string; accountId: string }) {
  const { region, stateStore } = config;
  const owner = stateStore.role === undefined ? made.accountId : accountOf(stateStore.role);
  return {
    replica: replicaBucketOf(stateStore, { ...made, accountId: owner, region }),
    issuer: issuerOf(config),
    otherAccounts: rolesElsewhere(config),
    peerRegions: regionsElsewhere(config),
    clustersOnly: false,
  };
}

/** The roles of a stack's pipeline, if it has one. */
export function pipelineOf(
  config: StackConfig,
  {
    zoneName,
    store,
    tags,
    ...made
  }: { project: string; stack: string; accountId: string; zoneName: string; tags?: Tags | undefined } & Pick<
    SharedInfrastructure,
    "store"
  >,
): Pipeline | undefined {
  if (config.pipeline === undefined) return undefined;
  const { region } = config;
  const { replica, ...others } =
    config.environment === undefined
      ? ofEnvironment(config, made)
      : {
          replica: undefined,
          issuer: typeof store.issuer === "string" ? store.issuer.replace("https://", "") : undefined,
          otherAccounts: [],
          peerRegions: [],
          clustersOnly: true,
        };
  return createPipeline(made.stack, {
    ...made,
    request: config.pipeline,
    ...{ region, zoneName, tags },
    buckets: {
      state: store.stateStore.replace("s3://", ""),
      discovery: store.discoveryBucket,
      logs: defaultBucketNames({ ...made, region }).logs,
      replica: replica?.bucket,
    },
    replicaRegion: replica?.region,
    storeKey: store.keyArn,
    ...others,
  });
}
