import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { baseOf } from "../../cli/pr/values.ts";
import type { Typed } from "../../cli/base/command.ts";

const typed = (base?: string): Typed<"base"> => ({
  args: [],
  options: base === undefined ? {} : { base },
  usage: "",
  refusal: (why) => new Error(why) as never,
});

describe("the base of a change", () => {
  const folder = mkdtempSync(join(tmpdir(), "event-"));
  const file = join(folder, "event.json");
  const onto = "e".repeat(40);
  before(() => {
    writeFileSync(file, JSON.stringify({ action: "checks_requested", merge_group: { base_sha: onto } }));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("is the named one, and in a merge group the commit that the group is put on", () => {
    const env = { GITHUB_EVENT_NAME: "merge_group", GITHUB_EVENT_PATH: file };
    expect(baseOf(typed("main"), env)).to.equal("main");
    expect(baseOf(typed(""), env)).to.equal(onto);
    expect(() => baseOf(typed(""), { ...env, GITHUB_EVENT_NAME: "pull_request" })).to.throw("--base is missing");
  });
});
