import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { broken, countsIn, occurrences, unnoticed } from "./mutant.ts";
import type { Ran } from "./mutant.ts";
import { promises } from "./promises.ts";

const root = join(import.meta.dirname, "..", "..");

describe("the list of guarded promises", () => {
  for (const { name, file, text, broken: instead, tests } of promises) {
    it(`is current: ${name}`, async () => {
      expect(occurrences(await readFile(join(root, file), "utf8"), text), `the text in ${file}`).to.equal(1);
      expect(instead).not.to.equal(text);
      expect(tests).not.to.be.empty;
      for (const test of tests) expect(test.endsWith(".test.ts") && existsSync(join(root, test)), test).to.equal(true);
    });
  }

  it("has each promise once", () => {
    const names = promises.map(({ name }) => name);
    expect(names).to.deep.equal([...new Set(names)]);
  });
});

describe("a broken promise", () => {
  const promise = { name: "it holds", file: "a.ts", text: "hold();", broken: "$&", tests: [] };

  it("is the file with exactly one text replaced", () => {
    expect(broken("begin();\nhold();\n", promise)).to.equal("begin();\n$&\n");
  });

  for (const [source, why] of [
    ["begin();", "no longer in a.ts"],
    ["hold(); hold();", "2 times in a.ts"],
  ] as const) {
    it(`cannot be made of ${source}`, () => {
      expect(() => broken(source, promise)).to.throw(`"it holds": its text is ${why}`);
    });
  }

  for (const [what, ran, problem] of [
    ["is noticed by a failing test", { counts: { passed: 3, failed: 1 }, late: false }, undefined],
    ["is not noticed when all pass", { counts: { passed: 4, failed: 0 }, late: false }, "all 4 tests passed"],
    ["is not noticed by a file that cannot be loaded", { counts: undefined, late: false }, "were not executed"],
    ["is not noticed if no test was executed", { counts: { passed: 0, failed: 0 }, late: false }, "were not executed"],
    ["is not noticed by tests that never end", { counts: undefined, late: true }, "did not end in time"],
  ] as [string, Ran, string | undefined][]) {
    it(what, () => {
      if (problem === undefined) expect(unnoticed(ran)).to.equal(undefined);
      else expect(unnoticed(ran)).to.contain(problem);
    });
  }

  it("is counted by the last line of a run", () => {
    expect(countsIn("1 passed, 0 failed\nlog\n12 passed, 3 failed\n")).to.deep.equal({ passed: 12, failed: 3 });
    expect(countsIn("SyntaxError: no")).to.equal(undefined);
  });
});
