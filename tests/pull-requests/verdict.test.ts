import { expect } from "chai";
import { execa } from "execa";
import { verdictOf } from "../../pull-requests/verdict.ts";

const job = (result: string, outputs: Record<string, string> = {}) => ({ result, outputs });

describe("the required check of a pull request", () => {
  const cases: [string, Record<string, ReturnType<typeof job>>, string, RegExp | undefined][] = [
    ["passes when all jobs passed", { stacks: job("success"), preview: job("success") }, '["sbx"]', undefined],
    [
      "passes when there was nothing to preview",
      { stacks: job("success"), preview: job("skipped"), comment: job("success") },
      "[]",
      undefined,
    ],
    ["fails when a preview failed", { stacks: job("success"), preview: job("failure") }, '["sbx"]', /preview: failure/],
    ["fails when a preview was cancelled", { stacks: job("success"), preview: job("cancelled") }, "[]", /cancelled/],
    [
      "fails when a preview was skipped though a stack changes",
      { stacks: job("success"), preview: job("skipped") },
      '["prod.eu"]',
      /preview: skipped, though prod\.eu changes/,
    ],
    [
      "fails when nobody knows what changes",
      { stacks: job("failure"), preview: job("skipped") },
      "",
      /stacks: failure[^]*preview: skipped/,
    ],
    ["fails when the list of stacks was skipped", { stacks: job("skipped"), preview: job("skipped") }, "", /stacks/],
    ["fails on a result that GitHub adds later", { stacks: job("success"), preview: job("stale") }, "[]", /stale/],
    ["fails without a job to look at", {}, "[]", /no job/],
  ];
  for (const [promise, needs, stacks, why] of cases) {
    it(promise, () => {
      const found = verdictOf(JSON.stringify(needs), stacks);
      if (why === undefined) expect(found).to.deep.equal([]);
      else expect(found.join("\n")).to.match(why);
    });
  }

  it("fails as a command with each job that did not pass", async () => {
    const needs = JSON.stringify({ stacks: job("success"), preview: job("failure") });
    const { exitCode, all } = await execa(
      "npx",
      ["--no", "pilot", "pr", "verdict", "--needs", needs, "--stacks", '["sbx"]'],
      { all: true, reject: false, cwd: import.meta.dirname },
    );
    expect(exitCode).to.equal(1);
    expect(all).to.contain("preview: failure");
  }).timeout(20_000);
});
