import { parseStoreUrl } from "../../providers/kops/store/object-store.ts";
import { readMoved } from "../../providers/kops/store/moved.ts";
import { livingIn, openBucket, unlessGone, type LivingCluster } from "../../providers/state-store/index.ts";
import { isPlainObject } from "../config/merge.ts";
import type { Dependent } from "./losses.ts";
import type { OwnState } from "./own-state.ts";
import { clusterTagPrefix } from "../../providers/kops/model/tag-keys.ts";

/** Where AWS is asked. */
export interface Looking {
  region: string;
  profile?: string | undefined;
}

/** Subnets of a VPC by the cluster whose tag they carry. */
export type TaggedSubnets = ReadonlyMap<string, readonly string[]>;

async function taggedIn(vpcId: string, { region, profile }: Looking): Promise<TaggedSubnets> {
  const [{ DescribeSubnetsCommand, EC2Client }, { awsClient }] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("../../providers/kops/aws/client.ts"),
  ]);
  const client = awsClient(EC2Client, { region, ...(profile !== undefined && { profile }) });
  const tagged = new Map<string, string[]>();
  const { Subnets: subnets = [] } = await client.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }),
  );
  for (const { SubnetId: id = "", Tags: tags = [] } of subnets) {
    for (const { Key: key = "" } of tags) {
      if (!key.startsWith(clusterTagPrefix)) continue;
      const name = key.slice(clusterTagPrefix.length);
      tagged.set(name, [...(tagged.get(name) ?? []), id]);
    }
  }
  return tagged;
}

/** What was seen of clusters, from three sides. */
export interface Sightings {
  had: OwnState;
  /** In the state bucket. */
  stored: readonly LivingCluster[];
  /** Names of those that the bucket's note says to live in the store that is desired now. */
  moved: readonly string[];
  tagged: TaggedSubnets;
}

/**
 * Every cluster that may need something of an environment: those of the stack's own state, those in its store, and
 * those whose tag is on a subnet of its VPC. A tag that this stack has put there for a cluster that is nowhere else is
 * no cluster: its file was refused, or is new.
 */
export function dependentsOf({ had, stored, moved, tagged }: Sightings): Dependent[] {
  const found = new Map<string, Dependent>();
  for (const cluster of stored) found.set(cluster.name, { ...cluster, stateBucket: had.stateBucket });
  for (const { name, owner, stateStore, state } of had.clusters) {
    const spec = isPlainObject(state["cluster"]) ? state["cluster"] : undefined;
    const { bucket } = parseStoreUrl(stateStore);
    const there = found.get(name);
    // What the store says of a cluster of this state is newer; what it does not say, the state does.
    if (there) found.set(name, { ...(owner !== undefined && { owner }), ...(spec && { spec }), ...there });
    else found.set(name, { name, stateBucket: bucket, ...(owner !== undefined && { owner }), ...(spec && { spec }) });
  }
  const ownTags = new Set(Object.values(had.tags).map(({ key }) => key));
  for (const [name, subnetIds] of tagged) {
    const there = found.get(name);
    if (!there && ownTags.has(`${clusterTagPrefix}${name}`)) continue;
    found.set(name, { ...there, name, tagged: { vpcId: had.network?.vpcId ?? "", subnetIds } });
  }
  // The old store is kept as a copy: what its end would delete, as the state has it, is not left yet.
  return [...found.values()]
    .map((cluster) =>
      !had.purges && moved.includes(cluster.name) && cluster.stateBucket === had.stateBucket
        ? { ...cluster, stateBucket: undefined }
        : cluster,
    )
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * Looks for them: in the store, with its own role, and at the VPC's subnets. `desiredStore`: bucket that clusters may
 * have been moved to.
 */
export async function findDependents(
  had: OwnState,
  desiredStore: string | undefined,
  looking: Looking,
): Promise<Dependent[]> {
  const store =
    had.stateBucket === undefined
      ? undefined
      : openBucket({ bucket: had.stateBucket, role: had.storeRole, ...looking });
  // Of an environment that is another stack's only this stack's own clusters could lose something by a change here.
  const [stored, note, tagged] = await Promise.all([
    store && had.borrowed === undefined ? unlessGone(() => livingIn(store)) : [],
    store && unlessGone(() => readMoved(store)),
    had.network?.made === true ? taggedIn(had.network.vpcId, looking) : new Map<string, string[]>(),
  ]);
  const moved =
    note !== undefined && desiredStore !== undefined && note.to === `s3://${desiredStore}` ? note.clusters : [];
  return dependentsOf({ had, stored: stored ?? [], moved, tagged });
}
