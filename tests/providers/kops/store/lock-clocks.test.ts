import { expect } from "chai";
import type { Clocks } from "../../../../providers/kops/runtime/clocks.mjs";
import { waitFor } from "../../../../providers/kops/runtime/wait.ts";
import { pilotKeysOf } from "../../../../providers/kops/store/keys.ts";
import { isAbandoned } from "../../../../providers/kops/store/lock-claim.ts";
import { acquireLock } from "../../../../providers/kops/store/lock.ts";
import type { Lock, LockOptions } from "../../../../providers/kops/store/lock.ts";
import { ConflictError } from "../../../../providers/kops/store/object-store.ts";
import { rejection } from "../../../local/rejection.ts";
import { memoryStore } from "../memory-store.ts";

const cluster = "k1.sbx.example.com";
const key = pilotKeysOf(cluster).lock;
const lifetime = 60_000;

/** Clocks that stand still until a test moves them. */
function stoppedClocks(): { read: () => Clocks; move: (by: Partial<Clocks>) => void } {
  let now = { wall: 1_800_000_000_000, steady: 1000, boot: 2000 };
  return {
    read: () => now,
    move({ wall = 0, steady = 0, boot = 0 }) {
      now = { wall: now.wall + wall, steady: now.steady + steady, boot: now.boot + boot };
    },
  };
}

function options(store: LockOptions["store"], changes: Partial<LockOptions>): LockOptions {
  return {
    store,
    cluster,
    owner: "a/b/c",
    operation: "update",
    timeout: 5000,
    lifetime,
    signal: new AbortController().signal,
    progress: { say: () => undefined },
    ...changes,
  };
}

const minute = 60_000;
const hour = 60 * minute;

describe("a lock that is waited for", () => {
  for (const { what, gone = false, unchangedFor, age, taken } of [
    { what: "a holder that is provably gone", gone: true, unchangedFor: 0, age: 0, taken: true },
    { what: "unchanged for a lifetime, here and in the store", unchangedFor: minute, age: 61_000, taken: true },
    { what: "unchanged for a lifetime, in a store without a clock", unchangedFor: minute, age: undefined, taken: true },
    { what: "unchanged here, but the store saw a write since", unchangedFor: hour, age: 5000, taken: false },
    { what: "old in the store, but this run has just begun to watch", unchangedFor: 0, age: hour, taken: false },
    { what: "a moment before a lifetime", unchangedFor: minute - 1, age: hour, taken: false },
  ])
    it(`is ${taken ? "taken over" : "left alone"}: ${what}`, () => {
      expect(isAbandoned({ gone, unchangedFor, age, lifetime })).to.equal(taken);
    });

  for (const [how, by, name] of [
    ["the wall clock of the waiting run steps forward by a day", { wall: 24 * hour }, "TimeoutError|LockedError"],
    ["the waiting machine slept for a day", { wall: 24 * hour, boot: 24 * hour }, "TimeoutError|LockedError"],
  ] as const)
    it(`is not taken over because ${how}`, async () => {
      const store = memoryStore();
      const said: string[] = [];
      const clocks = stoppedClocks();
      const since = new Date().toISOString();
      await store.put(
        key,
        JSON.stringify({ id: "x", owner: "d", operation: "update", host: "h", pid: 1, since, renewed: since }),
      );
      let looks = 0;
      const get: LockOptions["store"]["get"] = (at) => {
        looks += 1;
        if (looks === 2) clocks.move(by);
        return store.get(at);
      };
      const { now } = Date;
      // Also for a program that reads no other clock.
      Date.now = () => clocks.read().wall;
      try {
        const waiting = acquireLock(
          options(
            { ...store, get },
            { clocks: clocks.read, timeout: 1200, lifetime: minute * 60, progress: { say: (text) => said.push(text) } },
          ),
        );
        const stop = setInterval(() => {
          clocks.move({ steady: 100, boot: 100, wall: 100 });
        }, 100);
        const error = await rejection(
          waiting.finally(() => {
            clearInterval(stop);
          }),
        );
        expect(error.name).to.match(new RegExp(`^(${name})$`));
        expect(store.objects.get(key)).to.contain('"id":"x"');
        expect(said.join()).not.to.contain("taking over");
      } finally {
        Date.now = now;
      }
    });
});

describe("a lock that is held", () => {
  const held: Lock[] = [];
  afterEach(async () => {
    for (const lock of held.splice(0)) await lock.release();
  });
  const take = async (changes: Partial<LockOptions>, store = memoryStore()): Promise<Lock> => {
    const lock = await acquireLock(options(store, changes));
    held.push(lock);
    return lock;
  };

  for (const [how, by, isLost] of [
    ["a suspend longer than the lease", { wall: hour, boot: hour }, true],
    ["a suspend that the wall clock does not show", { boot: hour }, true],
    ["a pause of the virtual machine", { wall: hour }, true],
    ["a suspend shorter than the lease", { wall: 20_000, boot: 20_000 }, false],
    ["a wall clock that is set back by an hour", { wall: -hour }, false],
  ] as const)
    it(`is ${isLost ? "lost" : "kept"} after ${how}, at the next look and within a second of it`, async () => {
      const clocks = stoppedClocks();
      const lock = await take({ clocks: clocks.read });
      const lost = new Promise((resolve) => {
        lock.signal.addEventListener("abort", () => {
          resolve("lost");
        });
      });
      clocks.move(by);
      const after = await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, 1300, "kept"))]);
      expect(after).to.equal(isLost ? "lost" : "kept");
      expect(lock.lease.remaining()).to.be.at.most(isLost ? 0 : 45_000);
      if (isLost)
        expect(() => {
          lock.assertHeld();
        }).to.throw(/was lost[^]*asleep or its clock was set/);
      else lock.assertHeld();
    });

  it("has no longer lease when the wall clock is set back: a minute later it is lost all the same", async () => {
    const clocks = stoppedClocks();
    const store = memoryStore();
    const put: LockOptions["store"]["put"] = (at, body, condition) =>
      condition && "ifMatch" in condition ? Promise.reject(new Error("no answer")) : store.put(at, body, condition);
    const lock = await acquireLock(options({ ...store, put }, { clocks: clocks.read }));
    clocks.move({ wall: -hour });
    clocks.move({ wall: 50_000, steady: 50_000, boot: 50_000 });
    expect(lock.lease.remaining()).to.equal(0);
  });

  it("is renewed at once after a short suspend: node's timers did not count it", async () => {
    const clocks = stoppedClocks();
    const lock = await take({ clocks: clocks.read });
    const renewed = new Promise<void>((resolve) => {
      lock.lease.onRenewed(resolve);
    });
    clocks.move({ wall: 40_000, boot: 40_000 });
    expect(lock.lease.remaining()).to.equal(5000);
    await renewed;
    expect(lock.lease.remaining()).to.equal(45_000);
  });

  it("counts from the write that arrived, not from a later one that conflicted with it", async () => {
    const clocks = stoppedClocks();
    const store = memoryStore();
    let writes = 0;
    const remaining: number[] = [];
    const put: LockOptions["store"]["put"] = async (at, body, condition) => {
      writes += 1;
      // The first renewal arrives and its answer is lost; the second meets it.
      if (writes === 2) {
        await store.put(at, body, condition);
        throw new Error("socket hang up");
      }
      return await store.put(at, body, condition);
    };
    const lock = await take({ clocks: clocks.read }, { ...store, put });
    lock.lease.onRenewed(() => remaining.push(lock.lease.remaining()));
    const past = async (count: number): Promise<void> => {
      await waitFor(
        () =>
          Promise.resolve(
            writes >= count ? { done: true as const, value: undefined } : { done: false as const, reason: "-" },
          ),
        {
          what: "a write",
          interval: 10,
          timeout: 4000,
          next: "-",
          signal: new AbortController().signal,
          progress: { say: () => undefined },
        },
      );
    };
    clocks.move({ wall: 15_000, steady: 15_000, boot: 15_000 });
    await past(2);
    clocks.move({ wall: 15_000, steady: 15_000, boot: 15_000 });
    await past(4);
    // Waiting runs have seen the first renewal for 15 s; only the next one, made at once, is worth 45 s.
    expect(remaining.slice(0, 2)).to.deep.equal([30_000, 45_000]);
  });

  it("is lost, not prolonged, by a renewal that is answered after its end", async () => {
    const clocks = stoppedClocks();
    const store = memoryStore();
    let answer: (() => void) | undefined;
    const put: LockOptions["store"]["put"] = async (at, body, condition) => {
      const etag = await store.put(at, body, condition);
      if (condition && "ifMatch" in condition) await new Promise<void>((resolve) => (answer = resolve));
      return etag;
    };
    const lock = await take({ clocks: clocks.read }, { ...store, put });
    clocks.move({ wall: 15_000, steady: 15_000, boot: 15_000 });
    while (!answer) await new Promise((resolve) => setTimeout(resolve, 10));
    clocks.move({ wall: hour, boot: hour });
    answer();
    await new Promise(setImmediate);
    expect(lock.signal.aborted).to.equal(true);
  });

  it("is deleted on release only if nobody took it between the last look and the deletion", async () => {
    const store = memoryStore();
    let ending = false;
    const get: LockOptions["store"]["get"] = async (at) => {
      const there = await store.get(at);
      if (ending) await store.put(at, '{"theirs":true}');
      return there;
    };
    const lock = await acquireLock(options({ ...store, get }, {}));
    ending = true;
    await lock.release();
    expect(store.objects.get(key)).to.equal('{"theirs":true}');
  });

  it("is released although the answer of the last renewal was lost", async () => {
    const clocks = stoppedClocks();
    const store = memoryStore();
    let arrived: (() => void) | undefined;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const put: LockOptions["store"]["put"] = async (at, body, condition) => {
      const etag = await store.put(at, body, condition);
      if (!condition || "ifAbsent" in condition) return etag;
      arrived?.();
      throw new ConflictError("503, then 412");
    };
    const failing: LockOptions["store"] = { ...store, put };
    const lock = await acquireLock(options(failing, { clocks: clocks.read }));
    clocks.move({ wall: 15_000, steady: 15_000, boot: 15_000 });
    await arrival;
    await lock.release();
    expect(store.objects.has(key)).to.equal(false);
  });
});
