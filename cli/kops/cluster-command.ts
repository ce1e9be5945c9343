import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { elapsed } from "../../providers/kops/model/durations.ts";
import { ConfigError, ExplainedError, KopsError } from "../../providers/kops/model/errors.ts";
import { refuseMovedOut } from "../../providers/kops/move/guard.ts";
import type { Progress } from "../../providers/kops/runtime/progress.ts";
import { acquireLock, usualLifetime } from "../../providers/kops/store/lock.ts";
import type { Lock } from "../../providers/kops/store/lock.ts";
import { kopsKeysOf, pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { openStore } from "../../providers/kops/store/object-store.ts";
import type { ObjectStore } from "../../providers/kops/store/object-store.ts";
import { identityUsage, takeIdentity } from "./given-identity.ts";
import type { GivenIdentity, GivenWords } from "./given-identity.ts";

/** Opens a state store, as somebody or as this shell. */
export type Open = (url: string, as: GivenIdentity) => ObjectStore;

/** What a command on one cluster is given: `s3://store cluster [words ...]`. */
export interface ClusterCommand extends GivenWords {
  store: ObjectStore;
  cluster: string;
}

/** Reads a command's arguments, up to its own words. */
export function readArguments(argv: readonly string[], usage: string, open: Open): ClusterCommand {
  const {
    words: [url, cluster, ...words],
    given,
    repeated,
  } = takeIdentity(argv, usage);
  if (url === undefined || cluster === undefined || !url.startsWith("s3://")) {
    throw new ConfigError({
      what: "The command was not understood",
      why: "it needs the state store as s3://bucket or s3://bucket/prefix, then the full name of the cluster",
      next: `${usage} ${identityUsage}`,
    });
  }
  return { store: open(url, given ?? {}), cluster, words, given, repeated };
}

/** The first look into a store: whoever is not let in is told how to say as whom to work. */
export async function firstLook<T>(given: GivenIdentity | undefined, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (given !== undefined || !(error instanceof KopsError)) throw error;
    const { what, why } = error.explanation;
    throw new KopsError(
      {
        what,
        why,
        next:
          "check the AWS credentials of this shell and the bucket's policy, or say as whom to work: " + identityUsage,
      },
      error,
    );
  }
}

/**
 * Reads a command's arguments. The cluster must be in the store: a flag for a mistyped name would do nothing, unseen.
 */
export async function clusterCommand(argv: readonly string[], usage: string, open: Open): Promise<ClusterCommand> {
  const command = readArguments(argv, usage, open);
  const { store, cluster, given } = command;
  if ((await firstLook(given, () => store.get(kopsKeysOf(cluster).config))) === undefined) {
    throw new ConfigError({
      what: `There is no cluster ${cluster} in ${store.url}`,
      why: "the store has no manifest of that name",
      next: `\`kops get clusters --state ${store.url}\` lists those it has`,
    });
  }
  await refuseMovedOut(store, cluster);
  return command;
}

/** What a command needs to take a cluster's lock. */
export interface Locking {
  /** Who runs the command. */
  by: string;
  progress: Progress;
  signal: AbortSignal;
  /** Milliseconds a lock holds without being renewed (default: as all runs have it). */
  lockLifetime?: number;
}

/** Takes the cluster's lock for a command on a cluster that is still at home in this store. */
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
 * Takes the cluster's lock for a command. It waits for another run a little longer than a lock holds without being
 * renewed, so that a dead run's is taken over, and no longer: a living run's roll may take hours.
 */
export async function takeLock(
  store: ObjectStore,
  cluster: string,
  operation: string,
  { by, progress, signal, lockLifetime = usualLifetime }: Locking,
): Promise<Lock> {
  // The lock is looked at every two seconds, or oftener.
  const timeout = lockLifetime + Math.min(5000, lockLifetime);
  if ((await store.get(pilotKeysOf(cluster).lock)) !== undefined)
    progress.say(
      `the cluster is locked: waiting ${elapsed(timeout)} at most, within which the lock of a run that died is ` +
        "taken over",
    );
  return await acquireLock({ store, cluster, owner: by, operation, timeout, signal, progress, lifetime: lockLifetime });
}

/** Who works, and where: as the command was told, else as this shell. */
export function identityHere(as: GivenIdentity): AwsIdentity {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  return { region: AWS_REGION ?? AWS_DEFAULT_REGION ?? "us-east-1", ...as };
}

/** The store as the command was told, else as this shell sees it. */
export function openStoreHere(url: string, as: GivenIdentity): ObjectStore {
  return openStore(url, identityHere(as));
}

// Its notice would stand between what the command says.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** Runs a command, prints what it says, and ends with exit code 1 and the explanation when it failed. */
export async function runCommand(work: (argv: readonly string[]) => Promise<string>): Promise<void> {
  try {
    console.log(await work(process.argv.slice(2)));
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
