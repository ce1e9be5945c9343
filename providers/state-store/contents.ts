import { z } from "zod";
import type { AwsIdentity } from "../kops/aws/identity.ts";
import { awsSettings } from "../kops/model/aws-settings.ts";
import { ConfigError, KopsError, messageOf } from "../kops/model/errors.ts";
import { isRecord } from "../kops/model/spec.ts";
import { parseStoreUrl } from "../kops/store/object-store.ts";
import { openBucket, emptyBucket, unlessGone } from "./bucket.ts";
import type { Place } from "./bucket.ts";
import { clusterNames, livingIn, notMoved } from "./living.ts";
import type { LivingCluster } from "./living.ts";
import { refuseOtherAccount } from "./same-account.ts";
import { networkHolders } from "./network-holders.ts";
import type { NetworkHolder } from "./network-holders.ts";

export const contentsInputs = z.object({
  /** Name of the bucket. */
  bucket: z.string(),
  kind: z.enum(["state", "discovery", "environment"]),
  /** The state bucket, which tells which clusters live. For `state` and `environment` the bucket itself. */
  stateBucket: z.string(),
  onDestroy: z.enum(["retain", "purge"]),
  region: z.string(),
  role: z.string().optional(),
  externalId: z.string().optional(),
  profile: z.string().optional(),
  aws: awsSettings.optional(),
  /** Network and zone, for `environment`. */
  vpcId: z.string().optional(),
  zoneId: z.string().optional(),
  /** Whether the network was made elsewhere, so that a destroy leaves it. @default made here */
  network: z.literal("existing").optional(),
});

export type ContentsInputs = z.output<typeof contentsInputs>;

const placeOf = ({ region, role, externalId, profile, aws }: ContentsInputs, bucket: string): Place => ({
  bucket,
  region,
  role,
  externalId,
  profile,
  ...(aws && { aws }),
});

/** What the decision depends on. */
export interface Seen {
  /** Clusters that live in the state bucket. */
  living: readonly LivingCluster[];
  /** Those of them that did not move to another store, by the bucket's note. */
  staying: readonly LivingCluster[];
  /** Top-level folders of the bucket. */
  folders: ReadonlySet<string>;
  /** What clusters made in a network that would be deleted, also clusters of other stores and deleted ones. */
  holders: readonly NetworkHolder[];
}

/** What happens to a bucket that is destroyed or replaced. */
export type Decision =
  | { kind: "refuse"; clusters: readonly LivingCluster[]; why: string }
  | { kind: "held"; holders: readonly NetworkHolder[] }
  | { kind: "keep" }
  | { kind: "purge" };

function isIn({ vpcId, zoneId }: Pick<ContentsInputs, "vpcId" | "zoneId">, { spec }: LivingCluster): boolean {
  if (!isRecord(spec)) return false;
  const { networkID, dnsZone } = spec;
  return (vpcId !== undefined && networkID === vpcId) || (zoneId !== undefined && dnsZone === zoneId);
}

/** Whether the documents of a cluster's issuer are in a bucket: in a folder of its name, or where its manifest says. */
function publishesIn(
  { bucket }: Pick<ContentsInputs, "bucket">,
  folders: ReadonlySet<string>,
  { name, spec }: LivingCluster,
): boolean {
  const discovery = spec?.["serviceAccountIssuerDiscovery"];
  const store = isRecord(discovery) ? discovery["discoveryStore"] : undefined;
  return folders.has(name) || (typeof store === "string" && parseStoreUrl(store).bucket === bucket);
}

/**
 * Decides what happens to a destroyed bucket. What a living cluster needs stays, whatever `onDestroy` says: `purge`
 * deletes only what is provably unused. A store whose clusters moved away is a copy, which the user deletes.
 */
export function decide(
  inputs: Pick<ContentsInputs, "bucket" | "kind" | "onDestroy" | "vpcId" | "zoneId">,
  { living, staying, folders, holders }: Seen,
): Decision {
  const { kind, onDestroy } = inputs;
  if (kind === "environment") {
    const needing = onDestroy === "purge" ? staying : staying.filter((cluster) => isIn(inputs, cluster));
    if (needing.length > 0)
      return {
        kind: "refuse",
        clusters: needing,
        why: `they need its ${onDestroy === "purge" ? "store, " : ""}network or zone`,
      };
    return holders.length > 0 ? { kind: "held", holders } : { kind: "keep" };
  }
  if (kind === "state") {
    if (onDestroy === "retain") return { kind: "keep" };
    if (staying.length > 0)
      return { kind: "refuse", clusters: staying, why: "their keys, manifests and etcd backups are in it" };
    return living.length > 0
      ? {
          kind: "refuse",
          clusters: living,
          why:
            "they were moved to another store, and this one is kept as a copy: set onDestroy: retain and run " +
            "`pulumi up` first",
        }
      : { kind: "purge" };
  }
  if (onDestroy === "retain") return { kind: "keep" };
  const published = living.filter((cluster) => publishesIn(inputs, folders, cluster));
  return published.length > 0
    ? {
        kind: "refuse",
        clusters: published,
        why: "AWS checks the tokens of their service accounts by the documents in it",
      }
    : { kind: "purge" };
}

async function observe(inputs: ContentsInputs): Promise<Omit<Seen, "holders">> {
  const state = openBucket(placeOf(inputs, inputs.stateBucket));
  const living = (await unlessGone(() => livingIn(state))) ?? [];
  const staying = await notMoved(state, living);
  const keys =
    inputs.kind === "discovery" && living.length > 0
      ? ((await unlessGone(() => openBucket(placeOf(inputs, inputs.bucket)).list(""))) ?? [])
      : [];
  return {
    living,
    staying,
    folders: new Set(keys.map(({ key }) => key.split("/")[0] ?? "")),
  };
}

/** The identity of the clusters' account, where the network is. */
const identityIn = ({ region, profile, aws }: ContentsInputs): AwsIdentity & { region: string } => ({
  region,
  ...(profile !== undefined && { profile }),
  ...(aws && { aws }),
});

/** What clusters made in the network that a destroy deletes. */
async function holdersOf(inputs: ContentsInputs): Promise<NetworkHolder[]> {
  const { kind, vpcId, network } = inputs;
  if (kind !== "environment" || vpcId === undefined || network === "existing") return [];
  try {
    return await networkHolders(identityIn(inputs), vpcId);
  } catch (error) {
    throw new KopsError(
      {
        what: `What clusters left in the VPC ${vpcId} cannot be listed, so nothing was destroyed`,
        why: messageOf(error),
        next:
          "allow ec2:DescribeInstances, ec2:DescribeNetworkInterfaces, ec2:DescribeSecurityGroups, " +
          "elasticloadbalancing:DescribeLoadBalancers, elasticloadbalancing:DescribeTargetGroups and " +
          "elasticloadbalancing:DescribeTags to this run, then run the same command again",
      },
      error,
    );
  }
}

/** Refuses to destroy a network that AWS would not delete, before its routes and gateways are gone. */
function heldError({ bucket, vpcId = "" }: ContentsInputs, holders: readonly NetworkHolder[]): ConfigError {
  const clusters = [...new Set(holders.map(({ cluster }) => cluster))].sort();
  const why = clusters.map(
    (name) => `of ${name}: ${holders.flatMap(({ what, cluster }) => (cluster === name ? [what] : [])).join(", ")}`,
  );
  return new ConfigError({
    what: `The environment of the state store s3://${bucket} is not destroyed: AWS deletes no VPC that is in use`,
    why: `the VPC ${vpcId} has, by its tags,\n  ${why.join("\n  ")}\n  Nothing of network, zone and store was touched`,
    next:
      "delete a cluster that still lives, by the stack or tool that made it; delete by hand what a deleted one left " +
      "(load balancers before security groups); then run the same command again",
  });
}

/** Destroys the contents: in a destroy, or after another bucket replaced this one. */
export async function endContents(inputs: ContentsInputs, say: (line: string) => void): Promise<void> {
  if (inputs.vpcId !== undefined) await refuseOtherAccount(inputs.vpcId, identityIn(inputs));
  const nothingToAsk = inputs.kind !== "environment" && inputs.onDestroy === "retain";
  const decision = decide(
    inputs,
    nothingToAsk
      ? { living: [], staying: [], folders: new Set(), holders: [] }
      : { ...(await observe(inputs)), holders: await holdersOf(inputs) },
  );
  if (decision.kind === "held") throw heldError(inputs, decision.holders);
  if (decision.kind === "refuse") {
    throw new ConfigError({
      what:
        inputs.kind === "environment"
          ? `The environment of the state store s3://${inputs.bucket} is not destroyed`
          : `The bucket ${inputs.bucket} is not deleted`,
      why:
        `clusters live: ${clusterNames(decision.clusters)}; ${decision.why}. Nothing of ` +
        `${inputs.kind === "environment" ? "network, zone and store" : "the bucket"} was touched`,
      next:
        "remove these clusters first, each by the stack that has it (its name is in brackets), or move them to " +
        "another store (docs/guide/state-store.md); then run the same command again",
    });
  }
  if (decision.kind === "keep") return;
  await emptyBucket(placeOf(inputs, inputs.bucket), say);
}

/** Refuses to replace a bucket that living clusters need, unless they moved to the new one. */
export async function refuseReplacement(old: ContentsInputs, desired: Pick<ContentsInputs, "bucket">): Promise<void> {
  const { living, folders } = await observe(old);
  // A discovery bucket does not move with the store: AWS checks tokens at the issuer's address.
  const state = openBucket(placeOf(old, old.stateBucket));
  const left =
    old.kind !== "discovery"
      ? await notMoved(state, living, `s3://${desired.bucket}`)
      : living.filter((cluster) => publishesIn(old, folders, cluster));
  if (left.length === 0) return;
  throw new ConfigError({
    what: `The bucket ${old.bucket} cannot be replaced by ${desired.bucket}`,
    why: `clusters live in it: ${clusterNames(left)}`,
    next:
      old.kind !== "discovery"
        ? "put pilot:stateStore back, or move the store first as docs/guide/state-store.md shows"
        : "put pilot:stateStore back: the address of this bucket is part of the issuer of these clusters",
  });
}
