import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { currentStop, stoppedBy } from "../../../../providers/kops/http/stop.ts";
import { acquireLock } from "../../../../providers/kops/store/lock.ts";
import type { Lock, LockOptions } from "../../../../providers/kops/store/lock.ts";
import { machineOf } from "../../../../providers/kops/runtime/process-identity.mjs";
import { pilotKeysOf } from "../../../../providers/kops/store/keys.ts";
import { ConflictError } from "../../../../providers/kops/store/object-store.ts";
import { memoryStore } from "../memory-store.ts";

const cluster = "k1.sbx.example.com";
const key = pilotKeysOf(cluster).lock;

function options(store: LockOptions["store"], changes: Partial<LockOptions> = {}): LockOptions {
  return {
    store,
    cluster,
    owner: "a/b/c",
    operation: "update",
    timeout: 0,
    signal: new AbortController().signal,
    progress: { say: () => undefined },
    ...changes,
  };
}

function written(changes: object): string {
  const now = new Date().toISOString();
  return JSON.stringify({
    id: "x",
    owner: "d/e/f",
    operation: "update",
    host: "elsewhere",
    pid: 1,
    since: now,
    renewed: now,
    ...changes,
  });
}

/** What a kernel of its own would say of itself, of a machine with this host name. */
async function machineAt(folder: string, boot: string, pidNamespace: string): Promise<string> {
  await mkdir(join(folder, "sys/kernel/random"), { recursive: true });
  await mkdir(join(folder, "self/ns"), { recursive: true });
  await writeFile(join(folder, "sys/kernel/random/boot_id"), `${boot}\n`);
  await symlink(`pid:[${pidNamespace}]`, join(folder, "self/ns/pid"));
  return folder;
}

/** The largest process id Linux allows is 2^22. */
const nobody = 2 ** 22 + 1;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** As the end of an operation: it waits for a little while only. */
function lastly(work: () => Promise<void>): Promise<void> {
  return stoppedBy(AbortSignal.timeout(20), work);
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
  it("is taken, kept and released", async () => {
    const store = memoryStore();
    const lock = await acquireLock(options(store));
    lock.assertHeld();
    expect(JSON.parse(store.objects.get(key) ?? "{}")).to.deep.include({
      owner: "a/b/c",
      operation: "update",
      host: hostname(),
      pid: process.pid,
    });
    await lock.release();
    expect(store.objects.has(key)).to.equal(false);
  });

  it("is refused while another run holds it, naming the holder and how to break it", async () => {
    const store = memoryStore();
    await store.put(key, written({}));
    const thrown = await error(acquireLock(options(store)));
    expect(thrown.name).to.equal("LockedError");
    expect(thrown.message)
      .to.contain("update by d/e/f on elsewhere (process 1)")
      .and.to.contain(`npx pilot unlock s3://memory `);
  });

  describe("of a process that cannot be found", () => {
    let folder: string;
    let proc: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "pilot-machines-"));
      proc = await machineAt(join(folder, "here"), "b1", "1");
    });
    after(() => rm(folder, { recursive: true, force: true }));

    /** Takes the lock from there; says what it said. */
    const takeOver = async (held: object, changes: Partial<LockOptions>): Promise<string> => {
      const store = memoryStore();
      const said: string[] = [];
      await store.put(key, written({ host: hostname(), pid: nobody, ...held }));
      const lock = await acquireLock(
        options(store, { proc, progress: { say: (text) => said.push(text) }, ...changes }),
      );
      lock.assertHeld();
      await lock.release();
      return said.join("\n");
    };

    it("on this machine is taken over at once", async () => {
      expect(await takeOver({ machine: machineOf(hostname(), proc) }, {})).to.match(
        /^taking over the lock of a run that died/,
      );
    });

    for (const [where, boot, pidNamespace] of [
      ["in another container", "b1", "2"],
      ["on a clone of this machine", "b2", "1"],
    ] as const) {
      it(`${where} with the same host name is waited for`, async () => {
        const other = await machineAt(join(folder, where), boot, pidNamespace);
        const held = { machine: machineOf(hostname(), other) };
        expect(held.machine).to.be.a("string");
        expect((await error(takeOver(held, {}))).name).to.equal("LockedError");
        expect(await takeOver(held, { lifetime: 100, timeout: 5000 })).to.match(
          /^waiting for[^]*taking over the lock of a run that died/,
        );
      });
    }
    it("is waited for if the kernel does not identify machines, as on macOS", async () => {
      const none = { proc: join(folder, "none") };
      expect((await error(takeOver({}, none))).name).to.equal("LockedError");
      expect(await takeOver({}, { ...none, lifetime: 100, timeout: 5000 })).to.match(/^waiting for[^]*taking over/);
    });
    it("is waited for when its lock is of an older program, which names no machine", async () => {
      expect((await error(takeOver({}, {}))).name).to.equal("LockedError");
    });
  });

  it("is no longer held after the machine slept longer than it lasts, before any timer fires", async () => {
    const store = memoryStore();
    const lock = await acquireLock(options(store, { lifetime: 100 }));
    // Nothing else of this process goes on meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120);
    expect(() => {
      lock.assertHeld();
    }).to.throw(/The lock of cluster \S+ was lost\.\s+it could not be renewed/);
    expect(lock.signal.aborted).to.equal(true);
  });

  it("that cannot be released expires, and the work under it does not fail", async () => {
    const store = memoryStore();
    const said: string[] = [];
    const lock = await acquireLock(
      options(
        { ...store, delete: () => Promise.reject(new Error("access denied")) },
        { progress: { say: (text) => said.push(text) } },
      ),
    );
    await lock.release();
    expect(said.join()).to.equal(
      "warning: the lock of the cluster could not be released; it expires 1m00s after its last renewal: " +
        "access denied",
    );
  });

  for (const [when, end] of [
    ["lost", (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 200))],
    ["given up on release", (lock: Lock): Promise<void> => lastly(() => lock.release())],
  ] as const) {
    it(`is not renewed once it is ${when}, by a renewal that hung`, async () => {
      const store = memoryStore();
      const put = store.put.bind(store);
      let late: Promise<unknown> | undefined;
      const lock = await acquireLock(options(store, { lifetime: 200 }));
      const left = store.objects.get(key);
      store.get = () => Promise.reject(new Error("no answer"));
      store.put = (...write) => {
        const stop = currentStop();
        // The AWS client repeats a call that got no answer, unless the call was stopped.
        late = new Promise((resolve) => setTimeout(resolve, 400)).then(() => {
          stop?.throwIfAborted();
          return put(...write);
        });
        return late as Promise<string>;
      };
      await until(() => late !== undefined);
      await end(lock);
      await late?.catch(() => undefined);
      expect(store.objects.get(key)).to.equal(left);
    });
  }

  it("is taken by only one of two runs that try at once", async () => {
    const store = memoryStore();
    const results = await Promise.allSettled([acquireLock(options(store)), acquireLock(options(store))]);
    const won = results.filter((result) => result.status === "fulfilled");
    expect(won).to.have.length(1);
    await won[0]?.value.release();
  });

  it("is left alone on release if another run has taken it", async () => {
    const store = memoryStore();
    const lock = await acquireLock(options(store));
    await store.put(key, written({}));
    await lock.release();
    expect(store.objects.get(key)).to.contain("d/e/f");
  });

  it("recognises its own repeated writes when their answers were lost", async () => {
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
