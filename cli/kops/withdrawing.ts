import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { destroyPlanText } from "../../providers/kops/kops-cli/output/delete-plan.ts";
import {
  inputsOf,
  leastManifest,
  refuseWithdrawal,
  someZone,
  withdrawCluster,
} from "../../providers/kops/delete/withdrawal.ts";
import { ConfigError, messageOf } from "../../providers/kops/model/errors.ts";
import { withScratch } from "../../providers/kops/runtime/scratch.ts";
import { readJournal } from "../../providers/kops/store/journal.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { liveClusterSpec, readKopsNames } from "../../providers/kops/store/manifests.ts";
import { kopsKeysOf, pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { lifecycleText, withdrawCommand } from "../../providers/kops/store/lifecycle.ts";
import type { ObjectStore } from "../../providers/kops/store/object-store.ts";
import { firstLook, lockForCommand, readArguments } from "./cluster-command.ts";
import type { Locking, Open } from "./cluster-command.ts";
import { identityOf, planOf, staysOf, whatIs } from "./destroying.ts";
import { identityUsage } from "./given-identity.ts";
import { subnetsTaggedFor } from "../../providers/kops/aws/subnet-tags.ts";

const usage =
  "npm run kops:withdraw -- s3://store cluster [--owner OWNER --yes] [--living CLUSTER] [--kops-version VERSION]";

export interface Withdrawing extends Locking {
  env: NodeJS.ProcessEnv;
  open: Open;
}

interface Words {
  yes: boolean;
  owner?: string | undefined;
  living?: string | undefined;
  "kops-version"?: string | undefined;
}

function readWords(words: readonly string[]): Words {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        yes: { type: "boolean", default: false },
        owner: { type: "string" },
        living: { type: "string" },
        "kops-version": { type: "string" },
      },
    });
    return values;
  } catch (error) {
    throw new ConfigError(
      { what: "The command was not understood", why: messageOf(error), next: `${usage} ${identityUsage}` },
      error,
    );
  }
}

/**
 * The journal is what says that something was begun: without one there is nothing to withdraw, or nothing of this
 * program.
 */
async function withoutJournal(store: ObjectStore, cluster: string, locking: Locking, yes: boolean): Promise<string> {
  if ((await store.get(kopsKeysOf(cluster).config)) !== undefined) {
    throw new ConfigError({
      what: `Cluster ${cluster} is not withdrawn`,
      why:
        `the store has its manifest and no journal (${pilotKeysOf(cluster).journal}): this program did not make it, ` +
        "or has released it",
      next:
        `\`kops delete cluster --name ${cluster} --state ${store.url}\` deletes it; \`adopt: true\` on it takes ` +
        "it over",
    });
  }
  // Of a run that was killed before its first step, or after its last.
  if (yes && (await store.get(pilotKeysOf(cluster).lock)) !== undefined)
    await (await lockForCommand(store, cluster, "withdraw", locking)).release();
  return `Nothing of ${cluster} is left in ${store.url}: there is nothing to withdraw.`;
}

async function kopsVersionOf(store: ObjectStore, journal: Journal, given: string | undefined): Promise<string> {
  const { cluster, kops, applied, lastApplied } = journal;
  const version =
    given ??
    kops?.version ??
    applied?.kopsVersion ??
    lastApplied?.kopsVersion ??
    (await store.get(`${cluster}/kops-version.txt`))?.body.trim();
  if (!version)
    throw new ConfigError({
      what: `The kOps version of ${cluster} is not known`,
      why: "neither the journal nor kops-version.txt has one",
      next: "give it: --kops-version 1.35.0",
    });
  return version;
}

/**
 * Deletes what a stack began and no longer asks for, from any half-made state: the journal in the store says what and
 * as whom. Without `--yes` it says what would be deleted, and changes nothing. Refused: a protected cluster, another
 * owner's, one that may run.
 */
export async function withdraw(argv: readonly string[], { env, open, ...locking }: Withdrawing): Promise<string> {
  const { store, cluster, words, given, repeated } = readArguments(argv, usage, open);
  const { yes, owner, living, "kops-version": version } = readWords(words);
  const journal = await firstLook(given, () => readJournal(store, cluster));
  if (journal === undefined) return await withoutJournal(store, cluster, locking, yes);
  const withdrawal = { store: store.url, owner, living };
  refuseWithdrawal(journal, withdrawal);
  const spec = await liveClusterSpec(store, cluster);
  const kopsVersion = await kopsVersionOf(store, journal, version);
  const identity = identityOf(cluster, spec ?? journal.lastApplied?.cluster ?? {}, {
    given,
    recorded: journal.identity,
    env,
  });
  const command =
    `${withdrawCommand(store.url, cluster)} --owner ${journal.owner} ` +
    `--yes${living === undefined ? "" : ` --living ${living}`}${version === undefined ? "" : ` --kops-version ${version}`}${repeated}`;
  if (!yes) return await shown({ store, journal, spec, kopsVersion, identity, env, command });
  if (owner === undefined)
    throw new ConfigError({
      what: `Cluster ${cluster} is not withdrawn yet`,
      why: `it belongs to ${journal.owner}: --yes needs --owner to repeat that`,
      next: command,
    });
  await withdrawCluster(inputsOf(journal, { store: store.url, identity, kopsVersion }), withdrawal, locking.signal);
  return [
    `Cluster ${cluster} is withdrawn: nothing of it is left in the cloud. What is archived of it stays: ` +
      `${store.url}/${pilotKeysOf(cluster).archive}/`,
    "While Pulumi's state still has it, the next `pulumi up` removes it there; asked for again, `pulumi up` makes " +
      "it anew.",
  ].join("\n");
}

interface Shown {
  store: ObjectStore;
  journal: Journal;
  spec: Record<string, unknown> | undefined;
  kopsVersion: string;
  identity: ReturnType<typeof identityOf>;
  env: NodeJS.ProcessEnv;
  /** Deletes it. */
  command: string;
}

async function shown({ store, journal, spec, kopsVersion, identity, env, command }: Shown): Promise<string> {
  const { cluster, owner } = journal;
  const names = await readKopsNames(store, inputsOf(journal, { store: store.url, identity, kopsVersion }), journal, spec);
  const look = (at: Pick<ObjectStore, "url">): ReturnType<typeof whatIs> =>
    whatIs({ names, store: at, version: kopsVersion, identity, env });
  const seen =
    spec === undefined
      ? await withScratch(
          (folder) => lookWithoutManifest(folder, look, { cluster, zone: () => someZone(identity) }),
          env,
        )
      : await look(store);
  const plan = planOf(names, seen, journal, staysOf(store, cluster, spec ?? journal.lastApplied?.cluster ?? {}));
  const subnets = [
    ...new Set([...(await subnetsTaggedFor(identity, cluster)), ...Object.keys(journal.subnetTags ?? {})]),
  ].sort();
  return [
    `${cluster} of ${owner}: ${lifecycleText(journal)}`,
    destroyPlanText(plan),
    ...(subnets.length > 0 ? [`From these subnets its tags are removed: ${subnets.join(", ")}`] : []),
    "Nothing was changed.",
    `Next: ${command}`,
  ].join("\n");
}

/** kOps lists what is in the cloud for a manifest alone: it gets the least of one, in a private store. */
async function lookWithoutManifest<T>(
  folder: string,
  look: (at: { url: string }) => Promise<T>,
  { cluster, zone }: { cluster: string; zone: () => Promise<string> },
): Promise<T> {
  const url = `file://${folder}`;
  const file = join(folder, kopsKeysOf(cluster).config);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, leastManifest({ cluster, store: url, zone: await zone() }));
  return await look({ url });
}
