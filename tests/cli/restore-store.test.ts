import { expect } from "chai";
import { readJournal } from "../../providers/kops/store/journal.ts";
import { manifestEtags } from "../../providers/kops/store/manifests.ts";
import { acquireLock } from "../../providers/kops/store/lock.ts";
import type { Version } from "../../providers/kops/move/versions.ts";
import type { MemoryBucket } from "../providers/kops/move/two-stores.ts";
import { good, memoryBucket } from "../providers/kops/move/two-stores.ts";
import { rejection } from "../local/rejection.ts";
import { k1, k2, lockLifetime, now, progress, signal, stage } from "./move-stage.ts";
import { textOf } from "./text-of.ts";

const at = new Date("2026-11-30T13:00:00Z");

/** The replica of a store that is gone, and the command. */
async function lost(): Promise<{
  replica: MemoryBucket;
  store: MemoryBucket;
  /** Keys in the order of the copies. */
  copied: string[];
  restore: (...words: string[]) => Promise<string>;
}> {
  const { old: replica } = await stage();
  const store = memoryBucket("s3://lost");
  store.bucket = undefined;
  const copied: string[] = [];
  const restore = (...words: string[]): Promise<string> =>
    textOf(["restore-store", "s3://lost", ...words], {
      by: "kim@desk",
      now,
      progress,
      signal,
      lockLifetime,
      openMovable: () => store,
      openVersions: () => ({
        url: "s3://copy",
        versions: async () =>
          (await replica.entries()).map(({ key, size, etag }): Version => ({
            key,
            id: "1",
            at,
            object: { size, etag },
          })),
        read: ({ key }) => Promise.resolve(replica.objects.get(key) ?? ""),
        copyTo: async (_target, { key }) => {
          copied.push(key);
          await store.put(key, replica.objects.get(key) ?? "");
        },
      }),
      makeBucketBack: () => {
        store.bucket = good;
        return Promise.resolve();
      },
    });
  return { replica, store, copied, restore };
}

const from = ["--from", "s3://copy"];

describe("restore-store", () => {
  it("without --apply shows what it would copy, and the command that does", async () => {
    const { store, restore } = await lost();
    expect(await restore(...from))
      .to.contain(`to be restored: 14 objects, of ${k1}, ${k2}`)
      .and.to.contain("Next: npx pilot restore-store s3://lost --from s3://copy --apply --create");
    expect(store.objects.size).to.equal(0);
  });

  it("makes no bucket without --create", async () => {
    const { restore, store } = await lost();
    expect((await rejection(restore(...from, "--apply"))).message)
      .to.contain("the bucket lost does not exist")
      .and.to.contain("--create");
    expect(store.bucket).to.equal(undefined);
  });

  it("brings every object back, journals last with the ETags of the new manifests, and leaves no lock", async () => {
    const { replica, store, copied, restore } = await lost();
    expect(await restore(...from, "--apply", "--create")).to.contain("Restored.");
    for (const [key, body] of replica.objects)
      if (!key.endsWith("journal.json")) expect(store.objects.get(key), key).to.equal(body);
    for (const name of [k1, k2])
      expect((await readJournal(store, name))?.written?.etags).to.deep.equal(await manifestEtags(store, name));
    expect([...store.objects.keys()].filter((key) => key.endsWith("lock.json"))).to.deep.equal([]);
    const [keyset, config] = ["pki/private/kubernetes-ca/keyset.yaml", "config"].map((one) =>
      copied.indexOf(`${k1}/${one}`),
    );
    expect(keyset).to.be.lessThan(config ?? -1);
  });

  it("can be killed at any copy, and completes when it is run again", async () => {
    for (let killAt = 0; ; killAt += 1) {
      const { store, restore } = await lost();
      const put = store.put.bind(store);
      let writes = 0;
      let over = false;
      store.put = (key, body, condition) => {
        if (!over && !key.endsWith("lock.json") && writes++ >= killAt) return Promise.reject(new Error("killed"));
        return put(key, body, condition);
      };
      const failed = await restore(...from, "--apply", "--create").then(
        () => false,
        () => true,
      );
      if (!failed) {
        expect(killAt).to.be.greaterThan(10);
        return;
      }
      for (const name of [k1, k2])
        if (await readJournal(store, name))
          expect(store.objects.has(`${name}/pki/private/kubernetes-ca/keyset.yaml`), `after ${killAt}`).to.equal(true);
      over = true;
      await restore(...from, "--apply", "--create");
      expect(await restore(...from), `after ${killAt}`).to.contain("Nothing is to be restored");
    }
  });

  it("waits for no living run: it names who holds a cluster's lock, and copies nothing", async () => {
    const { store, copied, restore } = await lost();
    store.bucket = good;
    const lock = await acquireLock({
      store,
      cluster: k1,
      owner: "lee@desk",
      operation: "update",
      timeout: 0,
      signal,
      progress,
      lifetime: lockLifetime,
      host: "elsewhere",
    });
    expect((await rejection(restore(...from, "--apply"))).message).to.contain("lee@desk");
    await lock.release();
    expect(copied).to.deep.equal([]);
  });

  it("refuses words that it cannot take", async () => {
    const { restore } = await lost();
    for (const [words, why] of [
      [[], "it needs --at TIME"],
      [["--at", "13:00"], "a time with its zone"],
      [["--at", "2026-11-30T13:00:00"], "a time with its zone"],
      [[...from, "--create"], "--create goes with --apply"],
      [[...from, "--apply", "--key", "arn"], "--key with --create"],
      [["--from", "copy"], "as s3://bucket"],
    ] as const)
      expect((await rejection(restore(...words))).message, words.join(" ")).to.contain(why);
  });
});
