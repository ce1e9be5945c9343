import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { approvedBy } from "../../pull-requests/apply/approvals.ts";
import { outcomesIn } from "../../pull-requests/apply/outcome.ts";
import { renderResult, withResult } from "../../pull-requests/command/merge-result.ts";
import { recorded } from "../../pull-requests/command/result.ts";
import type { UpResult } from "../../pull-requests/command/result.ts";
import { amendComment, postComment } from "../../pull-requests/comment/post.ts";
import { longestComment, marker, renderComment } from "../../pull-requests/comment/render.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { preview } from "./documents.ts";
import { fakeGitHub } from "./fake-github.ts";
import type { FakeGitHub } from "./fake-github.ts";

const link = "https://github.com/team/platform/actions/runs/7";
const k1 = { cluster: "k1.sbx.pilot.internal", result: "succeeded" as const, seconds: 754, nodes: 3 };
const done: UpResult = { version: 1, stack: "sbx", status: "done", clusters: [k1] };

describe("the result of a merge", () => {
  it("is told by stack and cluster, with nodes, time and a link to the run's reports", () => {
    const text = renderResult(["sbx"], [done], link);
    expect(text)
      .to.contain("- `sbx` is up to date")
      .and.to.contain("| `k1.sbx.pilot.internal` | succeeded | 3 | 12m34s |")
      .and.to.contain(`[its reports and logs](${link}#artifacts)`);
  });

  it("says what failed and why, what was refused, and what did not end", () => {
    const failed = { ...k1, result: "failed" as const, error: "the drain of i-1 timed out <!-- pilot:result:end -->" };
    const text = renderResult(
      ["dev", "prod", "sbx"],
      [
        { version: 1, stack: "prod", status: "refused", why: "it would do more than was reviewed" },
        { version: 1, stack: "sbx", status: "failed", clusters: [failed] },
      ],
      undefined,
    );
    expect(text)
      .to.contain("- `dev`: **its job did not end**")
      .and.to.contain("- `prod` was not updated, and nothing was changed")
      .and.to.contain("- `sbx` **failed**")
      .and.to.contain("| **failed** | 3 |")
      .and.to.contain("it would do more than was reviewed")
      .and.to.contain("the drain of i-1 timed out");
    expect(text.match(/<!-- pilot:result:end -->/g)).to.have.lengthOf(1);
  });

  it("comes before the preview in the same comment, once, however often the workflow runs", () => {
    const before = renderComment({ previews: [preview()] });
    const failed = withResult(before, renderResult(["sbx"], [{ version: 1, stack: "sbx", status: "failed" }], link));
    const again = withResult(failed, renderResult(["sbx"], [done], link));
    expect(again.startsWith(`${marker}\n`)).to.equal(true);
    expect(again.match(/## Result/g)).to.have.lengthOf(1);
    expect(again).to.contain("is up to date").and.to.not.contain("**failed**");
    expect(again.indexOf("## Result")).to.be.below(again.indexOf("## What this changes"));
    expect(again).to.contain("3 nodes roll").and.to.not.contain("nothing was changed yet");
    expect(withResult(again, renderResult(["sbx"], [done], link))).to.equal(again);
  });

  it("leaves out the preview, whole, where both are too long", () => {
    const text = withResult(`${marker}\n${"x".repeat(longestComment - 10)}`, renderResult(["sbx"], [done], link));
    expect(text.length).to.be.below(longestComment);
    expect(text).to.contain("is up to date").and.to.contain("The preview is left out");
  });
});

describe("the parts of a result", () => {
  let folder: string;
  let server: FakeGitHub;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-result-"));
    server = await fakeGitHub();
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
    await server.close();
  });
  const github = () => gitHubHere(server.env, () => Promise.resolve());

  it("are read from the records of the operations that the up left", async () => {
    const at = (second: number): string => new Date(second * 1000).toISOString();
    const record = {
      ...{ version: 1, id: "1", cluster: "k1", verb: "update", owner: "sbx", by: { person: "a@b" }, begun: at(0) },
      ...{ ended: at(90), result: "failed", error: "no", kopsVersion: "1.35.0", changes: [], plan: {}, steps: [] },
      ...{ nodes: [{ name: "i-1", valid: at(60) }, { name: "i-2" }], events: [] },
    };
    await writeFile(join(folder, "k1.json"), JSON.stringify(record));
    expect(await outcomesIn(folder)).to.deep.equal([
      { cluster: "k1", result: "failed", seconds: 90, nodes: 1, error: "no" },
    ]);
  });

  it("are kept with the result of the stack, without what looks like a credential", async () => {
    const file = join(folder, "result.json");
    const failed = { ...k1, error: "AKIAABCDEFGHIJKLMNOP is not valid" };
    expect(await recorded(file, "sbx", true, () => Promise.resolve({ code: 1, clusters: [failed] }))).to.equal(1);
    expect(JSON.parse(await readFile(file, "utf8"))).to.deep.equal({
      ...{ version: 1, stack: "sbx", status: "failed" },
      clusters: [{ ...failed, error: "[redacted] is not valid" }],
    });
  });

  it("amend the comment of the preview, or make one", async () => {
    await postComment(github(), 7, renderComment({ previews: [preview()] }));
    for (const pull of [7, 8])
      await amendComment(github(), pull, (before) => withResult(before, renderResult(["sbx"], [done], link)));
    expect(server.comments.map(({ issue }) => issue)).to.deep.equal([7, 8]);
    for (const { body } of server.comments) expect(body).to.contain("is up to date");
    expect(server.comments[0]?.body).to.contain("3 nodes roll");
  });

  it("name who approved and did not take it back; a job that may not read reviews goes without", async () => {
    const said = (login: string, state: string, hour: number) => ({
      state,
      user: { login },
      submitted_at: `2026-11-30T${hour}:00:00Z`,
    });
    server.answers.set("pulls/7/reviews?per_page=100", [
      said("bob", "APPROVED", 10),
      said("ann", "CHANGES_REQUESTED", 10),
      said("ann", "APPROVED", 11),
      said("bob", "DISMISSED", 12),
      said("ann", "COMMENTED", 13),
      said("eve,mallory", "APPROVED", 13),
    ]);
    expect(await approvedBy(github(), 7)).to.deep.equal(["ann"]);
    expect(await approvedBy(github(), 8)).to.deep.equal([]);
  });
});
