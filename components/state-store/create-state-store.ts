import type * as aws from "../aws/services.mjs";
import type { StackIdentity } from "../aws/config.ts";
import type * as pulumi from "@pulumi/pulumi";
import { accountOf, providerFor } from "../aws/other-account.ts";
import { partitionOf } from "../../providers/kops/aws/partition.ts";
import type { Tags } from "../tags/subnet-tags.ts";
import { defaultBucketNames, replicaName, type BucketNames } from "./bucket-names.ts";
import { refuseToPurgeMoved } from "./moved-store.ts";
import { policyId, type ForeignAccount } from "./policies.ts";
import type { StateStoreRequest } from "./request.ts";
import type { ReplicaPlace } from "./replica.ts";
import { StateStore, type StoreEnvironment } from "./StateStore.ts";
import { StorePolicies } from "./StorePolicies.ts";
import { isOwnBucket } from "./adopt-buckets.ts";

export interface CreateStateStoreArgs {
  request: StateStoreRequest;
  project: string;
  stack: string;
  region: string;
  /** Account of the clusters, twelve digits. */
  accountId: string;
  tags?: Tags | undefined;
  /** The other parts of the environment. @default none */
  environment?: StoreEnvironment | undefined;
  /** `onDestroy` of the last `up`. @default not known */
  before?: StateStoreRequest["onDestroy"] | undefined;
  /** Identity of the stack. @default AWS's own order */
  identity?: StackIdentity | undefined;
  /** @default opened here */
  access?: StoreAccess | undefined;
}

/** The account of the buckets, and what reaches it. */
export interface StoreAccess {
  /** Twelve digits. */
  account: string;
  /** Absent if it is the clusters' own account. */
  provider?: aws.Provider | undefined;
}

/** `accountId`: of the clusters. */
export function storeAccess(
  name: string,
  { role, externalId }: Pick<StateStoreRequest, "role" | "externalId">,
  { accountId, region }: { accountId: string; region: string },
): StoreAccess {
  return role === undefined
    ? { account: accountId }
    : {
        account: accountOf(role),
        provider: providerFor(`${name}-store`, { role, externalId, region, session: "pilot-store" }),
      };
}

/**
 * Other accounts that use the store: the given ones, and the clusters' own account if the store is in a central one.
 */
function foreignAccounts(request: StateStoreRequest, owner: string, accountId: string): ForeignAccount[] {
  const named = Object.entries(request.accounts ?? {}).map(([id, clusters]) => ({ id, clusters }));
  const own =
    owner !== accountId && !named.some(({ id }) => id === accountId) ? [{ id: accountId, clusters: ["*"] }] : [];
  return [...own, ...named.filter(({ id }) => id !== owner)];
}

/** The given names of the buckets; else computed ones, from the account of the buckets. */
export function bucketNames(
  request: StateStoreRequest,
  owner: { project: string; stack: string; accountId: string; region: string },
): BucketNames {
  const computed = defaultBucketNames(owner);
  return {
    state: request.stateBucket ?? computed.state,
    discovery: request.discoveryBucket ?? computed.discovery,
    logs: computed.logs,
  };
}

/** The replica of a store, if it has one. `owner`: of the store. */
export function replicaBucketOf(
  { replica }: Pick<StateStoreRequest, "replica">,
  owner: { project: string; stack: string; accountId: string; region: string },
): { bucket: string; region: string; accountId: string } | undefined {
  if (!replica) return undefined;
  const region = replica.region ?? owner.region;
  const accountId = replica.role === undefined ? owner.accountId : accountOf(replica.role);
  return { bucket: replica.bucket ?? replicaName({ ...owner, accountId, region }), region, accountId };
}

/** Where the replica is, and whether this stack has made it before. A provider of its own, if it is elsewhere. */
async function placeReplica(
  name: string,
  { replica, role: storeRole, externalId: storeExternalId }: StateStoreRequest,
  {
    project,
    stack,
    accountId,
    region,
    id,
  }: { project: string; stack: string; accountId: string; region: string; id: string },
  central: pulumi.ProviderResource | undefined,
): Promise<ReplicaPlace | undefined> {
  const place = replicaBucketOf({ replica }, { project, stack, accountId, region });
  if (!replica || !place) return undefined;
  const [role, externalId] =
    replica.role === undefined ? [storeRole, storeExternalId] : [replica.role, replica.externalId];
  const provider =
    place.region === region && replica.role === undefined
      ? central
      : providerFor(`${name}-replica`, { role, externalId, region: place.region, session: "pilot-replica" });
  const adopted = await isOwnBucket(place.bucket, id, provider ? { provider } : {});
  return { ...place, keyArn: replica.keyArn, adopted, provider };
}

/**
 * Whether the state bucket of a stack without state exists and is of this stack. The bucket of a central account is
 * not looked for: that would register its provider.
 */
export async function isOwnStore({
  request,
  project,
  stack,
  accountId,
  region,
}: Pick<CreateStateStoreArgs, "request" | "project" | "stack" | "accountId" | "region">): Promise<boolean> {
  if (request.role !== undefined) return false;
  const { state } = bucketNames(request, { project, stack, accountId, region });
  return await isOwnBucket(state, policyId(project, stack), {});
}

/** The state store of an environment, here or in a central account, with the policies of its users. */
export async function createStateStore(
  name: string,
  {
    request,
    project,
    stack,
    region,
    accountId,
    tags,
    environment,
    before,
    identity = {},
    access = storeAccess(name, request, { accountId, region }),
  }: CreateStateStoreArgs,
  opts?: pulumi.ComponentResourceOptions,
): Promise<{ store: StateStore; policies: StorePolicies }> {
  const { account: owner, provider: central } = access;
  const options = { ...opts, ...(central && { provider: central }) };
  const buckets = bucketNames(request, { project, stack, accountId: owner, region });
  const id = policyId(project, stack);
  const publishes = request.discovery !== "none";
  const makes = {
    state: true,
    discovery: publishes,
    logs: request.accessLogs !== undefined && request.accessLogs.bucket === undefined,
  };
  const places = (["state", "discovery", "logs"] as const).filter((place) => makes[place]);
  const found = await Promise.all(
    places.map(async (place) =>
      (await isOwnBucket(buckets[place], id, central ? { provider: central } : {})) ? [place] : [],
    ),
  );
  // A bucket that clusters moved to already has this stack's policy: `--create`, or whoever made it, wrote it.
  if (found.flat().includes("state")) await refuseToPurgeMoved(request, buckets.state, { region, ...identity }, before);
  const store = new StateStore(
    name,
    {
      buckets,
      region,
      accountId: owner,
      policyId: id,
      onDestroy: request.onDestroy,
      discovery: request.discovery,
      keepOldVersionsDays: request.keepOldVersionsDays,
      encryption: request.encryption,
      accessLogs: request.accessLogs,
      replica: await placeReplica(name, request, { project, stack, accountId: owner, region, id }, central),
      objectLock: request.objectLock,
      versionsDeletableBy: request.versionsDeletableBy,
      accounts: foreignAccounts(request, owner, accountId),
      adopted: found.flat(),
      tags,
      role: request.role,
      externalId: request.externalId,
      identity,
      environment,
    },
    options,
  );
  const policies = new StorePolicies(
    name,
    {
      buckets: { state: buckets.state, ...(publishes && { discovery: buckets.discovery }) },
      partition: partitionOf(region),
      keyArn: store.keyArn,
      managed: request.managedPolicies,
      tags,
    },
    opts,
  );
  return { store, policies };
}
