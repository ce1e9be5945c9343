import { expect } from "chai";
import { ConfigError, LockedError } from "../../providers/kops/model/errors.ts";
import { moveProblem } from "../../providers/kops/move/guard.ts";
import { journalText, readJournal } from "../../providers/kops/store/journal.ts";
import type { Journal } from "../../providers/kops/store/journal.ts";
import { acquireLock } from "../../providers/kops/store/lock.ts";
import { manifestEtags } from "../../providers/kops/store/manifests.ts";
import { readMoved } from "../../providers/kops/store/moved.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { rejection } from "../local/rejection.ts";
import { textOf } from "./text-of.ts";
import { good, memoryBucket } from "../providers/kops/move/two-stores.ts";
import type { MemoryBucket } from "../providers/kops/move/two-stores.ts";

const [k1, k2] = ["k1.sbx.example.com", "k2.sbx.example.com"];
const progress = { say: () => undefined };
const { signal } = new AbortController();
const now = new Date("2026-11-21T09:00:00Z");
const lockLifetime = 200;

const config = (name: string, store: string, more = ""): string =>
  `apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nmetadata:\n  name: ${name}\nspec:\n  configBase: ` +
  `${store}/${name}\n  kubernetesVersion: 1.34.3\n${more}`;

interface Bed {
  old: MemoryBucket;
  fresh: MemoryBucket;
  move: (...words: string[]) => Promise<string>;
  made: string[];
}

/** An old store with two clusters and the archive of a deleted one; an empty new store. */
async function stage(): Promise<Bed> {
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

describe("a store move", () => {
  it("without --apply only shows clusters, objects, sizes and what stays", async () => {
    const { old, fresh, move } = await stage();
    const before = new Map(old.objects);
    const said = await move();
    expect(said)
      .to.contain(`  ${k1}: 6 objects, `)
      .and.to.contain("gone.sbx.example.com: archive of a deleted cluster")
      .and.to.contain("stay, of no cluster: notes.txt");
    expect(said).to.contain("Next: npx pilot move-store s3://old s3://fresh --apply");
    expect(old.objects).to.deep.equal(before);
    expect(fresh.objects.size).to.equal(0);
  });

  it("copies and verifies everything, rewrites locations in the copy, and marks clusters as moved last", async () => {
    const { old, fresh, move } = await stage();
    const before = new Map(old.objects);
    const said = await move("--apply");
    expect(said)
      .to.contain(`The clusters of s3://old moved to s3://fresh at ${now.toISOString()}: ${k1}, ${k2}.`)
      .and.to.contain("pilot:stateStore.stateBucket: fresh");
    for (const [key, body] of before) {
      expect(old.objects.get(key), key).to.equal(body);
      if (key === "notes.txt") expect(fresh.objects.has(key)).to.equal(false);
      else if (!/^[^/]+\/config$|journal/.test(key)) expect(fresh.objects.get(key), key).to.equal(body);
    }
    expect([...old.objects.keys()].filter((key) => !before.has(key))).to.deep.equal([
      pilotKeysOf(k1).moved,
      pilotKeysOf(k2).moved,
      "_pilot/moved.json",
    ]);
    expect(fresh.objects.get(`${k1}/config`)).to.equal(config(k1, "s3://fresh"));
    const journal = await readJournal(fresh, k1);
    expect(journal?.movedFrom).to.deep.include({ store: "s3://old", etags: await manifestEtags(old, k1) });
    expect(journal?.written?.etags).to.deep.equal(await manifestEtags(fresh, k1));
    expect(journal?.lastApplied?.cluster).to.deep.equal({ configBase: `s3://fresh/${k1}` });
    expect(await readMoved(old)).to.deep.equal({
      version: 1,
      to: "s3://fresh",
      clusters: [k1, k2],
      at: now.toISOString(),
    });
    expect([...old.objects.keys()].filter((key) => key.endsWith("lock.json"))).to.deep.equal([]);
  });

  it("reports when it is done, and a second --apply writes to neither store", async () => {
    const { old, fresh, move } = await stage();
    await move("--apply");
    const [first, second] = [new Map(old.objects), new Map(fresh.objects)];
    expect(await move()).to.contain("moved to s3://fresh at");
    expect(await move("--apply")).to.contain(`${k1}: moved already`);
    expect([old.objects, fresh.objects]).to.deep.equal([first, second]);
  });

  it("interrupted after any write has moved nothing or everything, and completes when run again", async () => {
    const whole = await stage();
    await whole.move("--apply");
    for (let killAt = 0; ; killAt += 1) {
      const { old, fresh, move } = await stage();
      let writes = 0;
      let [killed, over] = [false, false];
      for (const bucket of [old, fresh]) {
        const put = bucket.put.bind(bucket);
        bucket.put = (key, body, condition) => {
          if (over || key.endsWith("lock.json")) return put(key, body, condition);
          killed ||= writes === killAt;
          writes += 1;
          return killed ? Promise.reject(new Error("killed")) : put(key, body, condition);
        };
      }
      const failed = await move("--apply").then(
        () => false,
        () => true,
      );
      if (!failed) {
        expect(killAt).to.be.greaterThan(10);
        return;
      }
      // Every cluster that the old store has released is complete in the new one.
      for (const name of [k1, k2])
        if (old.objects.has(pilotKeysOf(name).moved))
          expect(await moveProblem(fresh, name, await readJournal(fresh, name), () => old)).to.equal(undefined);
      over = true;
      await move("--apply");
      expect([...fresh.objects.keys()].sort(), `after ${killAt} writes`).to.deep.equal(
        [...whole.fresh.objects.keys()].sort(),
      );
      expect(await readMoved(old)).to.deep.equal(await readMoved(whole.old));
    }
  });

  it("resumed after the old store changed copies the changes, and removes what was deleted", async () => {
    const { old, fresh, move } = await stage();
    await move("--apply");
    await move("--undo");
    await old.put(`${k1}/instancegroup/nodes`, "kind: InstanceGroup, larger");
    await old.delete(`${k1}/pki/private/kubernetes-ca/keyset.yaml`);
    for (const key of [...old.objects.keys()].filter((one) => one.includes(k2))) await old.delete(key);
    await move("--apply");
    expect(fresh.objects.get(`${k1}/instancegroup/nodes`)).to.equal("kind: InstanceGroup, larger");
    expect(fresh.objects.has(`${k1}/pki/private/kubernetes-ca/keyset.yaml`)).to.equal(false);
    expect([...fresh.objects.keys()].filter((one) => one.includes(k2))).to.deep.equal([]);
    expect((await readMoved(old))?.clusters).to.deep.equal([k1]);
  });

  const open = {
    id: "1",
    verb: "update" as const,
    digest: "d",
    begun: "2026-11-20T08:00:00Z",
    steps: [{ name: "CloudApplied", begun: "2026-11-20T08:00:00Z" }],
  };
  const withJournal = async (bucket: MemoryBucket, name: string, change: Partial<Journal>): Promise<void> => {
    const journal = (await readJournal(bucket, name)) as Journal;
    await bucket.put(pilotKeysOf(name).journal, JSON.stringify({ ...journal, ...change }));
  };
  const stops: [string, (bed: Bed) => Promise<unknown> | undefined, string][] = [
    [
      "the new bucket is missing",
      ({ fresh }) => {
        fresh.bucket = undefined;
        return undefined;
      },
      "the bucket fresh does not exist",
    ],
    [
      "the new bucket keeps no versions",
      ({ fresh }) => {
        fresh.bucket = { ...good, versioned: false };
        return undefined;
      },
      "the bucket fresh is not versioned",
    ],
    [
      "the new bucket may be public",
      ({ fresh }) => {
        fresh.bucket = { ...good, private: false };
        return undefined;
      },
      "the bucket fresh may be made public",
    ],
    [
      "the stack would not adopt the new bucket",
      ({ fresh }) => {
        fresh.bucket = { ...good, policyId: undefined };
        return undefined;
      },
      'has not the Id "pilot pilot/sbx"',
    ],
    [
      "an operation is unfinished",
      ({ old }) => withJournal(old, k1, { operation: open }),
      `${k1}: the update begun 2026-11-20T08:00:00Z stopped at CloudApplied`,
    ],
    ["plain kOps created a cluster", ({ old }) => old.delete(pilotKeysOf(k2).journal), `${k2} has no journal`],
    [
      "the new store has another cluster of that name",
      ({ fresh }) => fresh.put(`${k1}/config`, "another"),
      `s3://fresh has 1 objects of ${k1} that are not copies`,
    ],
    [
      "the new store received clusters of another store",
      ({ fresh }) =>
        fresh.put("_pilot/moved-from.json", JSON.stringify({ version: 1, from: "s3://third", clusters: [], at: "x" })),
      "has taken in the clusters of s3://third",
    ],
    [
      "clusters moved out of the new store",
      ({ fresh }) =>
        fresh.put("_pilot/moved.json", JSON.stringify({ version: 1, to: "s3://old", clusters: [], at: "x" })),
      "is a store that clusters moved out of",
    ],
    [
      "a location of a cluster is in the bucket but outside the store",
      ({ old }) =>
        old
          .put(`${k1}/config`, config(k1, "s3://old", "  keyStore: s3://old\n"))
          .then(() => old.put(`deep/_pilot/k3.sbx.example.com/journal.json`, "{}")),
      "there is a store of its own in s3://old/deep",
    ],
  ];
  for (const [what, arrange, says] of stops) {
    it(`stops before it writes anything if ${what}`, async () => {
      const bed = await stage();
      await arrange(bed);
      const { old, fresh, move } = bed;
      const [first, second] = [new Map(old.objects), new Map(fresh.objects)];
      expect(await move())
        .to.contain("What stops it:")
        .and.to.contain(says);
      const error = await rejection(move("--apply"));
      expect(error).to.be.instanceOf(ConfigError);
      expect(error.message).to.contain(says).and.to.contain("nothing was copied");
      expect([old.objects, fresh.objects]).to.deep.equal([first, second]);
    });
  }

  it("does not wait for a running operation: it names the run, and copies nothing", async () => {
    const { old, fresh, move } = await stage();
    const lock = await acquireLock({
      store: old,
      cluster: k2,
      owner: "o/p/s",
      operation: "update",
      timeout: 0,
      signal,
      progress,
      lifetime: lockLifetime,
      host: "elsewhere",
    });
    expect(await move()).to.contain(`${k2} is locked`);
    expect(await rejection(move("--apply"))).to.be.instanceOf(LockedError);
    expect(fresh.objects.size).to.equal(0);
    await lock.release();
    expect(await move("--apply")).to.contain("moved to s3://fresh");
  });

  it("moves nothing if plain kOps writes to the old store during the copy, and names what it wrote", async () => {
    const { old, move } = await stage();
    const copy = old.copyTo.bind(old);
    let killed = false;
    old.copyTo = async (target, key) => {
      const copied = await copy(target, key);
      if (!killed) await old.put(`${k2}/instancegroup/nodes`, "edited");
      killed = true;
      return copied;
    };
    const error = await rejection(move("--apply"));
    expect(error).to.be.instanceOf(LockedError);
    expect(error.message).to.contain(`${k2}/instancegroup/nodes`);
    expect(await readMoved(old)).to.equal(undefined);
    await move("--apply");
  });

  it("copies an etcd backup written meanwhile, and tolerates one that was cleaned up", async () => {
    const { old, fresh, move } = await stage();
    await old.put(`${k1}/backups/etcd/main/2026-01-01/_etcd_backup.meta`, "old");
    await old.put(
      `${k2}/config`,
      config(k2, "s3://old", `  etcdClusters:\n  - backups:\n      backupStore: s3://old/etcd/${k2}\n    name: main\n`),
    );
    await old.put(`etcd/${k2}/2026-01-01/_etcd_backup.meta`, "old");
    const copy = old.copyTo.bind(old);
    let killed = false;
    old.copyTo = async (target, key) => {
      if (!killed) {
        killed = true;
        await old.delete(`${k1}/backups/etcd/main/2026-01-01/_etcd_backup.meta`);
        await old.put(`${k1}/backups/etcd/main/2026-11-21/_etcd_backup.meta`, "new");
        await old.put(`etcd/${k2}/2026-01-01/_etcd_backup.meta`, "written on");
      }
      return await copy(target, key);
    };
    await move("--apply");
    expect(fresh.objects.get(`${k1}/backups/etcd/main/2026-11-21/_etcd_backup.meta`)).to.equal("new");
    expect(fresh.objects.get(`etcd/${k2}/2026-01-01/_etcd_backup.meta`)).to.equal("written on");
    expect(fresh.objects.get(`${k2}/config`)).to.contain(`backupStore: s3://fresh/etcd/${k2}`);
  });

  it("moves nothing if a copy differs from its source", async () => {
    const { old, fresh, move } = await stage();
    const copy = old.copyTo.bind(old);
    old.copyTo = async (target, key) => {
      const copied = await copy(target, key);
      if (key.endsWith("keyset.yaml") && key.startsWith(k1)) await fresh.put(key, `CA OF ${k1}`);
      return copied;
    };
    const error = await rejection(move("--apply"));
    expect(error.message)
      .to.contain("1 objects are not in s3://fresh as they are in s3://old")
      .and.to.contain(`${k1}/pki`);
    expect(await readMoved(old)).to.equal(undefined);
  });

  it("is withdrawn by --undo, until a run has worked on a cluster in the new store", async () => {
    const { old, fresh, move } = await stage();
    const before = new Map(old.objects);
    await move("--apply");
    expect(await move("--undo")).to.contain("The move is withdrawn");
    expect(old.objects).to.deep.equal(before);
    expect(await moveProblem(fresh, k1, await readJournal(fresh, k1), () => old)).to.contain(
      "did not end or was withdrawn",
    );
    expect(await move("--undo")).to.equal("No cluster moved out of s3://old.");
    await move("--apply");
    await withJournal(fresh, k2, { operation: open });
    const error = await rejection(move("--undo"));
    expect(error.message).to.contain(`${k2}: a run has worked on it in s3://fresh`);
    expect((await readMoved(old))?.clusters).to.deep.equal([k1, k2]);
  });

  it("closes the old location to commands, and the new one if plain kOps later writes to the old one", async () => {
    const { old, fresh, move } = await stage();
    await move("--apply");
    const error = await rejection(textOf(["pause", "s3://old", k1], { by: "kim@desk", now, open: () => old }));
    expect(error.message).to.contain(
      `${k1} moved from s3://old to s3://fresh: set pilot:stateStore.stateBucket: fresh`,
    );
    expect(await moveProblem(fresh, k1, await readJournal(fresh, k1), () => old)).to.equal(undefined);
    await old.put(`${k1}/config`, config(k1, "s3://old", "  edited: true\n"));
    expect(await moveProblem(fresh, k1, await readJournal(fresh, k1), () => old))
      .to.contain(`manifests of ${k1} in s3://old were changed`)
      .and.to.contain(`${k1}/config`);
  });

  it("also moves a cluster created later in the old store, and skips clusters that have switched", async () => {
    const { old, fresh, move } = await stage();
    await move("--apply");
    await withJournal(fresh, k1, { movedFrom: { store: "s3://old", at: "x", etags: {}, copied: {}, switched: "y" } });
    await fresh.put(`${k1}/config`, "changed since");
    const k3 = "k3.sbx.example.com";
    await old.put(`${k3}/config`, config(k3, "s3://old"));
    await old.put(
      pilotKeysOf(k3).journal,
      JSON.stringify({ version: 1, cluster: k3, owner: "o/p/s", conditions: [], instanceGroups: [] }),
    );
    await move("--apply");
    expect((await readMoved(old))?.clusters).to.deep.equal([k1, k2, k3]);
    expect(fresh.objects.get(`${k3}/config`)).to.equal(config(k3, "s3://fresh"));
    expect(fresh.objects.get(`${k1}/config`)).to.equal("changed since");
  });

  it("creates the new bucket like the old one with --create, unless the bucket has contents", async () => {
    const { fresh, move, made } = await stage();
    fresh.bucket = undefined;
    await move("--apply", "--create");
    expect(made).to.deep.equal(["s3://fresh as s3://old"]);
    await move("--apply", "--create");
    expect(made).to.have.length(1);
  });

  for (const [what, words, says] of [
    ["one store", ["s3://old"], "it needs the old and the new store"],
    ["an unknown word", ["s3://old", "s3://fresh", "--yes"], "unknown option '--yes'"],
    ["--create alone", ["s3://old", "s3://fresh", "--create"], "--create goes with --apply"],
    ["--undo and --apply", ["s3://old", "s3://fresh", "--undo", "--apply"], "--undo goes with nothing else"],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      const error = await rejection(
        textOf(["move-store", ...words], {
          by: "kim",
          now,
          progress,
          signal,
          openMovable: (url) => memoryBucket(url),
          makeBucket: () => Promise.resolve(),
        }),
      );
      expect(error.message).to.contain(says).and.to.contain("npx pilot move-store");
    });
  }
});
