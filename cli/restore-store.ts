import { ConfigError } from "../providers/kops/model/errors.ts";
import { makeBucketBack } from "../providers/kops/move/make-bucket.ts";
import { openMovable } from "../providers/kops/move/movable-store.ts";
import type { Entry, MovableStore } from "../providers/kops/move/movable-store.ts";
import { planRestore } from "../providers/kops/move/plan-restore.ts";
import type { RestorePlan } from "../providers/kops/move/plan-restore.ts";
import { restore } from "../providers/kops/move/restore.ts";
import { openVersions } from "../providers/kops/move/versions.ts";
import type { Version, VersionedStore } from "../providers/kops/move/versions.ts";
import { shortened } from "../providers/kops/model/shortened.ts";
import type { Lock } from "../providers/kops/store/lock.ts";
import { parseStoreUrl } from "../providers/kops/store/object-store.ts";
import { findStore, firstLook, identityHere, progressHere, shellOf, takeLock } from "./cluster-command.ts";
import type { StoreTyped } from "./given-identity.ts";
import type { Shell } from "./base/shell.ts";

const shownKeys = 5;

interface Given {
  store: MovableStore;
  from: VersionedStore;
  at: Date | undefined;
  overwrite: boolean;
}

function planText({ store, from, at }: Given, plan: RestorePlan): string[] {
  const { clusters, copy, differ, same, deleted } = plan;
  const when = at === undefined ? "as it is now" : `as it was at ${at.toISOString()}`;
  return [
    `To ${store.url}, from ${from.url} ${when}:`,
    `  to be restored: ${copy.length} objects${clusters.length > 0 ? `, of ${clusters.join(", ")}` : ""}`,
    ...(same > 0 ? [`  there already: ${same} objects`] : []),
    ...(differ.length > 0
      ? [`  differ, and stay: ${shortened(differ, shownKeys).join(", ")} (--overwrite restores them, too)`]
      : []),
    ...(deleted.last
      ? [
          `  deleted by then: ${deleted.count} objects, the last one at ${deleted.last.toISOString()}; to have them ` +
            "back, name an earlier time with --at",
        ]
      : []),
  ];
}

function readTime(text: string | undefined, refusal: (why: string) => ConfigError): Date | undefined {
  if (text === undefined) return undefined;
  const at = new Date(text);
  // Without a zone it would be another time on another machine.
  if (Number.isNaN(at.getTime()) || !/(Z|[+-]\d\d:?\d\d)$/.test(text))
    throw refusal("--at needs a time with its zone, such as 2026-11-30T13:00:00Z");
  return at;
}

async function look({ store, from }: Given): Promise<{ versions: Version[]; there: Entry[]; isMade: boolean }> {
  const isMade = (await store.settings()) !== undefined;
  const [versions, there] = await Promise.all([from.versions(), isMade ? store.entries() : []]);
  return { versions, there, isMade };
}

function notMade({ store, from }: Given): ConfigError {
  const { bucket } = parseStoreUrl(store.url);
  return new ConfigError({
    what: `${store.url} cannot be restored from ${from.url} now`,
    why: `the bucket ${bucket} does not exist`,
    next:
      "set AWS_REGION to its region and add --create: it makes the bucket private and versioned. Nothing was " +
      "copied",
  });
}

/**
 * Brings objects of a state store back: from earlier versions of its own, or from another bucket, such as its replica.
 * Without `--apply` it shows what it would copy. It works under the locks of the clusters.
 */
export async function restoreStore(
  typed: StoreTyped<"from" | "at" | "key", "overwrite" | "apply" | "create">,
  surroundings: Partial<Shell>,
): Promise<string> {
  const shell = shellOf(typed, { progress: progressHere("restore"), ...surroundings });
  const { as, given: typedIdentity, repeated, words: more, ...found } = await findStore(typed, shell);
  const url = found.url.replace(/\/+$/, "");
  const { apply, create, key, overwrite, from: source = url } = typed.options;
  const at = readTime(typed.options.at, typed.refusal);
  if (!source.startsWith("s3://") || more.length > 0)
    throw typed.refusal("it needs the state store, and --from another one, each as s3://bucket or s3://bucket/prefix");
  if (source === url && at === undefined)
    throw typed.refusal("it needs --at TIME (earlier versions of the same store), or --from s3://REPLICA");
  if ((create && !apply) || (key !== undefined && !create))
    throw typed.refusal("--create goes with --apply, --key with --create");
  const openStore = surroundings.openMovable ?? (async (one, who) => openMovable(one, await identityHere(who)));
  const openSource = surroundings.openVersions ?? (async (one, who) => openVersions(one, await identityHere(who)));
  const given: Given = {
    store: await openStore(url, as),
    from: await openSource(source.replace(/\/+$/, ""), as),
    at,
    overwrite: overwrite ?? false,
  };
  const first = await firstLook(typedIdentity, () => look(given));
  const plan = planRestore({ ...given, ...first });
  if (!apply) {
    const words = [
      ...(source === url ? [] : [`--from ${source}`]),
      ...(at === undefined ? [] : [`--at ${at.toISOString()}`]),
      ...(given.overwrite ? ["--overwrite"] : []),
      "--apply",
      ...(first.isMade ? [] : ["--create"]),
    ];
    const next = `npx pilot restore-store ${url} ${words.join(" ")}${repeated}`;
    return [...planText(given, plan), plan.copy.length > 0 ? `Next: ${next}` : "Nothing is to be restored."].join("\n");
  }
  if (!first.isMade) {
    if (!create) throw notMade(given);
    shell.progress.say(`making the bucket ${parseStoreUrl(url).bucket}`);
    const make =
      surroundings.makeBucketBack ??
      (async (old, fresh, who) => makeBucketBack(old, fresh, await identityHere(who), key));
    await make(source, url, as);
  }
  return await restoreUnderLocks(given, plan, shell);
}

async function restoreUnderLocks(given: Given, plan: RestorePlan, shell: Shell): Promise<string> {
  const locks: Lock[] = [];
  try {
    for (const name of plan.clusters) locks.push(await takeLock(given.store, name, "restore-store", shell));
    const { versions, there } = await look(given);
    const now = planRestore({ ...given, versions, there });
    await restore({
      ...given,
      plan: now,
      progress: shell.progress,
      assertLocks: () => {
        for (const lock of locks) lock.assertHeld();
      },
    });
    return [
      ...planText(given, now),
      "Restored. Next: `pulumi preview --refresh`, then `pulumi up --refresh`: it also sets what the bucket lost.",
    ].join("\n");
  } finally {
    for (const lock of locks) await lock.release();
  }
}
