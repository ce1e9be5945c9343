import { expect } from "chai";
import { unlock, whyAlive } from "../../cli/unlock.ts";
import type { Typed } from "../../cli/base/command.ts";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import { machineOf } from "../../providers/kops/runtime/process-identity.mjs";
import { pilotKeysOf } from "../../providers/kops/store/keys.ts";
import type { LockContent } from "../../providers/kops/store/lock-claim.ts";
import type { ObjectStore } from "../../providers/kops/store/object-store.ts";
import { rejection } from "../local/rejection.ts";
import { memoryStore } from "../providers/kops/memory-store.ts";
import { textOf } from "./text-of.ts";

const cluster = "k1.sbx.example.com";
const key = pilotKeysOf(cluster).lock;
const gone = 2 ** 30;
const held = (changes: Partial<LockContent> = {}): LockContent => ({
  ...{ id: "1", owner: "organization/pilot/sbx", operation: "update", host: "laptop", pid: gone },
  ...{ since: "2026-11-30T12:00:00.000Z", renewed: "2026-11-30T12:09:00.000Z" },
  ...changes,
});

describe("the holder of a lock", () => {
  const machine = "laptop boot pid";
  for (const [what, holder, alive] of [
    [
      "a process of this machine",
      { held: held({ machine, pid: process.pid }), age: 600_000, machine },
      /process \d+ runs on this machine/,
    ],
    ["a process of this machine that is gone", { held: held({ machine }), age: 1000, machine }, undefined],
    [
      "elsewhere, and renews the lock",
      { held: held({ machine: "other" }), age: 4000, machine },
      /renewed the lock 4 seconds ago/,
    ],
    [
      "elsewhere, and renewed nothing for a minute",
      { held: held({ machine: "other" }), age: 60_000, machine },
      undefined,
    ],
    ["elsewhere, with a store that tells no time", { held: held(), age: undefined, machine }, undefined],
  ] as const)
    it(`is ${alive ? "certainly alive" : "maybe dead"}: ${what}`, () => {
      if (alive === undefined) expect(whyAlive(holder)).to.equal(undefined);
      else expect(whyAlive(holder)).to.match(alive);
    });
});

describe("the unlock command", () => {
  async function stage(content = held()) {
    const store = memoryStore();
    await store.put(key, JSON.stringify(content));
    const run = (...words: string[]): Promise<string> =>
      textOf(["unlock", "s3://memory", cluster, ...words], { open: () => store });
    return { store, run, locked: () => store.objects.has(key) };
  }
  const living = async (): ReturnType<typeof stage> => {
    const machine = machineOf();
    return await stage(held({ pid: process.pid, ...(machine !== undefined && { machine }) }));
  };

  it("shows the holder, changes nothing without a terminal, and names the command that does", async () => {
    const { run, locked } = await stage();
    expect(await run()).to.match(
      /is locked: update by organization\/pilot\/sbx on laptop .*\nNothing was changed\.\nNext: npx pilot unlock s3:\/\/memory k1\.sbx\.example\.com --yes$/,
    );
    expect(locked()).to.equal(true);
  });

  it("removes the lock with --yes, and says who held it", async () => {
    const { run, locked } = await stage();
    expect(await run("--yes")).to.match(/is removed\. It was held by update by[^]*Next: `pulumi up`/);
    expect(locked()).to.equal(false);
    expect(await run("--yes")).to.equal(`Cluster ${cluster} is not locked.`);
  });

  it("refuses a living holder unless its process is repeated", async () => {
    const { run, locked } = await living();
    for (const words of [[], ["--yes"], ["--yes", "--living", "1"]]) {
      const error = await rejection(run(...words));
      expect(error).to.be.instanceOf(ConfigError);
      expect(error.message).to.contain(`--yes --living ${process.pid}`).and.to.contain("npx pilot pause");
    }
    expect(locked()).to.equal(true);
    await run("--yes", "--living", String(process.pid));
    expect(locked()).to.equal(false);
  });

  it("asks on a terminal, and takes only the name of the cluster for yes", async () => {
    const { store, locked } = await stage();
    const typed: Typed<"living" | "stack" | "profile" | "assume-role" | "external-id", "yes" | "as-shell"> = {
      ...{ args: ["s3://memory", cluster], options: {}, usage: "unlock" },
      refusal: (why) => new ConfigError({ what: "no", why, next: "" }),
    };
    const open = (): ObjectStore => store;
    expect(await unlock(typed, { open }, () => Promise.resolve(false))).to.equal("The lock was not removed.");
    expect(locked()).to.equal(true);
    await unlock(typed, { open }, () => Promise.resolve(true));
    expect(locked()).to.equal(false);
  });

  it("leaves a lock that was renewed while it asked", async () => {
    const { store, run } = await stage();
    const read = store.get.bind(store);
    store.get = async (one) => {
      const object = await read(one);
      await store.put(key, JSON.stringify(held({ renewed: "2026-11-30T12:10:00.000Z" })));
      return object;
    };
    expect((await rejection(run("--yes"))).message).to.contain("renewed, released or taken over in this moment");
    expect(store.objects.has(key)).to.equal(true);
  });
});
