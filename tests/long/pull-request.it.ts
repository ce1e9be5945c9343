import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTagsCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { execa } from "execa";
import { cloudState } from "../../local/cloud/index.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { upResult } from "../../pull-requests/command/result.ts";
import { previewDocument } from "../../pull-requests/preview/document.ts";
import type { PreviewDocument } from "../../pull-requests/preview/document.ts";
import { fakeGitHub } from "../pull-requests/fake-github.ts";
import type { FakeGitHub } from "../pull-requests/fake-github.ts";
import { approvedPull } from "../pull-requests/fake-pulls.ts";
import { clientOf } from "../e2e/bare/index.ts";
import { makeCheckout } from "../e2e/checkout.ts";
import type { Checkout, Ran } from "../e2e/checkout.ts";
import { inventory } from "../e2e/inventory.ts";

/*
 * Runs the commands of the workflows in their order, on a repository with a remote. A workflow adds only the event that
 * starts them, and credentials.
 */

const minutes = 60_000;

describe("a pull request", function () {
  this.timeout(10 * minutes);
  let checkout: Checkout;
  let github: FakeGitHub;
  let outside: string;
  let author: string;
  let found: string;

  const gitIn = async (folder: string, ...args: string[]): Promise<string> => {
    const { stdout } = await execa("git", ["-c", "user.name=author", "-c", "user.email=author@example.com", ...args], {
      cwd: folder,
    });
    return stdout;
  };
  const git = (...args: string[]): Promise<string> => gitIn(checkout.folder, ...args);

  /** Runs a command of the workflows in a checkout of the base branch, as a workflow does. */
  const command = async (name: string, ...words: string[]): Promise<Ran> => {
    const began = Date.now();
    const result = await execa("npx", ["--no", "pilot", "pr", name, ...words], {
      cwd: checkout.folder,
      env: github.env,
      all: true,
      reject: false,
      stdin: "ignore",
    });
    return { exitCode: result.exitCode ?? 1, output: result.all, seconds: (Date.now() - began) / 1000 };
  };
  const succeeds = async (name: string, ...words: string[]): Promise<string> => {
    const { exitCode, output } = await command(name, ...words);
    expect(exitCode, output).to.equal(0);
    return output;
  };
  /** The reviewed `up`, for the local cloud. */
  const up = (): string[] => {
    const plan = join(found, "preview-sbx", "preview.json");
    return ["node", "cli/pilot.mjs", "pr", "up", "--stack", "sbx", "--plan", plan];
  };
  /** Opens a pull request on top of the current base. */
  const open = async (number: number, change: () => Promise<void>): Promise<string> => {
    await gitIn(author, "fetch", "-q", "origin");
    await gitIn(author, "checkout", "-q", "-B", "topic", "origin/main");
    await change();
    await gitIn(author, "add", "-A");
    await gitIn(author, "commit", "-q", "-m", "change");
    await gitIn(author, "push", "-q", "--force", "origin", `HEAD:refs/pull/${number}/head`);
    return await gitIn(author, "rev-parse", "HEAD");
  };
  const edit = async (file: string, from: string, to: string): Promise<void> => {
    const text = await readFile(join(author, file), "utf8");
    expect(text).to.contain(from);
    await writeFile(join(author, file), text.replace(from, to));
  };
  const endpoint = async (): Promise<string> => {
    const state = await cloudState(layoutOf(checkout.folder, {}));
    if (!state) throw new Error("the local cloud does not run");
    return state.endpoint;
  };
  const cloud = async (): Promise<unknown> => await inventory(await endpoint());
  const previewIn = async (file: string): Promise<PreviewDocument> =>
    previewDocument.parse(JSON.parse(await readFile(file, "utf8")));
  /** Files that differ from the last commit. */
  const changedFiles = (): Promise<string> => git("status", "--porcelain");

  before(async () => {
    checkout = await makeCheckout();
    github = await fakeGitHub();
    outside = await mkdtemp(join(tmpdir(), "pilot-pull-"));
    found = join(outside, "found");
    author = join(outside, "author");
    await git("init", "-q", "-b", "main");
    await git("add", "-A");
    await git("commit", "-q", "-m", "base");
    await gitIn(outside, "clone", "-q", "--bare", checkout.folder, "origin.git");
    await git("remote", "add", "origin", join(outside, "origin.git"));
    await git("fetch", "-q", "origin");
    await gitIn(outside, "clone", "-q", "origin.git", "author");
    const started = await checkout.npm("start");
    expect(started.exitCode, started.output).to.equal(0);
  });
  after(async () => {
    await github.close();
    await checkout.remove();
    await rm(outside, { recursive: true, force: true });
  });

  it("with cluster and network changes is previewed by the base's program, in one comment for both", async () => {
    const head = await open(7, async () => {
      await edit("clusters/sbx/k1.yaml", "machineType: t3.large", "machineType: t3.xlarge");
      await edit("Pulumi.sbx.yaml", "    nat: single\n", "    nat: single\n    endpoints: { dynamodb: true }\n");
    });
    const before = await cloud();
    const pull = ["--base", "main", "--pull", "7", "--head", head];
    const verdict = JSON.parse(await succeeds("stacks", ...pull, "--repository", "team/platform")) as object;
    expect(verdict).to.deep.equal({ version: 1, stacks: ["sbx"], credentials: "given", reasons: [] });
    expect(await succeeds("take", ...pull))
      .to.contain("clusters/sbx/k1.yaml")
      .and.to.contain("Pulumi.sbx.yaml");
    const file = join(found, "preview-sbx", "preview.json");
    await checkout.local("node", "cli/pilot.mjs", "pr", "preview", "--stack", "sbx", "--commit", head, "--out", file);
    const preview = await previewIn(file);
    expect(preview).to.deep.include({ status: "planned", commit: head, problems: [] });
    // The endpoint gets the route tables of three private zones and of the utility subnets.
    const association = "create aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation";
    expect(preview.resources.map(({ op, type }) => `${op} ${type}`)).to.have.members([
      "create aws:ec2/vpcEndpoint:VpcEndpoint",
      ...Array<string>(4).fill(association),
      "update pulumi-nodejs:dynamic/kops:Cluster",
    ]);
    expect(preview.clusters[0]?.rolls.map(({ group, now }) => `${group} ${now ?? ""}`)).to.deep.equal(["nodes 3"]);

    const post = ["--pull", "7", "--head", head, "--folder", found];
    expect(await succeeds("comment", ...post)).to.contain("created");
    expect(await succeeds("comment", ...post)).to.contain("updated");
    expect(github.comments).to.have.lengthOf(1);
    const body = github.comments[0]?.body ?? "";
    expect(body).to.contain("3 nodes roll").and.to.contain("| `k1.sbx.pilot.internal` | 1 | `nodes` | nodes | 3 |");
    expect(body).to.contain("| create | `aws:ec2/vpcEndpoint:VpcEndpoint` |");
    expect(body)
      .to.contain("| `modify LaunchTemplate/nodes: InstanceType t3.large → t3.xlarge")
      .and.to.contain("    1. nodes : 3 nodes : about ")
      .and.to.contain(`digest ${preview.clusters[0]?.digest ?? "?"}`);
    expect(body)
      .to.not.match(/PRIVATE KEY|AKIA/)
      .and.to.not.contain(github.env.GITHUB_TOKEN);
    expect(await cloud()).to.deep.equal(before);
    await git("checkout", "-q", "--", ".");
  });

  it("whose preview fails says why in its comment", async () => {
    const head = await open(10, () => edit("clusters/sbx/k1.yaml", "machineType: t3.large", "machineTyp: t3.large"));
    await succeeds("take", "--base", "main", "--pull", "10", "--head", head);
    const folder = join(outside, "failed");
    const failed = await checkout.localFails(
      "node",
      "cli/pilot.mjs",
      "pr",
      "preview",
      "--stack",
      "sbx",
      "--out",
      join(folder, "preview.json"),
    );
    expect(failed.output).to.contain("The preview of sbx failed");
    await succeeds("comment", "--pull", "10", "--folder", folder);
    expect(github.comments.find(({ issue }) => issue === 10)?.body)
      .to.contain("`sbx`: the preview failed")
      .and.to.contain("clusters/sbx/k1.yaml:16: nodeGroups.nodes.machineTyp: unknown key");
    await git("checkout", "-q", "--", ".");
  });

  it("with a symbolic link or code never meets credentials, and none of its files is taken", async () => {
    const link = await open(8, () => symlink("/etc/passwd", join(author, "clusters/sbx/k2.yaml")));
    const code = await open(9, async () => {
      await edit("clusters/sbx/k1.yaml", "machineType: t3.large", "machineType: t3.xlarge");
      await edit("index.ts", "import", "console.log(process.env);\nimport");
    });
    // Code affects every stack.
    for (const [number, head, stacks] of [
      [8, link, ["sbx"]],
      [9, code, ["prod", "prod-clusters", "sbx"]],
    ] as const) {
      const pull = ["--base", "main", "--pull", String(number), "--head", head];
      expect(JSON.parse(await succeeds("stacks", ...pull))).to.deep.include({ stacks, credentials: "never" });
      const refused = await command("take", ...pull);
      expect(refused.exitCode, refused.output).to.equal(1);
      expect(refused.output, refused.output)
        .to.contain("Nothing is taken from the pull request")
        .and.to.contain(number === 8 ? "is a symbolic link" : "index.ts is a part of the program");
      expect(await changedFiles()).to.equal("");
    }
  });

  it("that is merged is not applied if it would do more than was reviewed, and nothing is written", async () => {
    await git("merge", "-q", "--no-ff", "-m", "merge", "refs/pilot/pull/7");
    expect(JSON.parse(await succeeds("stacks", "--base", "HEAD^", "--only", "sbx"))).to.deep.include({
      stacks: ["sbx"],
    });
    const before = await cloud();
    for (const [from, to, expected] of [
      ["t3.medium", "t3.large", /k1\.sbx\.pilot\.internal: rolls control-plane-/],
      // The same resource, operation, fields and groups: only the value is another one.
      [
        "t3.xlarge",
        "t3.2xlarge",
        /update of the cluster k1, otherwise than reviewed: instanceGroups\.nodes\.machineType/,
      ],
    ] as const) {
      await checkout.edit("clusters/sbx/k1.yaml", `machineType: ${from}`, `machineType: ${to}`);
      const refused = await checkout.localFails(...up());
      expect(refused.output).to.contain("would do more than was reviewed").and.to.match(expected);
      expect(refused.output).to.not.contain("rolls nodes");
      expect(await cloud()).to.deep.equal(before);
      await git("checkout", "-q", "--", ".");
    }
  });

  it("that is merged is applied as reviewed, network and nodes, and a second run changes nothing", async () => {
    const pull = "https://github.com/team/platform/pull/7";
    const by = [`PILOT_PULL_REQUEST=${pull}`, "PILOT_APPROVED_BY=ann,bob"];
    const results = join(outside, "merged");
    const result = join(results, "result-sbx", "result.json");
    const done = await checkout.local("env", ...by, ...up(), "--result", result);
    expect(done.output)
      .to.contain("the cluster is up to date")
      .and.to.match(/\+ 5 created/);
    const { clusters = [] } = upResult.parse(JSON.parse(await readFile(result, "utf8")));
    expect(clusters.map((one) => ({ ...one, seconds: undefined }))).to.deep.equal([
      { cluster: "k1.sbx.pilot.internal", result: "succeeded", nodes: 3, seconds: undefined },
    ]);
    const commit = (await git("rev-parse", "HEAD")).trim();
    github.answers.set(`commits/${commit}/pulls`, [
      { number: 7, merged_at: "2026-11-21T16:00:00Z", merge_commit_sha: commit, head: { sha: commit } },
    ]);
    await succeeds("result", "--commit", commit, "--stacks", '["sbx"]', "--folder", results);
    const told = github.comments.find(({ issue }) => issue === 7)?.body ?? "";
    expect(told)
      .to.match(/## Result[\s\S]*\| `k1\.sbx\.pilot\.internal` \| succeeded \| 3 \|[\s\S]*## What this changes/)
      .and.to.contain("3 nodes roll");
    const types = await checkout.local(
      "kubectl",
      "get",
      "nodes",
      "-l",
      "node-role.kubernetes.io/node",
      "-o",
      "jsonpath={.items[*].metadata.labels.node\\.kubernetes\\.io/instance-type}",
    );
    expect(types.output.trim()).to.equal("t3.xlarge t3.xlarge t3.xlarge");
    expect((await checkout.local(...up())).output).to.match(/Resources:\s+\d+ unchanged/);
  });

  it("is not needed to find drift: one issue tells of it, and is closed when it is gone", async () => {
    const folder = join(outside, "drift");
    const look = async (): Promise<string> => {
      const file = join(folder, "preview.json");
      await checkout.local("node", "cli/pilot.mjs", "pr", "drift", "--stack", "sbx", "--out", file);
      return await succeeds("issue", "--folder", folder, "--stacks", '["sbx"]');
    };
    expect(await look()).to.contain("not needed");
    const ec2 = new EC2Client(clientOf(await endpoint()));
    const { Vpcs: [vpc] = [] } = await ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: "tag:environment", Values: ["sbx"] }] }),
    );
    const Resources = [vpc?.VpcId ?? ""];
    await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: "environment", Value: "by-hand" }] }));
    const before = await cloud();
    expect(await look()).to.contain("opened");
    expect(await cloud()).to.deep.equal(before);
    expect(github.issues[0]?.body, github.issues[0]?.body)
      .to.match(/`sbx`: drift[^]*update aws:ec2\/tag:Tag sbx\/environment\n {2}value: by-hand → sbx/)
      .and.to.not.contain("not applied");
    await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: "environment", Value: "sbx" }] }));
    expect(await look()).to.contain("closed");
  });

  it("that is applied by a comment holds its stack, and leaves nothing for its merge to do", async () => {
    const local = (...words: string[]): Promise<Ran> => checkout.local("node", "cli/pilot.mjs", "pr", ...words);
    await git("push", "-q", "origin", "main");
    const head = await open(14, () =>
      edit("Pulumi.sbx.yaml", "onDestroy: purge\n", "onDestroy: purge\n    keepOldVersionsDays: 31\n"),
    );
    const folder = join(outside, "commented");
    const [before, file, result] = ["before.json", "preview.json", "found/result.json"].map((one) => join(folder, one));
    const take = ["--base", "main", "--pull", "14", "--head", head];
    await local("preview", "--stack", "sbx", "--out", before ?? "");
    await succeeds("take", ...take);
    await local("preview", "--stack", "sbx", "--commit", head, "--before", before ?? "", "--out", file ?? "");
    await git("checkout", "-q", "--", ".");
    // The lifecycle rules of two buckets.
    expect((await previewIn(file ?? "")).resources.map(({ op }) => op)).to.deep.equal(["update", "update"]);

    const pull = approvedPull(14, head);
    github.pulls.push(pull);
    github.roles.set("keeper", { permission: "write", role_name: "maintain" });
    const artifact = { name: `preview-sbx-${head}`, expired: false, created_at: "2026-11-21T14:00:00Z" };
    github.answers.set(`actions/artifacts?per_page=100&name=${artifact.name}`, {
      artifacts: [{ ...artifact, workflow_run: { id: 77 } }],
    });
    github.answers.set("actions/runs/77", { event: "pull_request_target", path: ".github/workflows/preview.yml" });
    github.comments.push({ id: 900, body: "/pilot up", user: { login: "keeper" }, issue: 14 });
    const said = ["--pull", "14", "--comment", "900", "--text", "/pilot up", "--least", "maintain", "--branch", "main"];
    expect(await succeeds("command", ...said)).to.contain("sbx");
    expect(pull.labels).to.deep.equal(["pilot up: sbx"]);
    expect((await command("locked", "--stack", "sbx")).output).to.contain("pull request 14 holds sbx");

    await succeeds("allowed", ...said, "--head", head, "--stack", "sbx");
    expect(await succeeds("reviewed", "--stack", "sbx", "--head", head)).to.contain("of run 77");
    await succeeds("take", ...take);
    const up = ["up", "--stack", "sbx", "--plan", file ?? ""];
    const done = await local(...up, "--result", result ?? "");
    expect(done.output).to.match(/~ 2 updated/);
    const end = ["--head", head, "--stacks", '["sbx"]', "--taken", '["sbx"]', "--folder", folder];
    await succeeds("answer", "--pull", "14", "--comment", "900", ...end);
    expect(github.comments.at(-1)?.body).to.contain("`sbx` is up to date. A merge has nothing left to do for it.");
    expect(github.reactions).to.deep.equal(["900 eyes", "900 +1"]);

    await git("checkout", "-q", "--", ".");
    await git("merge", "-q", "--no-ff", "-m", "merge", "refs/pilot/pull/14");
    await git("push", "-q", "origin", "main");
    pull.state = "MERGED";
    await succeeds("locked", "--stack", "sbx");
    expect((await local(...up)).output).to.match(/Resources:\s+\d+ unchanged/);
  });

  it("that is merged does not apply what waits from another, and says what to do first", async () => {
    const local = (...words: string[]): Promise<Ran> => checkout.local("node", "cli/pilot.mjs", "pr", ...words);
    await git("push", "-q", "origin", "main");
    await open(12, () => edit("Pulumi.sbx.yaml", "dynamodb: true", "dynamodb: true, interfaces: [sts]"));
    await git("fetch", "-q", "origin", "refs/pull/12/head");
    await git("merge", "-q", "--no-ff", "-m", "merge", "FETCH_HEAD");
    await git("push", "-q", "origin", "main");

    const head = await open(13, () =>
      edit("Pulumi.sbx.yaml", "    nat: single\n", "    nat: single\n    flowLogs: { to: cloudwatch }\n"),
    );
    const folder = join(outside, "waiting");
    const [before, file] = [join(folder, "before.json"), join(folder, "found", "preview.json")];
    await local("preview", "--stack", "sbx", "--out", before);
    await succeeds("take", "--base", "main", "--pull", "13", "--head", head);
    await local("preview", "--stack", "sbx", "--commit", head, "--before", before, "--out", file);
    await git("checkout", "-q", "--", ".");
    const names = ({ resources }: Pick<PreviewDocument, "resources">, type: string): string[] =>
      resources.filter((one) => one.type === type).map(({ op, name }) => `${op} ${name}`);
    const preview = await previewIn(file);
    expect(names(preview, "aws:ec2/flowLog:FlowLog")).to.have.lengthOf(1);
    const [waits = "none"] = names(preview.waiting ?? preview, "aws:ec2/vpcEndpoint:VpcEndpoint");
    expect(waits).to.match(/^create .*sts/);
    await succeeds("comment", "--pull", "13", "--head", head, "--folder", join(folder, "found"));
    expect(github.comments.at(-1)?.body)
      .to.contain("Waits from earlier merges")
      .and.to.contain(waits.replace("create", "create aws:ec2/vpcEndpoint:VpcEndpoint"));

    await git("merge", "-q", "--no-ff", "-m", "merge", "refs/pilot/pull/13");
    await git("push", "-q", "origin", "main");
    const untouched = await cloud();
    const refused = await checkout.localFails("node", "cli/pilot.mjs", "pr", "up", "--stack", "sbx", "--plan", file);
    expect(refused.output, refused.output)
      .to.contain("would also apply what waited from earlier merges")
      .and.to.contain(waits.replace("create", "create aws:ec2/vpcEndpoint:VpcEndpoint"))
      .and.to.not.contain("FlowLog");
    expect(await cloud()).to.deep.equal(untouched);
  });

  it("that changes the program is previewed on its own local cloud, on top of what the base made", async () => {
    const head = await open(11, () =>
      edit(
        "components/environment/shared-infrastructure.ts",
        "{ environment: stack, ...config.tags }",
        '{ environment: stack, team: "another", ...config.tags }',
      ),
    );
    await git("fetch", "-q", "origin", "refs/pull/11/head");
    const file = join(outside, "of-program", "preview.json");
    const before = await cloud();
    await succeeds("local", "--stack", "sbx", "--base", "origin/main", "--head", head, "--out", file);
    const preview = await previewIn(file);
    expect(preview.status).to.equal("planned");
    expect(
      preview.resources.filter(
        ({ op, type, name }) => op === "create" && type === "aws:ec2/tag:Tag" && name.endsWith("/team"),
      ),
    ).to.not.deep.equal([]);
    expect(preview.clusters[0]?.rolls.length).to.be.above(1);
    expect(await cloud()).to.deep.equal(before);
    expect((await git("worktree", "list")).split("\n")).to.have.lengthOf(1);
  });
});
