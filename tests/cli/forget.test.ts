import { expect } from "chai";
import { archiveForDeletion } from "../../providers/kops/delete/deletion-archive.ts";
import { ConfigError, KopsError, LockedError } from "../../providers/kops/model/errors.ts";
import { JournalWriter } from "../../providers/kops/store/journal.ts";
import type { Journal, RecordedOperation } from "../../providers/kops/store/journal.ts";
import { acquireLock } from "../../providers/kops/store/lock.ts";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import { operationOf } from "../providers/kops/journals.ts";
import { memoryStore } from "../providers/kops/memory-store.ts";
import { rejection } from "../local/rejection.ts";
import { textOf } from "./text-of.ts";

const cluster = "k1.sbx.example.com";
const places = pilotKeysOf(cluster);
const quiet = { say: () => undefined };
/** For every lock here. */
const lockLifetime = 200;
const signal = new AbortController().signal;

async function stage(
  operation?: RecordedOperation,
  changes: Partial<Journal> = {},
): Promise<{ store: ReturnType<typeof memoryStore>; forget: (...words: string[]) => Promise<string> }> {
  const store = memoryStore();
  store.objects.set(`${cluster}/config`, "kind: Cluster");
  store.objects.set(`${places.archive}/2026-10-01T00-00-00-000Z.yaml`, "kind: Cluster");
  store.objects.set(places.pause, "{}");
  await new JournalWriter(store, cluster, undefined).write({
    version: 1,
    cluster,
    owner: "o/p/s",
    conditions: [],
    instanceGroups: [],
    ...(operation ? { operation } : {}),
    ...changes,
  });
  return {
    store,
    forget: (...words) =>
      textOf(["forget", "s3://memory", cluster, ...words], {
        by: "kim@desk",
        progress: quiet,
        signal,
        lockLifetime,
        open: () => store,
      }),
  };
}

describe("the forget command", () => {
  it("keeps the cluster's kOps folder and the archive, and deletes the rest", async () => {
    const { store, forget } = await stage();
    await forget();
    expect([...store.objects.keys()]).to.have.members([
      `${cluster}/config`,
      `${places.archive}/2026-10-01T00-00-00-000Z.yaml`,
    ]);
    expect(await forget("--purge")).to.contain("Its history is removed, and its archive: 1 objects");
    expect([...store.objects.keys()]).to.deep.equal([`${cluster}/config`]);
    expect(await forget()).to.contain("Nothing of k1.sbx.example.com is kept");
  });

  it("is refused while another run holds the lock, and names it", async () => {
    const { store, forget } = await stage();
    const lock = await acquireLock({
      store,
      cluster,
      owner: "o/p/s",
      operation: "update",
      timeout: 0,
      signal,
      progress: quiet,
      lifetime: lockLifetime,
    });
    const error = await rejection(forget());
    expect(error).to.be.instanceOf(LockedError);
    expect(error.message).to.contain("update by o/p/s");
    await lock.release();
    expect(store.objects.has(places.journal)).to.equal(true);
  });

  it("takes over a dead run's lock from another machine, and says that it waits for it", async () => {
    const { store } = await stage();
    await store.put(
      places.lock,
      JSON.stringify({
        id: "1",
        owner: "o/p/s",
        operation: "update",
        host: "elsewhere",
        pid: 1,
        since: "2026-11-23T09:00:00Z",
        renewed: "2026-11-23T09:00:00Z",
      }),
    );
    const said: string[] = [];
    await textOf(["forget", "s3://memory", cluster], {
      by: "kim@desk",
      progress: { say: (text) => said.push(text) },
      signal,
      lockLifetime,
      open: () => store,
    });
    expect(said[0]).to.contain("the cluster is locked: waiting").and.to.contain("a run that died is taken over");
    expect(said.at(-1)).to.contain("taking over the lock of a run that died: update by o/p/s on elsewhere");
    expect(
      [...store.objects.keys()].filter((key) => key.startsWith("_pilot/") && !key.includes("/archive/")),
    ).to.deep.equal([]);
  });

  it("is refused while an operation is unfinished", async () => {
    const { store, forget } = await stage({
      id: "1",
      verb: "update",
      digest: "d",
      begun: "2026-11-23T09:00:00Z",
      steps: [],
    });
    expect(await rejection(forget()))
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.contains("update begun 2026-11-23T09:00:00Z");
    expect(store.objects.has(places.lock)).to.equal(false);
  });

  it("refers an unfinished create to withdraw, and releases an adoption that wrote nothing", async () => {
    const { store, forget } = await stage(operationOf("create", "SpecWritten", "CloudApplied"), { origin: "made" });
    expect(await rejection(forget()))
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.contains(`npx pilot withdraw s3://memory ${cluster}`);
    expect(store.objects.has(places.journal)).to.equal(true);
    const adopted = await stage(operationOf("create", "Adopted", "Validated"), { origin: "adopted" });
    await adopted.forget();
    expect([...adopted.store.objects.keys()]).to.have.members([
      `${cluster}/config`,
      `${places.archive}/2026-10-01T00-00-00-000Z.yaml`,
    ]);
  });

  it("prints its usage if it cannot parse its arguments", async () => {
    expect(await rejection(textOf(["forget", "k1"], { by: "", progress: quiet, signal, open: memoryStore })))
      .to.be.instanceOf(ConfigError)
      .with.property("message")
      .that.contains("npx pilot forget");
  });
});

describe("the archive command", () => {
  it("lists archives with their time, and removes the expired ones", async () => {
    const store = memoryStore();
    const list = (now: string, ...words: string[]): Promise<string> =>
      textOf(["archive", "s3://memory", ...words], { now: new Date(now), open: () => store });
    expect(await list("2026-11-23T09:00:00Z")).to.contain("no archive");
    store.objects.set(`${cluster}/config`, "kind: Cluster");
    await archiveForDeletion(store, {
      cluster,
      owner: "o",
      kopsVersion: "1.35.0",
      spec: {},
      retain: "1h",
      name: "a",
      now: new Date("2026-11-23T09:00:00Z"),
    });
    expect(await list("2026-11-23T09:30:00Z")).to.contain("kept until 2026-11-23T10:00:00.000Z, 1 objects");
    expect(JSON.parse(await list("2026-11-23T09:30:00Z", "--json"))).to.deep.equal({
      archives: [
        {
          ...{ cluster, made: "2026-11-23T09:00:00.000Z", until: "2026-11-23T10:00:00.000Z", expired: false },
          ...{ objects: 1, etcdBackups: {}, url: `s3://memory/_pilot/${cluster}/archive/a/` },
        },
      ],
      unreadable: [],
    });
    expect(await list("2026-11-23T09:30:00Z", "--purge-expired")).to.equal("No archive has expired.");
    expect(await list("2026-11-23T10:30:00Z")).to.contain("(expired)");
    expect(await list("2026-11-23T10:30:00Z", "--purge-expired")).to.contain("Removed:");
    expect(await list("2026-11-23T10:30:00Z")).to.contain("no archive");
  });

  it("names unreadable archives, and fails if it cannot remove an expired one", async () => {
    const store = memoryStore();
    const list = (...words: string[]): Promise<string> =>
      textOf(["archive", "s3://memory", ...words], { now: new Date("2026-11-23T10:30:00Z"), open: () => store });
    await archiveForDeletion(store, {
      cluster,
      owner: "o",
      kopsVersion: "1.35.0",
      spec: {},
      retain: "1h",
      name: "a",
      now: new Date("2026-11-23T09:00:00Z"),
    });
    store.objects.set(`${pilotKeysOf("k2.sbx.example.com").archive}/b/archive.json`, "{");
    expect(await list()).to.match(
      /^k1\.sbx\.example\.com: deleted .*\ncannot be read: s3:\/\/memory\/_pilot\/k2\.sbx\.example\.com\/archive\/b\/ \(/,
    );
    const remove = store.delete.bind(store);
    store.delete = () => Promise.reject(new KopsError({ what: "Could not delete it", why: "Access Denied", next: "" }));
    expect(await rejection(list("--purge-expired")))
      .to.be.instanceOf(KopsError)
      .with.property("message")
      .that.contains("archive/a/: Access Denied");
    store.delete = remove;
    expect(await list("--purge-expired")).to.match(/^Removed:\nk1\..*\ncannot be read: /);
  });
});
