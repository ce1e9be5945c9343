import { step } from "../runtime/long-work.ts";
import { forEachParallel } from "../runtime/wait.ts";
import type { Progress } from "../runtime/progress.ts";
import { findJournal, journalText } from "../store/journal.ts";
import { pilotKeysOf } from "../store/keys.ts";
import { manifestEtags } from "../store/manifests.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { RestorePlan } from "./plan-restore.ts";
import type { Version, VersionedStore } from "./versions.ts";

/** Number of objects to copy at the same time. */
const parallel = 16;

export interface Restore {
  store: ObjectStore;
  from: VersionedStore;
  plan: RestorePlan;
  progress: Progress;
  /** Throws when the lock of one of the clusters is lost. */
  assertLocks: () => void;
}

/** Copies what the plan says, journals last. An interrupted restore continues when it is planned again. */
export async function restore(work: Restore): Promise<void> {
  const { length } = work.plan.copy;
  await step(work.progress, `copying ${length} objects`, async (detail) => {
    let done = 0;
    await copyInOrder(work, () => {
      detail(`${(done += 1)} of ${length}`);
    });
  });
}

async function copyInOrder({ store, from, plan, assertLocks }: Restore, copied: () => void): Promise<void> {
  const journals = new Map(plan.clusters.map((name) => [pilotKeysOf(name).journal, name]));
  const isLate = ({ key }: Version): boolean => /^[^/]+\/(config$|instancegroup\/)/.test(key);
  const early = plan.copy.filter((version) => !isLate(version) && !journals.has(version.key));
  await forEachParallel(early, parallel, async (version) => {
    assertLocks();
    await from.copyTo(store, version);
    copied();
  });
  for (const version of plan.copy.filter(isLate)) {
    assertLocks();
    await from.copyTo(store, version);
    copied();
  }
  for (const version of plan.copy) {
    const cluster = journals.get(version.key);
    if (cluster === undefined) continue;
    assertLocks();
    await restoreJournal({ store, from, plan }, cluster, version);
    copied();
  }
}

/**
 * The journal has the ETags of the manifests that the provider wrote, and a copy under a KMS key has other ETags. A
 * manifest that somebody had edited stays an edited one.
 */
async function restoreJournal(
  { store, from, plan }: Pick<Restore, "store" | "from" | "plan">,
  cluster: string,
  version: Version,
): Promise<void> {
  const stored = { body: await from.read(version), etag: version.object?.etag ?? "" };
  const found = await findJournal({ url: from.url, get: () => Promise.resolve(stored) }, cluster);
  const { written } = found?.journal ?? {};
  const now = await manifestEtags(store, cluster);
  const copied = new Map(plan.copy.map(({ key, object }) => [key, object?.etag]));
  const etags = Object.fromEntries(
    Object.entries(written?.etags ?? {}).map(([key, etag]) => [
      key,
      (copied.get(key) === etag ? now[key] : undefined) ?? etag,
    ]),
  );
  if (!found || !written || Object.entries(written.etags).every(([key, etag]) => etags[key] === etag))
    await from.copyTo(store, version);
  else await store.put(version.key, journalText({ ...found.journal, written: { ...written, etags } }));
}
