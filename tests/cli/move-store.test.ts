import { expect } from "chai";
import { LockedError } from "../../providers/kops/model/errors.ts";
import { moveProblem } from "../../providers/kops/move/guard.ts";
import { readJournal } from "../../providers/kops/store/journal.ts";
import { acquireLock } from "../../providers/kops/store/lock.ts";
import { manifestEtags } from "../../providers/kops/store/manifests.ts";
import { readMoved } from "../../providers/kops/store/moved.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { rejection } from "../local/rejection.ts";
import { textOf } from "./text-of.ts";
import { k1, k2, progress, signal, now, lockLifetime, config, stage, open, withJournal } from "./move-stage.ts";

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
});
