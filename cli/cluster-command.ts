import { NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS, loadConfig } from "@smithy/core/config";
import type { AwsIdentity } from "../providers/kops/aws/identity.ts";
import { partitionOf } from "../providers/kops/aws/partition.ts";
import { elapsed } from "../providers/kops/model/durations.ts";
import { ConfigError, KopsError } from "../providers/kops/model/errors.ts";
import { refuseMovedOut } from "../providers/kops/move/guard.ts";
import { personHere } from "../providers/kops/runtime/person.ts";
import { linesOn } from "../providers/kops/runtime/long-work.ts";
import { consoleProgress } from "../providers/kops/runtime/progress.ts";
import type { Progress } from "../providers/kops/runtime/progress.ts";
import { acquireLock, usualLifetime } from "../providers/kops/store/lock.ts";
import type { Lock } from "../providers/kops/store/lock.ts";
import { clustersIn } from "../providers/kops/store/clusters.ts";
import { kopsKeysOf, ownFolder, pilotKeysOf } from "../providers/kops/store/keys.ts";
import { isNoBucket, openStore } from "../providers/kops/store/object-store.ts";
import type { ObjectStore } from "../providers/kops/store/object-store.ts";
import { identityUsage } from "./base/command.ts";
import type { GivenIdentity, Locking, Shell } from "./base/shell.ts";
import { readIdentity } from "./given-identity.ts";
import type { ReadIdentity, StoreTyped } from "./given-identity.ts";
import { isStackName } from "../pull-requests/classify/paths.ts";
import { project as here } from "./pr/values.ts";
import { chooseCluster, chooseStore, identityWords, storeVariable } from "./target/choose.ts";
import { stacksIn } from "./target/stacks.ts";

/** What the search for a store needs. */
export type StoreSurroundings = Pick<Shell, "env" | "project" | "accountOf">;

/** The store and the cluster that a command works on. */
export interface Target extends ReadIdentity {
  store: ObjectStore;
  cluster: string;
  /** Arguments after the cluster. */
  words: readonly string[];
}

/** Progress on the terminal of this process, or in its log. */
export function progressHere(name: string): Progress {
  const { say, live } = linesOn(process.stdout);
  return { ...consoleProgress(name, Date.now, say), live };
}

/** What surrounds a command of this process. */
export function shellOf(typed: StoreTyped, given: Partial<Shell>): Shell {
  return {
    by: personHere(process.env),
    now: new Date(),
    env: process.env,
    progress: progressHere(typed.args.find((word) => !word.startsWith("s3://")) ?? ""),
    signal: new AbortController().signal,
    open: async (url, as) => openStore(url, await identityHere(as)),
    ...given,
  };
}

/** The state store of a command, and the identity to open it as. */
export interface FoundStore extends ReadIdentity {
  url: string;
  /** The typed identity, else that of the stack which named the store. */
  as: GivenIdentity;
  /** Arguments behind the store. */
  words: readonly string[];
  /** How the store was found, where a stack named it. */
  by: string | undefined;
}

/** Finds the store of a command: typed, of a stack, or of the shell. */
export async function findStore(
  typed: StoreTyped,
  { env, project = here, accountOf }: StoreSurroundings,
): Promise<FoundStore> {
  const { given, repeated } = readIdentity(typed);
  const { stack } = typed.options;
  if (stack !== undefined && !isStackName(stack))
    throw typed.refusal(`${JSON.stringify(stack)} is not the name of a stack`);
  const chosen = chooseStore({ args: typed.args, stack, variable: env[storeVariable], stacks: stacksIn(project) });
  if ("why" in chosen) throw typed.refusal(chosen.why);
  const { source, words } = chosen;
  if ("url" in source) return { url: source.url, as: given ?? {}, words, given, repeated, by: undefined };
  const asked =
    accountOf ?? (async (identity) => (await import("../providers/kops/aws/account.ts")).accountOf(identity));
  // It reads config as the program does, and takes a second to load: only a store that is not typed costs that.
  const { storeOfStack } = await import("./target/stack-store.ts");
  const { url, identity, by } = await storeOfStack(project, source.stack, (own) =>
    asked(given === undefined ? own : { ...given, region: own.region }),
  );
  const as = given === undefined ? identity : { ...given, region: identity.region };
  return { url, as, words, given, repeated: repeated || identityWords(as), by: `the stack ${source.stack}: ${by}` };
}

/** Runs the first look at a store that a stack named. If there is none, the error says why it was looked for. */
async function lookThere<T>({ url, by, given }: FoundStore, look: () => Promise<T>): Promise<T> {
  try {
    return await firstLook(given, look);
  } catch (error) {
    if (by === undefined || !isNoBucket(error)) throw error;
    throw new ConfigError(
      {
        what: `There is no state store ${url}`,
        why: `that is the one of ${by}`,
        next:
          "`pulumi up` of that stack makes it; give --profile NAME for another account, or name the store as the " +
          "first word: s3://bucket",
      },
      error,
    );
  }
}

/** Names of the clusters in a store, with those that only this program's objects are left of. */
async function namesIn(store: ObjectStore): Promise<{ living: string[]; known: string[] }> {
  const [living, known] = await Promise.all([clustersIn(store), store.folders(ownFolder)]);
  return { living, known };
}

/** The store of a command, open, with the words behind it. A store that a stack named is there. */
export async function openTyped(
  typed: StoreTyped,
  shell: Pick<Shell, "open"> & StoreSurroundings,
): Promise<FoundStore & { store: ObjectStore }> {
  const found = await findStore(typed, shell);
  const store = await shell.open(found.url, found.as);
  if (found.by !== undefined) await lookThere(found, () => store.folders(ownFolder));
  return { ...found, store };
}

/** The cluster of the store that a word names. */
export async function clusterNamed(
  word: string,
  { store, ...found }: FoundStore & { store: ObjectStore },
): Promise<string> {
  if (word.includes(".")) return word;
  const chosen = chooseCluster(word, await lookThere(found, () => namesIn(store)));
  if ("cluster" in chosen) return chosen.cluster;
  const { why, names } = chosen;
  throw new ConfigError({
    what: `Which cluster of ${store.url} is ${word}?`,
    why: names.length === 0 ? "the store has no cluster" : `${why}: the store has ${names.join(", ")}`,
    next: names.length === 0 ? "name another store or stack" : "give one of these names in full",
  });
}

/** Reads the store and the cluster from a command's arguments. */
export async function readTarget(typed: StoreTyped, shell: Pick<Shell, "open"> & StoreSurroundings): Promise<Target> {
  const found = await openTyped(typed, shell);
  const [word, ...words] = found.words;
  if (word === undefined) throw typed.refusal("it needs a cluster: its full name, or the part before the first dot");
  const { store, given, repeated } = found;
  return { store, cluster: await clusterNamed(word, found), words, given, repeated };
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
export async function existingTarget(
  typed: StoreTyped,
  shell: Pick<Shell, "open"> & StoreSurroundings,
): Promise<Target> {
  const target = await readTarget(typed, shell);
  await refuseAbsent(target);
  return target;
}

/** Refuses a cluster that the store does not have, or that moved to another store. */
export async function refuseAbsent({ store, cluster, given }: Target): Promise<void> {
  if ((await firstLook(given, () => store.get(kopsKeysOf(cluster).config))) === undefined) {
    throw new ConfigError({
      what: `There is no cluster ${cluster} in ${store.url}`,
      why: "the store has no manifest of that name",
      next: `\`kops get clusters --state ${store.url}\` lists those it has`,
    });
  }
  await refuseMovedOut(store, cluster);
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

/** The identity of a command, with its own region, else this shell's or the profile's, in the AWS CLI's own order. */
export async function identityHere({ region: own, ...as }: GivenIdentity): Promise<AwsIdentity> {
  if (own !== undefined) return { region: own, ...as };
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
