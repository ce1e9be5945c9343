import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readResults, writeResults } from "./results.ts";
import type { Result } from "./results.ts";

const result = (name: string, at: string, more: Partial<Result> = {}): Result => ({
  name,
  outcome: "passed",
  why: "",
  seconds: 40,
  at,
  commit: "abc1234",
  ...more,
});

describe("results of the crash matrix", () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-results-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("are the latest of all files, in whatever order they are read", async () => {
    await writeResults(file("kept"), [
      result("one", "2026-11-21"),
      result("two", "2026-11-22T10:00:00.000Z", { outcome: "failed", why: "as kept" }),
    ]);
    await writeResults(file("here"), [
      result("one", "2026-11-22T09:00:00.000Z", { outcome: "failed", why: "as here" }),
      result("two", "2026-11-22T09:00:00.000Z"),
    ]);
    for (const files of [
      ["kept", "here"],
      ["here", "kept"],
    ]) {
      const results = await readResults(...files.map(file));
      expect(results.get("one")?.why).to.equal("as here");
      expect(results.get("two")?.why).to.equal("as kept");
    }
  });

  it("are empty if nothing has run", async () => {
    expect(await readResults(file("kept"), file("here"))).to.have.property("size", 0);
  });

  it("are in a file, one per line", async () => {
    await writeResults(file("kept"), [result("one", "2026-11-21"), result("two", "2026-11-22")]);
    expect((await readFile(file("kept"), "utf8")).split("\n")).to.have.length(5);
    expect(await readResults(file("kept"))).to.have.property("size", 2);
  });
});
