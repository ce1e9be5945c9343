import { journalText, readJournal } from "../../providers/kops/store/journal.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { manifestEtags } from "../../providers/kops/store/manifests.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { textOf } from "./text-of.ts";
import { good, memoryBucket } from "../providers/kops/move/two-stores.ts";
import type { MemoryBucket } from "../providers/kops/move/two-stores.ts";

export const [k1, k2] = ["k1.sbx.example.com", "k2.sbx.example.com"];
export const progress = { say: () => undefined };
export const { signal } = new AbortController();
export const now = new Date("2026-11-21T09:00:00Z");
export const lockLifetime = 200;

export const config = (name: string, store: string, more = ""): string =>
  `apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nmetadata:\n  name: ${name}\nspec:\n  configBase: ` +
  `${store}/${name}\n  kubernetesVersion: 1.34.3\n${more}`;

export interface Bed {
  old: MemoryBucket;
  fresh: MemoryBucket;
  move: (...words: string[]) => Promise<string>;
  made: string[];
}

/** An old store with two clusters and the archive of a deleted one; an empty new store. */
export async function stage(): Promise<Bed> {
  const [old, fresh] = [memoryBucket("s3://old"), memoryBucket("s3://fresh")];
  for (const name of [k1, k2]) {
    await old.put(`${name}/config`, config(name, "s3://old"));
    await old.put(`${name}/instancegroup/nodes`, "kind: InstanceGroup");
    await old.put(`${name}/pki/private/kubernetes-ca/keyset.yaml`, `ca of ${name}`);
    await old.put(`${name}/backups/etcd/main/control/etcd-cluster-created`, "{}");
    await old.put(pilotKeysOf(name).pause, "{}");
    const journal: Journal = {
      version: 1,
      cluster: name,
      owner: "o/p/s",
      conditions: [],
      instanceGroups: ["nodes"],
      written: { digest: "d", etags: await manifestEtags(old, name) },
      lastApplied: { kopsVersion: "1.35.0", cluster: { configBase: `s3://old/${name}` }, instanceGroups: {} },
    };
    await old.put(pilotKeysOf(name).journal, journalText(journal));
  }
  await old.put("_pilot/gone.sbx.example.com/archive/2026-10-01T00-00-00-000Z/archive.json", "{}");
  await old.put("notes.txt", "of nobody");
  const made: string[] = [];
  const move = (...words: string[]): Promise<string> =>
    textOf(["move-store", "s3://old", "s3://fresh", ...words], {
      by: "kim@desk",
      now,
      progress,
      signal,
      lockLifetime,
      openMovable: (url) => (url === "s3://old" ? old : fresh),
      makeBucket: (from, to) => {
        made.push(`${to} as ${from}`);
        fresh.bucket = good;
        return Promise.resolve();
      },
    });
  return { old, fresh, move, made };
}

export const open = {
  id: "1",
  verb: "update" as const,
  digest: "d",
  begun: "2026-11-20T08:00:00Z",
  steps: [{ name: "CloudApplied", begun: "2026-11-20T08:00:00Z" }],
};
export const withJournal = async (bucket: MemoryBucket, name: string, change: Partial<Journal>): Promise<void> => {
  const journal = (await readJournal(bucket, name)) as Journal;
  await bucket.put(pilotKeysOf(name).journal, JSON.stringify({ ...journal, ...change }));
};
