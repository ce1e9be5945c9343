import type * as pulumi from "@pulumi/pulumi";
import { partitionOf } from "../../providers/kops/aws/partition.ts";
import type { Tags } from "../tags/subnet-tags.ts";
import { Pipeline } from "./Pipeline.ts";
import type { PipelineRequest } from "./request.ts";

export interface CreatePipelineArgs {
  request: PipelineRequest;
  project: string;
  stack: string;
  region: string;
  /** Regions of the network's peers in this account. */
  peerRegions: readonly string[];
  accountId: string;
  /** Domain that clusters are named below. */
  zoneName: string;
  buckets: { state: string; discovery?: string | undefined; logs: string; replica?: string | undefined };
  /** Region of that copy. @default the stack's */
  replicaRegion?: string | undefined;
  /** Where AWS reads the discovery documents, if not in their bucket. Without `https://`; `*` stands for any text. */
  issuer?: string | undefined;
  /** ARN of the state bucket's key. @default S3's own keys */
  storeKey?: pulumi.Output<string> | undefined;
  /** Roles that the program assumes in other accounts. */
  otherAccounts: readonly (string | undefined)[];
  clustersOnly: boolean;
  tags?: Tags | undefined;
}

/** The pipeline's roles for one stack. */
export function createPipeline(name: string, args: CreatePipelineArgs): Pipeline {
  const { request, region, zoneName, buckets } = args;
  const others = args.otherAccounts.filter((role) => role !== undefined);
  return new Pipeline(name, {
    ...args,
    values: {
      partition: partitionOf(region),
      region,
      regions: [...new Set([region, ...args.peerRegions])],
      account: args.accountId,
      stack: args.stack,
      path: request.path,
      stateBucket: buckets.state,
      discoveryBucket: buckets.discovery,
      logBucket: buckets.logs,
      replicaBucket: buckets.replica,
      storeRegions: [...new Set([region, args.replicaRegion ?? region])],
      issuer: args.issuer,
      clusters: [`*.${zoneName}`],
      records: [zoneName, `*.${zoneName}`],
      pulumiBucket: request.pulumiBucket,
      secretsKey: request.secretsKey,
      nodeBoundary: request.nodeBoundary,
      otherAccounts: others.length === 0 ? undefined : others,
    },
  });
}
