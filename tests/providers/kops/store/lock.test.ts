import { hostname } from "node:os";
import { expect } from "chai";
import { acquireLock } from "../../../../providers/kops/store/lock.ts";
import type { LockOptions } from "../../../../providers/kops/store/lock.ts";
import { placesOf } from "../../../../providers/kops/store/places.ts";
import { ConflictError } from "../../../../providers/kops/store/store.ts";
import { memoryStore } from "../memory-store.ts";

const cluster = "k1.sbx.example.com";
const key = placesOf(cluster).lock;

function options(store: LockOptions["store"], changes: Partial<LockOptions> = {}): LockOptions {
  return { store, cluster, owner: "a/b/c", operation: "update", timeout: 0, signal: new AbortController().signal, progress: { say: () => undefined }, ...changes };
}

function written(changes: object): string {
  const now = new Date().toISOString();
  return JSON.stringify({ id: "x", owner: "d/e/f", operation: "update", host: "elsewhere", pid: 1, since: now, renewed: now, ...changes });
}

async function error(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof Error) return thrown;
  }
  throw new Error("no error was thrown");
}

describe("the lock of a cluster", () => {
  it("is taken, kept and given back", async () => {
    const store = memoryStore();
    const lock = await acquireLock(options(store));
    lock.assertHeld();
    expect(JSON.parse(store.objects.get(key) ?? "{}")).to.deep.include({ owner: "a/b/c", operation: "update", host: hostname(), pid: process.pid });
    await lock.release();
    expect(store.objects.has(key)).to.equal(false);
  });

  it("is refused while another run holds it, naming the holder and how to break it", async () => {
    const store = memoryStore();
    await store.put(key, written({}));
    const thrown = await error(acquireLock(options(store)));
    expect(thrown.name).to.equal("LockedError");
    expect(thrown.message).to.contain("update by d/e/f on elsewhere (process 1)").and.to.contain(`delete s3://memory/${key}`);
  });

  it("of a dead process on this machine is taken over at once", async () => {
    const store = memoryStore();
    const said: string[] = [];
    // The largest process id Linux allows is 2^22.
    await store.put(key, written({ host: hostname(), pid: 2 ** 22 + 1 }));
    const lock = await acquireLock(options(store, { progress: { say: (text) => said.push(text) } }));
    lock.assertHeld();
    expect(said.join()).to.contain("taking over the lock of a run that died");
    await lock.release();
  });

  it("is not taken by the loser when two try at once", async () => {
    const store = memoryStore();
    const results = await Promise.allSettled([acquireLock(options(store)), acquireLock(options(store))]);
    const won = results.filter((result) => result.status === "fulfilled");
    expect(won).to.have.length(1);
    await won[0]?.value.release();
  });

  it("is left alone on release when somebody else took it meanwhile", async () => {
    const store = memoryStore();
    const lock = await acquireLock(options(store));
    await store.put(key, written({}));
    await lock.release();
    expect(store.objects.get(key)).to.contain("d/e/f");
  });

  it("knows its own writes again when their answers got lost and they were tried again", async () => {
    const store = memoryStore();
    let renewals = 0;
    const put: LockOptions["store"]["put"] = async (at, body, condition) => {
      await store.put(at, body, condition);
      renewals += 1;
      // The first write arrived; tried again by the SDK, it found an object that is there, and another ETag.
      throw new ConflictError("412");
    };
    const lock = await acquireLock(options({ ...store, put }, { lifetime: 200, timeout: 5000 }));
    await new Promise<void>((resolve) => {
      lock.lease.onRenewed(resolve);
    });
    expect(renewals).to.equal(2);
    lock.assertHeld();
    await lock.release();
    expect(store.objects.has(key)).to.equal(false);
  });
});
