import { z } from "zod";
import { ConfigError } from "../kops/model/errors.ts";
import { isRecord } from "../kops/model/spec.ts";
import { parseStoreUrl } from "../kops/store/object-store.ts";
import { openBucket, emptyBucket, unlessGone } from "./bucket.ts";
import type { Place } from "./bucket.ts";
import { clusterNames, livingIn, notMoved } from "./living.ts";
import type { LivingCluster } from "./living.ts";

export const contentsInputs = z.object({
  /** Name of the bucket whose contents these are. */
  bucket: z.string(),
  kind: z.enum(["state", "discovery", "environment"]),
  /** The state bucket that says which clusters live; of `state` and `environment` the bucket itself. */
  stateBucket: z.string(),
  onDestroy: z.enum(["retain", "purge"]),
  region: z.string(),
  role: z.string().optional(),
  profile: z.string().optional(),
  /** Of `environment`: its network and zone. */
  vpcId: z.string().optional(),
  zoneId: z.string().optional(),
});

export type ContentsInputs = z.output<typeof contentsInputs>;

const placeOf = ({ region, role, profile }: ContentsInputs, bucket: string): Place => ({
  bucket,
  region,
  role,
  profile,
});

/** What a decision on contents is made of. */
export interface Seen {
  /** Clusters that live in the state bucket. */
  living: readonly LivingCluster[];
  /** Those of them that its note does not say to live elsewhere now. */
  staying: readonly LivingCluster[];
  /** Names of folders in the bucket itself. */
  folders: ReadonlySet<string>;
}

/** What is to become of a bucket that leaves the program or the stack. */
export type Decision =
  { kind: "refuse"; clusters: readonly LivingCluster[]; why: string } | { kind: "keep" } | { kind: "purge" };

function isIn({ vpcId, zoneId }: Pick<ContentsInputs, "vpcId" | "zoneId">, { spec }: LivingCluster): boolean {
  if (!isRecord(spec)) return false;
  const { networkID, dnsZone } = spec;
  return (vpcId !== undefined && networkID === vpcId) || (zoneId !== undefined && dnsZone === zoneId);
}

/**
 * Whether the documents of a cluster's issuer are in a bucket: in a folder of its name, as kOps is told here, or
 * wherever its manifest says.
 */
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
 * What a bucket's end may do. Nothing that a living cluster needs goes, whatever `onDestroy` says: `purge` deletes what
 * is provably finished. A store whose clusters were moved to another is a copy, which is the user's to delete.
 */
export function decide(
  inputs: Pick<ContentsInputs, "bucket" | "kind" | "onDestroy" | "vpcId" | "zoneId">,
  { living, staying, folders }: Seen,
): Decision {
  const { kind, onDestroy } = inputs;
  if (kind === "environment") {
    const needing = onDestroy === "purge" ? staying : staying.filter((cluster) => isIn(inputs, cluster));
    return needing.length > 0
      ? {
          kind: "refuse",
          clusters: needing,
          why: `they need its ${onDestroy === "purge" ? "store, " : ""}network or zone`,
        }
      : { kind: "keep" };
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
            "they were moved to another store, and this one is kept as a copy: with onDestroy: retain, brought up " +
            "before",
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

async function look(inputs: ContentsInputs): Promise<Seen> {
  const state = openBucket(placeOf(inputs, inputs.stateBucket));
  const living = (await unlessGone(() => livingIn(state))) ?? [];
  const staying = await notMoved(state, living);
  const keys =
    inputs.kind === "discovery" && living.length > 0
      ? ((await unlessGone(() => openBucket(placeOf(inputs, inputs.bucket)).list(""))) ?? [])
      : [];
  return { living, staying, folders: new Set(keys.map(({ key }) => key.split("/")[0] ?? "")) };
}

/** The end of a bucket: in a destroy, or when another took its place. */
export async function endContents(inputs: ContentsInputs, say: (line: string) => void): Promise<void> {
  const nothingToAsk = inputs.kind !== "environment" && inputs.onDestroy === "retain";
  const decision = decide(inputs, nothingToAsk ? { living: [], staying: [], folders: new Set() } : await look(inputs));
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
        "another store (docs/state-store.md); then run the same command again",
    });
  }
  if (decision.kind === "keep") return;
  await emptyBucket(placeOf(inputs, inputs.bucket), say);
}

/**
 * Throws when another bucket would take the place of one that living clusters need, unless they were moved to the new
 * one.
 */
export async function refuseReplacement(old: ContentsInputs, desired: Pick<ContentsInputs, "bucket">): Promise<void> {
  const { living, folders } = await look(old);
  // A discovery bucket does not move with the store: what AWS checks tokens by stays where the issuer says.
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
        ? "put pilot:stateStore back, or move the store first as docs/state-store.md shows"
        : "put pilot:stateStore back: the address of this bucket is part of the issuer of these clusters",
  });
}
