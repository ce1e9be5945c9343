import { hostname } from "node:os";
import { expect } from "chai";
import { machineOf } from "../../../../providers/kops/runtime/process-identity.mjs";
import { pilotKeysOf } from "../../../../providers/kops/store/keys.ts";
import { isRunning, outcomeOf } from "../../../../providers/kops/store/outcome.ts";
import { memoryStore } from "../memory-store.ts";

const cluster = "k1.sbx.example.com";
const record = { id: "a", begun: "2026-11-30T12:00:05.000Z", cluster, result: "running" as const };
const lock = { since: "2026-11-30T12:00:00.000Z" };
const live = { lock, age: 10_000, gone: false };
const operation = { id: "a", verb: "update" as const, digest: "", begun: record.begun, steps: [] };

describe("an operation that has told no end", () => {
  for (const [what, seen, journal, expected] of [
    ["runs under its live lock", live, { operation }, true],
    ["runs while its journal is closed, which is its last act", live, {}, true],
    ["was interrupted if nobody has the lock", undefined, { operation }, false],
    ["was interrupted if nobody renews the lock", { ...live, age: 61_000 }, { operation }, false],
    ["was interrupted if the holder of the lock is gone", { ...live, gone: true }, { operation }, false],
    ["was interrupted if the journal has another one", live, { operation: { ...operation, id: "b" } }, false],
    [
      "was interrupted if somebody took the lock later, and has not yet written the journal",
      { ...live, lock: { since: "2026-11-30T12:00:06.000Z" } },
      { operation },
      false,
    ],
  ] as const)
    it(what, () => {
      expect(isRunning(record, seen, journal)).to.equal(expected);
    });

  it("is looked up in the store, where the record does not tell", async () => {
    const store = memoryStore();
    expect(await outcomeOf(store, record)).to.equal("interrupted");
    expect(await outcomeOf(store, { ...record, result: "failed" })).to.equal("failed");
    await store.put(
      pilotKeysOf(cluster).lock,
      JSON.stringify({ ...lock, id: "l", owner: "o", operation: "update", host: "h", pid: 1, renewed: "1" }),
    );
    expect(await outcomeOf(store, record)).to.equal("running");
  });

  it("was interrupted as soon as its process on this machine is gone", async () => {
    const store = memoryStore();
    const write = (pid: number) =>
      store.put(
        pilotKeysOf(cluster).lock,
        JSON.stringify({
          ...{ ...lock, id: "l", owner: "o", operation: "update", host: hostname(), renewed: "1" },
          ...{ machine: machineOf(), pid },
        }),
      );
    await write(process.pid);
    expect(await outcomeOf(store, record)).to.equal("running");
    await write(2 ** 22 + 1);
    expect(await outcomeOf(store, record)).to.equal("interrupted");
  });
});
