import { expect } from "chai";
import { CancelledError, ExplainedError, withLogPath } from "../../../../providers/kops/model/errors.ts";
import type { OperationContext } from "../../../../providers/kops/operation/context.ts";
import { Operation } from "../../../../providers/kops/operation/operation.ts";
import { readJournal } from "../../../../providers/kops/store/journal.ts";
import { pilotKeysOf } from "../../../../providers/kops/store/keys.ts";
import { acquireLock } from "../../../../providers/kops/store/lock.ts";
import type { Lock } from "../../../../providers/kops/store/lock.ts";
import { ConflictError } from "../../../../providers/kops/store/object-store.ts";
import type { ObjectStore } from "../../../../providers/kops/store/object-store.ts";
import { rejection } from "../../../local/rejection.ts";
import { memoryStore } from "../memory-store.ts";
import { sampleInputs } from "../samples.ts";

const inputs = sampleInputs();
const { lock: lockKey, journal: key } = pilotKeysOf(inputs.name);

describe("the journal of an operation", () => {
  const locks: Lock[] = [];
  afterEach(async () => {
    for (const lock of locks.splice(0)) await lock.release();
  });

  async function begin(store: ObjectStore, said: string[] = [], lifetime = 60_000): Promise<Operation> {
    const progress = { say: (text: string) => said.push(text) };
    const { signal } = new AbortController();
    const lock = await acquireLock({
      store,
      cluster: inputs.name,
      owner: inputs.owner,
      operation: "update",
      timeout: 0,
      signal,
      progress,
      lifetime,
    });
    locks.push(lock);
    const log = { path: "the log", redact: (text: string) => text };
    const context = { inputs, store, progress, signal, log, env: {}, listeners: new Set(), readers: new Set() };
    return await Operation.begin(context as unknown as OperationContext, "update", lock);
  }
  const nothing = () => Promise.resolve([]);

  it("has the beginning and end of each step, and the error of a failed one", async () => {
    const store = memoryStore();
    const operation = await begin(store);
    await operation.step("One", nothing);
    const error = await rejection(operation.step("Two", () => Promise.reject(new Error("kOps's reason"))));
    await operation.failed(error);
    const { operation: recorded } = (await readJournal(store, inputs.name)) ?? {};
    expect(recorded).to.deep.include({ verb: "update", error: "kOps's reason" });
    expect(recorded?.steps.map(({ name, ended }) => [name, ended !== undefined])).to.deep.equal([
      ["One", true],
      ["Two", false],
    ]);
  });

  for (const [whose, theirs] of [
    ["of another run", "theirs"],
    ["that was removed", undefined],
  ] as const) {
    it(`${whose} meanwhile is not overwritten by the end of a step, of a failure or of a deletion`, async () => {
      const store = memoryStore();
      const said: string[] = [];
      const operation = await begin(store, said);
      const error = await rejection(
        operation.step("One", async () => {
          if (theirs === undefined) await store.delete(key);
          else await store.put(key, theirs);
          return [];
        }),
      );
      expect(error.name).to.equal("LockedError");
      expect(error.message)
        .to.contain(`The journal of cluster ${inputs.name} was changed by somebody else`)
        .and.to.contain(`s3://memory/${key}`)
        .and.to.contain("Next: run `pulumi up` again");
      await operation.failed(error);
      expect((await rejection(operation.removeJournal())).name).to.equal("LockedError");
      expect(store.objects.get(key)).to.equal(theirs);
      expect(said).to.deep.equal([]);
    });
  }

  it("is not written by a run that slept until its lock expired", async () => {
    const store = memoryStore();
    const operation = await begin(store, [], 100);
    const error = await rejection(
      operation.step("One", () => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120);
        return Promise.resolve([]);
      }),
    );
    expect(error.message).to.contain("The lock of cluster");
    expect((await readJournal(store, inputs.name))?.operation?.steps.map(({ ended }) => ended)).to.deep.equal([
      undefined,
    ]);
  });

  for (const [when, lost] of [
    ["was tried again and met itself", new ConflictError("412")],
    ["never came", new Error("socket hang up")],
  ] as const) {
    it(`recognises its own write whose answer ${when}`, async () => {
      const store = memoryStore();
      let journals = 0;
      const put: ObjectStore["put"] = async (at, body, condition) => {
        const etag = await store.put(at, body, condition);
        if (at !== key) return etag;
        journals += 1;
        if (journals === 1) throw lost;
        return etag;
      };
      const operation = await begin({ ...store, put });
      // As when a roll notes the nodes it replaces: a failure ends nothing.
      await operation.save().catch(() => undefined);
      await operation.step("One", nothing);
      expect(
        (await readJournal(store, inputs.name))?.operation?.steps.map(({ ended }) => ended !== undefined),
      ).to.deep.equal([true]);
      await operation.removeJournal();
      expect([...store.objects.keys()])
        .to.include(lockKey)
        .and.not.to.include(key);
    });
  }

  it("is written again after a conflict, and fails in the end", async () => {
    const store = memoryStore();
    let refused = 2;
    const put: ObjectStore["put"] = async (at, body, condition) => {
      refused -= at === key ? 1 : 0;
      if (at === key && refused >= 0) throw new ConflictError("409");
      return await store.put(at, body, condition);
    };
    const operation = await begin({ ...store, put });
    await operation.save();
    refused = Infinity;
    operation.journal.instanceGroups.push("more");
    expect((await rejection(operation.save())).message).to.contain("is being written by somebody else");
  });

  it("that cannot be written hides no error of the operation: a warning tells it", async () => {
    const store = memoryStore();
    const said: string[] = [];
    let away = false;
    const operation = await begin(
      { ...store, put: (...call) => (away ? Promise.reject(new Error("no route to S3")) : store.put(...call)) },
      said,
    );
    const error = await rejection(
      operation.step("One", () => {
        away = true;
        return Promise.reject(new Error("kOps's reason"));
      }),
    );
    await operation.failed(error);
    expect(error.message).to.equal("kOps's reason");
    expect(said).to.include("warning: could not note in the journal why the update failed: no route to S3");
  });
});

describe("an error that ends an operation", () => {
  const shared = new CancelledError({ what: "It was stopped", why: "the engine is gone", next: "run it again" }, "why");

  it("names the log of its own operation when the same error ends several", () => {
    const [one, two] = [withLogPath(shared, "/logs/one"), withLogPath(shared, "/logs/two")];
    expect(one).to.be.instanceOf(ExplainedError).and.to.include({ name: "CancelledError", cause: "why" });
    expect([one, two].map(({ message }) => message.split("\n").at(-1))).to.deep.equal([
      "  Log: /logs/one",
      "  Log: /logs/two",
    ]);
    expect(shared.message).to.not.contain("/logs/");
  });
  it("names it once", () => {
    const error = withLogPath(shared, "/logs/one");
    expect(withLogPath(error, "/logs/one")).to.equal(error);
  });
  it("names it even for an unexpected error, with the place where it was thrown", () => {
    const cause = new TypeError("x is not a function");
    const error = withLogPath(cause, "/logs/one");
    expect(error).to.include({ message: "x is not a function\n  Log: /logs/one", cause });
    expect(error.stack).to.contain("Log: /logs/one").and.to.contain("operation.test.ts");
  });
});
