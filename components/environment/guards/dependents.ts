import { clusterTagOf } from "../../../providers/kops/model/tag-keys.ts";
import { readMoved } from "../../../providers/kops/store/moved.ts";
import { parseStoreUrl } from "../../../providers/kops/store/object-store.ts";
import { livingIn, openBucket, unlessGone } from "../../../providers/state-store/index.ts";
import type { LivingCluster } from "../../../providers/state-store/index.ts";
import type { StackIdentity } from "../../aws/config.ts";
import { clusterOfTag } from "../../tags/keys.ts";
import { isPlainObject } from "../../config/merge.ts";
import type { Dependent } from "./losses.ts";
import type { OwnState } from "./own-state.ts";

/** Where AWS is asked, and with which identity. */
export type LookupScope = StackIdentity & { region: string };

/** Subnets of a VPC, by the cluster whose tag they carry. */
export type TaggedSubnets = ReadonlyMap<string, readonly string[]>;

async function taggedIn(vpcId: string, looking: LookupScope): Promise<TaggedSubnets> {
  const [{ DescribeSubnetsCommand, EC2Client }, { awsClient }] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("../../../providers/kops/aws/client.ts"),
  ]);
  const client = awsClient(EC2Client, looking);
  const tagged = new Map<string, string[]>();
  const { Subnets: subnets = [] } = await client.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }),
  );
  for (const { SubnetId: id = "", Tags: tags = [] } of subnets) {
    for (const { Key: key = "" } of tags) {
      const name = clusterOfTag(key);
      if (name === undefined) continue;
      tagged.set(name, [...(tagged.get(name) ?? []), id]);
    }
  }
  return tagged;
}

/** Clusters from three sources. */
export interface FoundClusters {
  current: OwnState;
  /** From the state bucket. */
  stored: readonly LivingCluster[];
  /** Names of those that, by the bucket's note, moved to the store that the config asks for now. */
  moved: readonly string[];
  tagged: TaggedSubnets;
}

/**
 * Every cluster that may need the environment: those in the stack's own state, in its store, and with a tag on a subnet
 * of its VPC. A tag alone that this stack made is no cluster: its file was refused, or is new.
 */
export function dependentsOf({ current, stored, moved, tagged }: FoundClusters): Dependent[] {
  const found = new Map<string, Dependent>();
  for (const cluster of stored) found.set(cluster.name, { ...cluster, stateBucket: current.stateBucket });
  for (const { name, owner, stateStore, state } of current.clusters) {
    const spec = isPlainObject(state["cluster"]) ? state["cluster"] : undefined;
    const { bucket } = parseStoreUrl(stateStore);
    const there = found.get(name);
    // The store is newer than the state; the state fills in what the store does not say.
    if (there) found.set(name, { ...(owner !== undefined && { owner }), ...(spec && { spec }), ...there });
    else found.set(name, { name, stateBucket: bucket, ...(owner !== undefined && { owner }), ...(spec && { spec }) });
  }
  const ownTags = new Set(Object.values(current.tags).map(({ key }) => key));
  for (const [name, subnetIds] of tagged) {
    const there = found.get(name);
    if (!there && ownTags.has(clusterTagOf(name))) continue;
    found.set(name, { ...there, name, tagged: { vpcId: current.network?.vpcId ?? "", subnetIds } });
  }
  // A moved cluster no longer needs the old store, unless destroying that store would purge it.
  return [...found.values()]
    .map((cluster) =>
      !current.purges && moved.includes(cluster.name) && cluster.stateBucket === current.stateBucket
        ? { ...cluster, stateBucket: undefined }
        : cluster,
    )
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * Looks them up in the store, with the store's role, and on the VPC's subnets. `desiredStore`: the bucket that clusters
 * may have moved to.
 */
export async function findDependents(
  current: OwnState,
  desiredStore: string | undefined,
  looking: LookupScope,
): Promise<Dependent[]> {
  const store =
    current.stateBucket === undefined
      ? undefined
      : openBucket({
          bucket: current.stateBucket,
          role: current.storeRole,
          externalId: current.storeExternalId,
          ...looking,
        });
  // If the environment is another stack's, a change here affects only this stack's own clusters.
  const [stored, note, tagged] = await Promise.all([
    store && current.referenced === undefined ? unlessGone(() => livingIn(store)) : [],
    store && unlessGone(() => readMoved(store)),
    current.network?.made === true ? taggedIn(current.network.vpcId, looking) : new Map<string, string[]>(),
  ]);
  const moved =
    note !== undefined && desiredStore !== undefined && note.to === `s3://${desiredStore}` ? note.clusters : [];
  return dependentsOf({ current, stored: stored ?? [], moved, tagged });
}
