import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { subnetsTaggedFor } from "../providers/kops/aws/tag-restoration.ts";
import { destroyPlanText } from "../providers/kops/delete/destroy-plan.ts";
import type { DestroyPlan } from "../providers/kops/delete/destroy-plan.ts";
import {
  inputsOf,
  leastManifest,
  refuseWithdrawal,
  someZone,
  withdrawCluster,
} from "../providers/kops/delete/withdrawal.ts";
import { ConfigError } from "../providers/kops/model/errors.ts";
import { withScratch } from "../providers/kops/runtime/scratch.ts";
import { readJournal } from "../providers/kops/store/journal.ts";
import type { Journal } from "../providers/kops/store/journal.ts";
import { kopsKeysOf, pilotKeysOf } from "../providers/kops/store/keys.ts";
import { lifecycleText, withdrawCommand } from "../providers/kops/store/lifecycle.ts";
import { readKopsNames, liveClusterSpec } from "../providers/kops/store/manifests.ts";
import type { ObjectStore } from "../providers/kops/store/object-store.ts";
import type { Locking, Shell } from "./base/shell.ts";
import { stopSignal } from "./base/stop-signal.ts";
import { firstLook, lockForCommand, readTarget, shellOf } from "./cluster-command.ts";
import { findResources, identityOf, keptOf, kopsVersionOf, planOf } from "./destroy-plan.ts";
import type { Search } from "./destroy-plan.ts";
import type { StoreTyped } from "./given-identity.ts";

/** Without a journal nothing was begun, or not by this program. */
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
  // A run that was killed before its first step, or after its last, leaves a lock.
  if (yes && (await store.get(pilotKeysOf(cluster).lock)) !== undefined)
    await (await lockForCommand(store, cluster, "withdraw", locking)).release();
  return `Nothing of ${cluster} is left in ${store.url}: there is nothing to withdraw.`;
}

/**
 * Deletes what a stack began and no longer declares, from any half-made state. The journal in the store says what, and
 * with which identity. Without `--yes` it shows what would be deleted. Refuses a protected cluster, a cluster of
 * another owner, and one that may run.
 */
export async function withdraw(
  typed: StoreTyped<"owner" | "living" | "kops-version", "yes" | "json">,
  surroundings: Partial<Shell>,
): Promise<string> {
  const shell = shellOf(typed, { signal: surroundings.signal ?? stopSignal(), ...surroundings });
  const { env } = shell;
  const { store, cluster, words, given, repeated } = await readTarget(typed, shell);
  if (words.length > 0) throw typed.refusal(`it takes one cluster, not ${words.join(" ")} too`);
  const { yes, json, owner, living, "kops-version": version } = typed.options;
  if (yes && json) throw typed.refusal("--json shows what would be deleted: it goes without --yes");
  const journal = await firstLook(given, () => readJournal(store, cluster));
  if (journal === undefined) {
    const text = await withoutJournal(store, cluster, shell, yes === true);
    return json ? JSON.stringify({ cluster, state: text }, null, 2) : text;
  }
  const withdrawal = { store: store.url, owner, living };
  refuseWithdrawal(journal, withdrawal);
  const spec = await liveClusterSpec(store, cluster);
  const recorded = version ?? journal.kops?.version ?? journal.applied?.kopsVersion ?? journal.lastApplied?.kopsVersion;
  const kopsVersion = await kopsVersionOf(store, cluster, recorded, "give it: --kops-version 1.35.0");
  const identity = identityOf(cluster, spec ?? journal.lastApplied?.cluster ?? {}, {
    given,
    recorded: journal.identity,
    env,
  });
  const command =
    `${withdrawCommand(store.url, cluster)} --owner ${journal.owner} --yes` +
    (living === undefined ? "" : ` --living ${living}`) +
    (version === undefined ? "" : ` --kops-version ${version}`) +
    repeated;
  if (!yes) {
    const found = await wouldDelete(store, journal, spec, { version: kopsVersion, identity, env });
    if (json) return JSON.stringify({ ...found, next: command }, null, 2);
    return [...linesOf(found), "Nothing was changed.", `Next: ${command}`].join("\n");
  }
  if (owner === undefined)
    throw new ConfigError({
      what: `Cluster ${cluster} is not withdrawn yet`,
      why: `it belongs to ${journal.owner}: --yes needs --owner to repeat that`,
      next: command,
    });
  await withdrawCluster(inputsOf(journal, { store: store.url, identity, kopsVersion }), withdrawal, shell.signal);
  return [
    `Cluster ${cluster} is withdrawn: nothing of it is left in the cloud. What is archived of it stays: ` +
      `${store.url}/${pilotKeysOf(cluster).archive}/`,
    "While Pulumi's state still has it, the next `pulumi up` removes it there. Declared again, `pulumi up` makes " +
      "it anew.",
  ].join("\n");
}

/** What would be deleted. */
interface Deletable {
  cluster: string;
  owner: string;
  /** Where the cluster is in its life, in words. */
  state: string;
  plan: DestroyPlan;
  /** Subnets that lose the cluster's tags. */
  subnets: string[];
}

function linesOf({ cluster, owner, state, plan, subnets }: Deletable): string[] {
  return [
    `${cluster} of ${owner}: ${state}`,
    destroyPlanText(plan),
    ...(subnets.length > 0 ? [`From these subnets its tags are removed: ${subnets.join(", ")}`] : []),
  ];
}

async function wouldDelete(
  store: ObjectStore,
  journal: Journal,
  spec: Record<string, unknown> | undefined,
  { version, identity, env }: Omit<Search, "names" | "store">,
): Promise<Deletable> {
  const { cluster, owner } = journal;
  const names = await readKopsNames(
    store,
    inputsOf(journal, { store: store.url, identity, kopsVersion: version }),
    journal,
    spec,
  );
  const look = (at: Pick<ObjectStore, "url">): ReturnType<typeof findResources> =>
    findResources({ names, store: at, version, identity, env });
  const lookWithoutManifest = async (folder: string): ReturnType<typeof findResources> => {
    const url = `file://${folder}`;
    const file = join(folder, kopsKeysOf(cluster).config);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, leastManifest({ cluster, store: url, zone: await someZone(identity) }));
    return await look({ url });
  };
  // kOps needs a manifest to list what is in the cloud: without one it gets the least of one, in a private store.
  const found = spec === undefined ? await withScratch(lookWithoutManifest, env) : await look(store);
  const plan = planOf(names, found, journal, keptOf(store, cluster, spec ?? journal.lastApplied?.cluster ?? {}));
  const subnets = [
    ...new Set([...(await subnetsTaggedFor(identity, cluster)), ...Object.keys(journal.subnetTags ?? {})]),
  ].sort();
  return { cluster, owner, state: lifecycleText(journal), plan, subnets };
}
