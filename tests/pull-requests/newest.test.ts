import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { execaSync } from "execa";
import { refuseOutdated } from "../../pull-requests/apply/newest.ts";
import { refuseUnguarded } from "../../pull-requests/apply/reviewers.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { rejection } from "../local/rejection.ts";
import { fakeGitHub } from "./fake-github.ts";

describe("a run of an up", function () {
  this.timeout(30_000);
  let parent = "";
  let folder = "";

  const git = (...args: string[]): string =>
    execaSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
      cwd: folder,
      env: { GIT_CONFIG_GLOBAL: "/dev/null" },
    }).stdout;
  /** A commit on the branch that is checked out. */
  const commit = (files: Record<string, string>): string => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    git("add", "-A");
    git("commit", "-q", "-m", "change");
    return git("rev-parse", "HEAD");
  };
  /** A commit that is merged, and pushed. */
  const merge = (files: Record<string, string>): string => {
    const merged = commit(files);
    git("push", "-q", "--force", "origin", "main");
    return merged;
  };
  const refused = async (commit: string, { stack = "sbx", again = false } = {}): Promise<string> =>
    (await rejection(refuseOutdated(folder, { stack, commit, branch: "main" }, again, {}))).message;
  const runs = (commit: string, stack = "sbx"): Promise<void> =>
    refuseOutdated(folder, { stack, commit, branch: "main" }, true, {});

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "newest-"));
    folder = join(parent, "checkout");
    mkdirSync(folder);
    git("init", "-q", "-b", "main");
    git("init", "-q", "--bare", join(parent, "origin.git"));
    git("remote", "add", "origin", join(parent, "origin.git"));
    merge({ "clusters/sbx/k1.yaml": "1", "clusters/prod.eu/p1.yaml": "1", "Pulumi.sbx.yaml": "1", "index.ts": "1" });
  });
  afterEach(() => {
    rmSync(parent, { recursive: true });
  });

  it("goes on with the newest commit, and with an older one of which only files of others changed", async () => {
    const old = merge({ "clusters/sbx/k1.yaml": "2" });
    await runs(old);
    merge({ "clusters/prod.eu/p1.yaml": "2", "docs/a.md": "2", "tests/a.test.ts": "2" });
    await runs(old);
    expect(await refused(old, { stack: "prod.eu" })).to.contain("clusters/prod.eu/p1.yaml differs");
  });

  for (const path of ["clusters/sbx/k1.yaml", "clusters/sbx/k2.yaml", "Pulumi.sbx.yaml", "index.ts", "cli/pr/up.ts"]) {
    it(`stops when ${path} changed since its commit, and says that a re-run has an old commit`, async () => {
      const old = merge({ "clusters/sbx/k1.yaml": "2" });
      const newest = merge({ [path]: "3", "docs/a.md": "3" });
      expect(await refused(old))
        .to.contain(`The stack sbx is not updated to ${old}`)
        .and.to.contain(`at ${newest}, ${path} differs`)
        .and.to.contain("run the workflow `up` by hand")
        .and.to.not.contain("re-run");
      expect(await refused(old, { again: true })).to.contain("A re-run has the commit of its first run");
    });
  }

  it("goes on when a newer change was reverted: the files are the newest again", async () => {
    const old = merge({ "clusters/sbx/k1.yaml": "2" });
    merge({ "clusters/sbx/k1.yaml": "3" });
    merge({ "clusters/sbx/k1.yaml": "2" });
    await runs(old);
  });

  it("stops when its commit is no longer on the branch, and goes on when it is ahead of it", async () => {
    const base = git("rev-parse", "HEAD");
    await runs(commit({ "clusters/sbx/k1.yaml": "ahead" }));
    const gone = merge({ "clusters/sbx/k1.yaml": "2" });
    git("reset", "-q", "--hard", base);
    merge({ "docs/a.md": "2" });
    expect(await refused(gone)).to.contain("is not on the branch main");
  });
});

describe("an approval", () => {
  it("counts only if somebody had to give it: GitHub makes missing environments without reviewers", async () => {
    const server = await fakeGitHub();
    try {
      const check = (): Promise<void> => refuseUnguarded(gitHubHere(server.env), "sbx-approval");
      const reviewers = [{ type: "Team", reviewer: { slug: "maintainers" } }];
      server.answers.set("environments/sbx-approval", {
        protection_rules: [{ type: "required_reviewers", reviewers }],
      });
      await check();
      for (const protection_rules of [
        [],
        [{ type: "branch_policy" }, { type: "wait_timer", wait_timer: 30 }],
        [{ type: "required_reviewers", reviewers: [] }],
      ]) {
        server.answers.set("environments/sbx-approval", { protection_rules });
        expect((await rejection(check())).message).to.contain("sbx-approval approves nothing");
      }
    } finally {
      await server.close();
    }
  });
});
