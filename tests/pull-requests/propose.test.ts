import { expect } from "chai";
import { gitHubHere } from "../../pull-requests/github.ts";
import { propose } from "../../pull-requests/propose.ts";
import { proposalText } from "../../cli/refresh/propose.ts";
import { rejection } from "../local/rejection.ts";
import { fakeGitHub } from "./fake-github.ts";
import type { FakeGitHub } from "./fake-github.ts";
import { commitTo, filesOf } from "./fake-git-data.ts";

describe("the pull request with newer versions", () => {
  let server: FakeGitHub;
  beforeEach(async () => {
    server = await fakeGitHub();
  });
  afterEach(async () => {
    await server.close();
  });
  const branch = "pilot/refresh";
  const send = (files: Record<string, string>, body = "text") =>
    propose(gitHubHere(server.env), { owner: "team", base: "main", title: "clusters: raise", body, files });
  const newer = { "clusters/sbx/k1.yaml": "name: k1\nimage: ubuntu/a-20260115\n" };

  it("is one: opened on a branch with these files alone, updated, closed when nothing is left, opened anew", async () => {
    expect(await send({})).to.equal("not needed");
    expect(await send(newer)).to.equal("opened");
    expect(filesOf(server.git, branch)).to.deep.equal({ ...filesOf(server.git, "main"), ...newer });
    expect(server.git.proposals).to.have.lengthOf(1);
    expect(server.git.proposals[0]).to.include({ head: branch, base: "main", title: "clusters: raise" });
    const tip = server.git.branches.get(branch);
    expect(await send(newer, "other text")).to.equal("updated");
    // The same files on the same base start no preview anew.
    expect(server.git.branches.get(branch)).to.equal(tip);
    expect(server.git.proposals[0]?.body).to.equal("other text");
    expect(await send({})).to.equal("closed");
    expect(await send(newer)).to.equal("opened");
    expect(server.git.proposals.map(({ state }) => state)).to.deep.equal(["closed", "open"]);
  });

  it("follows its base: a branch that is behind it would not be merged", async () => {
    await send(newer);
    commitTo(server.git, "main", { ...filesOf(server.git, "main"), "docs/a.md": "new" });
    expect(await send(newer)).to.equal("updated");
    expect(filesOf(server.git, branch)).to.include({ "docs/a.md": "new", ...newer });
  });

  it("keeps what a person committed to its branch", async () => {
    await send(newer);
    commitTo(server.git, branch, { ...filesOf(server.git, branch), "clusters/sbx/k1.yaml": "by hand" });
    expect((await rejection(send(newer))).message)
      .to.contain("somebody else committed")
      .and.to.contain("delete the branch");
    expect(filesOf(server.git, branch)).to.include({ "clusters/sbx/k1.yaml": "by hand" });
  });

  it("says what is raised and what is not, and how its preview starts", () => {
    const text = proposalText(
      [{ version: 1, stack: "sbx", raised: ["k1.yaml: a -> b"], kept: ["k1.yaml: ami-1 is pinned"], files: {} }],
      "https://example.com/run",
    );
    expect(text)
      .to.contain("### `sbx`\n\n```text\nk1.yaml: a -> b")
      .and.to.contain("Not raised in `sbx`")
      .and.to.contain("approve their run")
      .and.to.contain("https://example.com/run");
  });
});
