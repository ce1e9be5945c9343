import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  existsSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { execaSync } from "execa";
import { fetchHead } from "../../pull-requests/classify/git.ts";
import { classifyPull, takeData } from "../../pull-requests/classify/pull.ts";
import { rejection } from "../local/rejection.ts";

const cluster = readFileSync(join(import.meta.dirname, "..", "..", "clusters/sbx/k1.yaml"), "utf8");

describe("a pull request read from git", function () {
  this.timeout(30_000);
  let parent = "";
  let folder = "";

  const git = (...args: string[]): string =>
    execaSync(
      "git",
      ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "core.hooksPath=/dev/null", ...args],
      { cwd: folder, env: { GIT_CONFIG_GLOBAL: "/dev/null" } },
    ).stdout;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const commit = (message: string): string => {
    git("add", "-A");
    git("commit", "-q", "-m", message);
    return git("rev-parse", "HEAD");
  };
  /** A commit on a branch of its own; the work tree is back at the base afterwards. */
  const pull = (change: () => void): string => {
    git("checkout", "-q", "-b", "topic", "main");
    change();
    const head = commit("change");
    git("checkout", "-q", "main");
    git("branch", "-q", "-D", "topic");
    return head;
  };
  const look = (head: string) => classifyPull({ folder, base: "main", head, fork: false });

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "pull-"));
    folder = join(parent, "repository");
    mkdirSync(folder);
    git("init", "-q", "-b", "main");
    write("clusters/sbx/k1.yaml", cluster);
    write("Pulumi.sbx.yaml", "config:\n  aws:region: ap-southeast-2\n");
    write("Pulumi.prod.yaml", "config: {}\n");
    write("index.ts", "// the program\n");
    commit("base");
  });
  afterEach(() => {
    rmSync(parent, { recursive: true });
  });

  it("is classified by what merging it would change, so that an old branch reverts nothing", async () => {
    const head = pull(() => {
      write("clusters/sbx/k2.yaml", cluster.replace("k1", "k2"));
    });
    write("clusters/sbx/k1.yaml", cluster.replace("t3.large", "t3.xlarge"));
    write("index.ts", "// a newer program\n");
    commit("the base went on");
    const looked = await look(head);
    expect(looked.classification).to.deep.include({ stacks: ["sbx"], credentials: "given" });
    expect(await takeData(folder, looked)).to.deep.equal(["clusters/sbx/k2.yaml"]);
    expect(readFileSync(join(folder, "clusters/sbx/k1.yaml"), "utf8")).to.contain("t3.xlarge");
    expect(readFileSync(join(folder, "clusters/sbx/k2.yaml"), "utf8")).to.equal(cluster.replace("k1", "k2"));
  });

  it("that cannot be merged is refused with the next step", async () => {
    const head = pull(() => {
      write("clusters/sbx/k1.yaml", cluster.replace("t3.large", "t3.xlarge"));
    });
    write("clusters/sbx/k1.yaml", cluster.replace("t3.large", "t3.2xlarge"));
    commit("the base went on");
    expect((await rejection(look(head))).message)
      .to.contain("cannot be merged")
      .and.to.contain("Next: merge the base branch into it");
  });

  it("with a symbolic link gets no credentials, and none of its files is taken", async () => {
    const head = pull(() => {
      symlinkSync("/etc/passwd", join(folder, "clusters/sbx/k2.yaml"));
    });
    const looked = await look(head);
    expect(looked.classification).to.deep.include({
      credentials: "never",
      reasons: ["clusters/sbx/k2.yaml is a symbolic link"],
    });
    expect((await rejection(takeData(folder, looked))).message).to.contain("Nothing is taken");
    expect(existsSync(join(folder, "clusters/sbx/k2.yaml"))).to.equal(false);
  });

  it("that replaces a folder by a link gets no credentials", async () => {
    const head = pull(() => {
      rmSync(join(folder, "clusters"), { recursive: true });
      symlinkSync("/etc", join(folder, "clusters"));
    });
    expect((await look(head)).classification.credentials).to.equal("never");
  });

  it("that makes a file executable gets no credentials", async () => {
    const head = pull(() => {
      write("clusters/sbx/k1.yaml", cluster);
      chmodSync(join(folder, "clusters/sbx/k1.yaml"), 0o755);
    });
    expect((await look(head)).classification.credentials).to.equal("never");
  });

  it("that changes code gets no credentials", async () => {
    const head = pull(() => {
      write("index.ts", "process.exit()\n");
    });
    expect((await look(head)).classification).to.deep.include({ stacks: ["prod", "sbx"], credentials: "never" });
  });

  it("that changes a stack file concerns every stack whose file names it as environment, in base or head", async () => {
    write("Pulumi.team.eu.yaml", "config: { 'pilot:environment': organization/pilot/sbx }\n");
    write("Pulumi.other.yaml", "config:\n  pilot:environment: prod\n");
    commit("stacks with the environment of another");
    const head = pull(() => {
      write("Pulumi.sbx.yaml", "config:\n  aws:region: eu-west-1\n");
    });
    expect((await look(head)).classification.stacks).to.deep.equal(["sbx", "team.eu"]);
    const moved = pull(() => {
      write("Pulumi.other.yaml", "config:\n  pilot:environment: sbx\n");
      write("Pulumi.sbx.yaml", "config:\n  aws:region: eu-west-1\n");
    });
    expect((await look(moved)).classification.stacks).to.deep.equal(["other", "sbx", "team.eu"]);
  });

  it("that renames or removes files does the same in the checkout of the base", async () => {
    const head = pull(() => {
      rmSync(join(folder, "clusters/sbx/k1.yaml"));
      write("clusters/sbx/first.yaml", cluster);
      write("Pulumi.sbx.yaml", "config: { aws:region: ap-southeast-2, pilot:tags: { team: a } } # note\n");
    });
    await takeData(folder, await look(head));
    expect(existsSync(join(folder, "clusters/sbx/k1.yaml"))).to.equal(false);
    expect(readFileSync(join(folder, "clusters/sbx/first.yaml"), "utf8")).to.equal(cluster);
    expect(readFileSync(join(folder, "Pulumi.sbx.yaml"), "utf8"))
      .to.contain("team: a")
      .and.to.not.contain("note");
  });

  it("is not written through a link in the base", async () => {
    const outside = join(parent, "outside");
    mkdirSync(outside);
    const head = pull(() => {
      write("clusters/sbx/k2.yaml", cluster);
    });
    const looked = await look(head);
    rmSync(join(folder, "clusters"), { recursive: true });
    mkdirSync(join(folder, "clusters"));
    symlinkSync(outside, join(folder, "clusters/sbx"));
    expect((await rejection(takeData(folder, looked))).message).to.contain("clusters/sbx/k2.yaml cannot be written");
    expect(existsSync(join(outside, "k2.yaml"))).to.equal(false);
  });

  it("is fetched at the named commit, or not at all", async () => {
    const origin = join(parent, "origin.git");
    git("init", "-q", "--bare", origin);
    git("remote", "add", "origin", origin);
    const head = pull(() => {
      write("clusters/sbx/k2.yaml", cluster);
    });
    git("push", "-q", "origin", "main", `${head}:refs/pull/7/head`);
    await fetchHead(folder, 7, head);
    expect((await look("refs/pilot/pull/7")).classification.stacks).to.deep.equal(["sbx"]);
    const newer = pull(() => {
      write("clusters/sbx/k3.yaml", cluster);
    });
    git("push", "-q", "--force", "origin", `${newer}:refs/pull/7/head`);
    expect((await rejection(fetchHead(folder, 7, head))).message)
      .to.contain("is no longer at")
      .and.to.contain(newer);
  });
});
