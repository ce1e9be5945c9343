import { NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS, loadConfig } from "@smithy/core/config";
import type { AwsIdentity } from "../providers/kops/aws/identity.ts";
import { partitionOf } from "../providers/kops/aws/partition.ts";
import { elapsed } from "../providers/kops/model/durations.ts";
import { ConfigError, KopsError } from "../providers/kops/model/errors.ts";
import { refuseMovedOut } from "../providers/kops/move/guard.ts";
import { personHere } from "../providers/kops/runtime/person.ts";
import { consoleProgress } from "../providers/kops/runtime/progress.ts";
import { acquireLock, usualLifetime } from "../providers/kops/store/lock.ts";
import type { Lock } from "../providers/kops/store/lock.ts";
import { kopsKeysOf, pilotKeysOf } from "../providers/kops/store/keys.ts";
import { openStore } from "../providers/kops/store/object-store.ts";
import type { ObjectStore } from "../providers/kops/store/object-store.ts";
import { identityUsage } from "./base/command.ts";
import type { GivenIdentity, Locking, Open, Shell } from "./base/shell.ts";
import { readIdentity } from "./given-identity.ts";
import type { ReadIdentity, StoreTyped } from "./given-identity.ts";

/** The store and the cluster that a command works on. */
export interface Target extends ReadIdentity {
  store: ObjectStore;
  cluster: string;
  /** Arguments after the cluster. */
  words: readonly string[];
}

/** What surrounds a command of this process. */
export function shellOf(typed: StoreTyped, given: Partial<Shell>): Shell {
  return {
    by: personHere(process.env),
    now: new Date(),
    env: process.env,
    progress: consoleProgress(typed.args[1] ?? "", Date.now),
    signal: new AbortController().signal,
    open: async (url, as) => openStore(url, await identityHere(as)),
    ...given,
  };
}

/** Reads the store and the cluster from a command's arguments. */
export async function readTarget(typed: StoreTyped, open: Open): Promise<Target> {
  const [url, cluster, ...words] = typed.args;
  const { given, repeated } = readIdentity(typed);
  if (url === undefined || cluster === undefined || !url.startsWith("s3://"))
    throw typed.refusal(
      "it needs the state store as s3://bucket or s3://bucket/prefix, then the full name of the cluster",
    );
  return { store: await open(url, given ?? {}), cluster, words, given, repeated };
}

/** The first read of a store: if AWS denies it, the error names the options for the identity. */
export async function firstLook<T>(given: GivenIdentity | undefined, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (given !== undefined || !(error instanceof KopsError)) throw error;
    const { what, why } = error.explanation;
    const next =
      "check the AWS credentials of this shell and the bucket's policy, or name an identity: " + identityUsage;
    throw new KopsError({ what, why, next }, error);
  }
}

/** Reads the target. The store must have the cluster: a flag for a mistyped name would have no effect, silently. */
export async function existingTarget(typed: StoreTyped, open: Open): Promise<Target> {
  const target = await readTarget(typed, open);
  const { store, cluster, given } = target;
  if ((await firstLook(given, () => store.get(kopsKeysOf(cluster).config))) === undefined) {
    throw new ConfigError({
      what: `There is no cluster ${cluster} in ${store.url}`,
      why: "the store has no manifest of that name",
      next: `\`kops get clusters --state ${store.url}\` lists those it has`,
    });
  }
  await refuseMovedOut(store, cluster);
  return target;
}

/** Takes the lock of a cluster that has not moved to another store. */
export async function lockForCommand(
  store: ObjectStore,
  cluster: string,
  operation: string,
  locking: Locking,
): Promise<Lock> {
  const lock = await takeLock(store, cluster, operation, locking);
  try {
    await refuseMovedOut(store, cluster);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Takes the cluster's lock. It waits just longer than a lock lasts without renewal, so the lock of a dead run expires
 * meanwhile. It waits no longer, as the roll of a run that is alive may take hours.
 */
export async function takeLock(
  store: ObjectStore,
  cluster: string,
  operation: string,
  { by, progress, signal, lockLifetime = usualLifetime }: Locking,
): Promise<Lock> {
  // The lock is read every two seconds or more often.
  const timeout = lockLifetime + Math.min(5000, lockLifetime);
  if ((await store.get(pilotKeysOf(cluster).lock)) !== undefined)
    progress.say(
      `the cluster is locked: waiting ${elapsed(timeout)} at most, within which the lock of a run that died is ` +
        "taken over",
    );
  return await acquireLock({ store, cluster, owner: by, operation, timeout, signal, progress, lifetime: lockLifetime });
}

/** From there S3 leads to the region of a bucket, in the partition of commercial regions alone. */
const leadsToBuckets = "us-east-1";

/** The identity of a command, with the region of this shell or of the profile, in the AWS CLI's own order. */
export async function identityHere(as: GivenIdentity): Promise<AwsIdentity> {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const region = AWS_REGION ?? AWS_DEFAULT_REGION ?? (await regionOfProfile(as.profile));
  if (region !== "") return { region, ...as };
  const roleArn = as.assumeRole?.roleArn;
  const partition = roleArn?.split(":")[1];
  if (partition !== undefined && partition !== partitionOf(leadsToBuckets)) {
    throw new ConfigError({
      what: "The region to work in is not known",
      why: `the role ${roleArn ?? ""} is in the partition ${partition}, and neither this shell nor its profile names a region`,
      next: "set AWS_REGION to a region of that partition, and run the same command again",
    });
  }
  return { region: leadsToBuckets, ...as };
}

/** The region in AWS's files; empty if the profile has none. */
async function regionOfProfile(profile: string | undefined): Promise<string> {
  return await loadConfig(
    { ...NODE_REGION_CONFIG_OPTIONS, environmentVariableSelector: () => undefined, default: "" },
    { ...NODE_REGION_CONFIG_FILE_OPTIONS, ...(profile === undefined ? {} : { profile }) },
  )();
}
