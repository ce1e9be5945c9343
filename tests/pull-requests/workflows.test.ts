import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { pullRequestCommands } from "../../cli/pr-commands.ts";
import { parsedWorkflows } from "./parsed-workflows.ts";
import { complaints, workflowFiles } from "./workflow-files.ts";

const root = join(import.meta.dirname, "..", "..");

const manifest = z
  .object({ dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));

describe("the workflows of GitHub", () => {
  const files = workflowFiles();
  const { workflows, jobs, steps } = parsedWorkflows(files);

  it("pass GitHub's own checker", async () => {
    expect([...files.keys()]).to.include.members([
      ".github/workflows/preview.yml",
      ".github/workflows/up.yml",
      ".github/workflows/up-stack.yml",
    ]);
    expect((await Promise.all([...files].map(([path, text]) => complaints(path, text)))).flat()).to.deep.equal([]);
  });

  it("would fail it with a mistyped key, an unknown job or an unknown permission", async () => {
    const text = files.get(".github/workflows/preview.yml") ?? "";
    for (const [from, to] of [
      ["timeout-minutes", "timeout-minute"],
      ["needs: stacks", "needs: stack"],
      ["contents: read", "contents: reed"],
    ] as const) {
      expect(await complaints(".github/workflows/preview.yml", text.replace(from, to)), to).to.not.deep.equal([]);
    }
  });

  it("pin third-party actions by commit, with the version beside it", () => {
    const lines = [...files].flatMap(([path, text]) =>
      text
        .split("\n")
        .filter((line) => /\buses: /.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(lines.length).to.be.above(10);
    expect(
      lines.filter(
        (line) => !/uses: (?:\.\/\.github\/\S+$|[\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/.test(line),
      ),
    ).to.deep.equal([]);
  });

  it("give third-party actions only inputs that they have", () => {
    // As in the action.yml of the pinned versions: GitHub ignores one that is mistyped.
    const inputs: Record<string, string[]> = {
      "actions/cache": ["path", "key", "restore-keys"],
      "actions/checkout": ["fetch-depth", "persist-credentials"],
      "actions/setup-node": ["node-version", "package-manager-cache"],
      "actions/upload-artifact": ["name", "path", "if-no-files-found", "overwrite", "retention-days"],
      "actions/download-artifact": ["name", "path", "run-id", "github-token"],
      "aws-actions/configure-aws-credentials": [
        "role-to-assume",
        "aws-region",
        "role-session-name",
        "role-duration-seconds",
      ],
      "pulumi/actions": ["pulumi-version"],
      "pulumi/auth-actions": ["organization", "requested-token-type", "scope", "cloud-url"],
    };
    const foreign = steps.filter(({ uses }) => uses !== undefined && !uses.startsWith("./"));
    const unknown = foreign.flatMap(({ where, uses = "", with: given = {} }) =>
      Object.keys(given)
        .filter((key) => !inputs[uses.split("@")[0] ?? ""]?.includes(key))
        .map((key) => `${where}: ${uses} ${key}`),
    );
    expect(unknown).to.deep.equal([]);
  });

  it("grant no permission by default, and each job only what it names", () => {
    expect(
      workflows
        .filter(({ permissions }) => permissions === undefined || Object.keys(permissions).length > 0)
        .map(({ path }) => path),
    ).to.deep.equal([]);
    expect(jobs.filter(({ permissions }) => permissions === undefined).map(({ where }) => where)).to.deep.equal([]);
    const writing = jobs.flatMap(({ where, permissions = {} }) =>
      Object.entries(permissions)
        .filter(([name, value]) => value === "write" && name !== "id-token")
        .map(([name]) => `${where}: ${name}`),
    );
    expect(writing).to.deep.equal([
      ...["command: actions", "command: issues", "command: pull-requests"].map(
        (one) => `.github/workflows/commands.yml ${one}`,
      ),
      ".github/workflows/commands.yml answer: issues",
      ".github/workflows/commands.yml answer: pull-requests",
      ".github/workflows/drift.yml issue: issues",
      ".github/workflows/preview.yml comment: pull-requests",
      ...["contents", "pull-requests"].map((one) => `.github/workflows/refresh.yml propose: ${one}`),
      ".github/workflows/up.yml result: pull-requests",
    ]);
  });

  it("give AWS credentials only to jobs with an environment, and never to one that writes to GitHub", () => {
    const into = jobs.filter(({ permissions, uses }) => permissions?.["id-token"] === "write" && uses === undefined);
    expect(into.map(({ where }) => where)).to.deep.equal([
      ".github/workflows/aws-acceptance.yml acceptance",
      ".github/workflows/aws-acceptance.yml sweep",
      ".github/workflows/drift.yml drift",
      ".github/workflows/preview.yml preview",
      ".github/workflows/refresh.yml look",
      ".github/workflows/up-stack.yml preview",
      ".github/workflows/up-stack.yml up",
    ]);
    expect(into.filter(({ environment }) => environment === undefined).map(({ where }) => where)).to.deep.equal([]);
    expect(
      jobs.filter(
        ({ path, permissions }) =>
          path.endsWith("preview-local.yml") && JSON.stringify(permissions) !== '{"contents":"read"}',
      ),
    ).to.deep.equal([]);
  });

  it("use no secret: AWS by OpenID Connect, GitHub by the job's token", () => {
    expect([...files].filter(([, text]) => /\bsecrets\b\s*[.:[]/.test(text)).map(([path]) => path)).to.deep.equal([]);
  });

  it("check out no pull request next to credentials, and leave no token behind", () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkouts.length).to.be.above(5);
    expect(
      checkouts.filter(
        ({ with: given }) =>
          given?.["persist-credentials"] !== false ||
          "ref" in given ||
          "repository" in given ||
          "allow-unsafe-pr-checkout" in given,
      ),
    ).to.deep.equal([]);
  });

  it("check each change by .ci/run without credentials, and the official plugins every night", () => {
    const runs = (path: string): string =>
      steps.flatMap(({ where, run = "" }) => (where.startsWith(path) ? [run] : [])).join();
    expect(runs(".github/workflows/ci.yml")).to.contain(".ci/run 2>&1");
    expect(runs(".github/workflows/official-plugins.yml")).to.contain("npm run --silent test:official-plugins");
    const on = (path: string): string[] => Object.keys(workflows.find((one) => one.path === path)?.on ?? {});
    expect(on(".github/workflows/ci.yml")).to.have.members(["pull_request", "merge_group", "push"]);
    expect(on(".github/workflows/official-plugins.yml")).to.have.members(["schedule", "workflow_dispatch"]);
  });

  it("spend money by hand only, after an approval, in listed accounts, one at a time, and sweep in any case", () => {
    const path = ".github/workflows/aws-acceptance.yml";
    const one = workflows.find((found) => found.path === path);
    expect(Object.keys(one?.on ?? {})).to.deep.equal(["workflow_dispatch"]);
    expect(one?.text).to.contain("PILOT_ACCEPTANCE_ACCOUNTS: ${{ vars.ACCEPTANCE_ACCOUNTS }}");
    expect(one?.text).to.match(/concurrency:\n {2}group: aws-acceptance\n {2}cancel-in-progress: false/);
    expect(one?.jobs["acceptance"]?.environment).to.equal("aws-acceptance");
    expect(one?.jobs["sweep"]?.environment).to.equal("aws-acceptance-sweep");
    expect(one?.text).to.contain("needs: acceptance\n    if: ${{ always() ");
    const sweeps = steps.flatMap(({ where, run = "" }) => (where === `${path} sweep` && run !== "" ? [run] : []));
    expect(sweeps.map((run) => run.replace("npm run --silent aws:sweep -- ", ""))).to.deep.equal([
      '--older-than 0s --run "${RUN:-none}" --yes',
      "--older-than 6h",
      "--older-than 6h --yes",
    ]);
  });

  it("keep caches outside the clone, under a key of what the tools are made of", () => {
    const caches = steps.filter(({ uses }) => uses?.startsWith("actions/cache@"));
    expect(caches.length).to.be.above(1);
    for (const { with: given } of caches) {
      expect(given?.["path"]).to.equal("~/.cache/pilot");
      const key = String(given?.["key"]);
      for (const part of ["runner.os", "runner.arch", "local/tools/**", "local/control-plane/**", "package-lock.json"])
        expect(key).to.contain(part);
    }
  });

  it("run only commands of this project, and pass them values in the environment, never in their text", () => {
    const commands = steps.flatMap(({ where, run }) => (run === undefined ? [] : [{ where, run }]));
    const strange = commands.filter(({ run }) => {
      // `--no`: npm must not install a package of this name.
      const [, name, words = ""] = /^npx --no pilot pr ([a-z]+)(?: ([^\n]*))?$/.exec(run) ?? [];
      const known = Object.entries(pullRequestCommands).find(([command]) => command === name)?.[1];
      const options = [...words.matchAll(/--([a-z-]+)/g)].map(([, option = ""]) => option);
      return (
        !(
          known &&
          options.every((option) =>
            Object.keys("options" in known ? known.options : {}).some((key) => key.startsWith(`${option} `)),
          )
        ) &&
        run !== 'npx --no pilot refresh --stack "$STACK" --out refresh.json' &&
        !run.startsWith("npm ci --omit=dev --ignore-scripts") &&
        !/^(\.ci\/run|npm run --silent (test:official-plugins|aws:[a-z]+)[^|;&\n]*)( 2>&1 \| tee [a-z]+\.log)?$/.test(
          run,
        ) &&
        run !== 'pulumi org set-default "$ORGANIZATION"' &&
        run !== 'echo "run=acc-$(date -u +%Y%m%d%H%M%S)" >> "$GITHUB_OUTPUT"'
      );
    });
    expect(strange).to.deep.equal([]);
    expect(commands.filter(({ run }) => run.includes("${{")).map(({ where }) => where)).to.deep.equal([]);
  });

  it("have a required check that always runs and needs every other job, for pull requests and merge groups", () => {
    for (const [path, event] of [
      [".github/workflows/preview.yml", "pull_request_target"],
      [".github/workflows/preview-local.yml", "pull_request"],
    ] as const) {
      const found = workflows.find((one) => one.path === path);
      const { verdict, ...others } = found?.jobs ?? {};
      expect(found && Object.keys(found.on)).to.deep.equal([event, "merge_group"]);
      expect(verdict?.if).to.equal("${{ always() }}");
      expect(verdict?.needs).to.have.members(Object.keys(others));
      expect(verdict?.name).to.match(/^[a-z ]+$/);
      expect(verdict?.strategy).to.equal(undefined);
      // A merge group has no number: without the ref, one group would cancel another.
      expect(found?.text).to.match(
        /group: preview\S*-\$\{\{ github\.event\.pull_request\.number \|\| github\.ref \}\}/,
      );
    }
    const names = jobs.map(({ name }) => name).filter((name) => name?.startsWith("previews"));
    expect(names).to.have.lengthOf(2);
    expect(new Set(names).size).to.equal(2);
  });

  it("preview a stack without the pull request before they take its files, to know what waits already", () => {
    const preview =
      workflows.find(({ path }) => path === ".github/workflows/preview.yml")?.jobs["preview"]?.steps ?? [];
    const commands = preview.flatMap(({ run }) => /^npx --no pilot pr (\S+)/.exec(run ?? "")?.[1] ?? []);
    expect(commands).to.deep.equal(["preview", "take", "preview"]);
    const [before, after] = preview.flatMap(({ run = "" }) => (run.includes("pr preview") ? [run] : []));
    expect(/--out (\S+)/.exec(before ?? "")?.[1]).to.equal(/--before (\S+)/.exec(after ?? "")?.[1]);
  });

  it("give a merge group no credentials: it runs its own files", () => {
    const grouped = workflows.filter(({ on }) => "merge_group" in on).map(({ path }) => path);
    const able = jobs.filter(
      ({ path, permissions = {}, if: condition = "" }) =>
        grouped.includes(path) &&
        Object.values(permissions).includes("write") &&
        !/(?:^|&& )github\.event_name == 'pull_request_target'(?: &&|$)/.test(condition),
    );
    expect(able.map(({ where }) => where)).to.deep.equal([]);
  });

  it("update one stack at a time, cancel no update, and drop none that waits", () => {
    const up = jobs.find(({ where }) => where === ".github/workflows/up-stack.yml up");
    expect(up?.concurrency).to.deep.equal({
      group: "up-${{ inputs.stack }}",
      "cancel-in-progress": false,
      queue: "max",
    });
  });

  it("wait for an approval in a job that holds up no other: without a concurrency group, without credentials", () => {
    const path = ".github/workflows/up-stack.yml";
    const found = jobs.filter((one) => one.path === path);
    const waiting = found.filter(({ environment = "" }) => /-approval|-merge/.test(environment));
    expect(waiting.map(({ where }) => where)).to.deep.equal([`${path} approval`]);
    for (const { concurrency, permissions } of waiting) {
      expect(concurrency).to.equal(undefined);
      expect(permissions).to.deep.equal({ actions: "read", contents: "read" });
    }
    const up = found.find(({ where }) => where === `${path} up`);
    expect(up).to.deep.include({ environment: "${{ inputs.stack }}" });
    expect(up?.needs).to.include("approval");
    expect(up?.if).to.contain("needs.approval.result == 'success'");
    expect(workflows.filter(({ text }) => /^concurrency:/m.test(text)).map((one) => one.path)).to.not.include.members([
      path,
      ".github/workflows/up.yml",
    ]);
  });

  it("look for newer files of the stack before they change it, inside the queue and before credentials", () => {
    const up = jobs.find(({ where }) => where === ".github/workflows/up-stack.yml up");
    const order = (up?.steps ?? []).map(({ run, uses }) => /pr \S+/.exec(run ?? "")?.[0] ?? uses?.split("@")[0]);
    expect(order).to.deep.equal([
      "actions/checkout",
      "./.github/actions/program",
      "pr newest",
      "pr locked",
      "pr allowed",
      "pr take",
      "actions/download-artifact",
      "aws-actions/configure-aws-credentials",
      "pr up",
      "pr reports",
      "actions/upload-artifact",
      "actions/upload-artifact",
    ]);
    expect(up?.steps[0]?.with?.["fetch-depth"]).to.equal(0);
    const conditions = (up?.steps ?? []).flatMap(({ run = "", if: condition = "always" }) =>
      run === "" ? [] : [`${/pr \S+/.exec(run)?.[0] ?? ""} ${condition}`],
    );
    expect(conditions).to.deep.equal([
      "pr newest always",
      "pr locked inputs.pull == ''",
      "pr allowed inputs.pull != ''",
      "pr take inputs.pull != ''",
      "pr up always",
      "pr reports ${{ always() && steps.up.outcome != 'skipped' }}",
    ]);
  });

  it("raise versions only where the repository asks for it, by one pull request of a job without AWS", () => {
    const found = workflows.find(({ path }) => path === ".github/workflows/refresh.yml");
    expect(found?.jobs["stacks"]?.if).to.equal("vars.STACKS_REFRESH != ''");
    expect(found?.jobs["propose"]).to.deep.include({
      needs: ["look"],
      permissions: { contents: "write", "pull-requests": "write" },
    });
    expect(found?.text).to.match(/concurrency:\n {2}group: refresh\n/);
  });

  it("take commands from new comments only, of pull requests only, where the repository turns them on", () => {
    const path = ".github/workflows/commands.yml";
    const found = workflows.find((one) => one.path === path);
    expect(found?.on).to.deep.equal({ issue_comment: { types: ["created"] } });
    const { command, up, answer } = found?.jobs ?? {};
    expect(command?.if).to.equal(
      "vars.COMMENT_COMMANDS != '' && github.event.issue.pull_request && startsWith(github.event.comment.body, '/pilot')",
    );
    expect(command?.concurrency).to.deep.equal({ group: "commands", "cancel-in-progress": false, queue: "max" });
    // Only what the command allowed: same job, environments and queue as after a merge.
    expect(up).to.deep.include({ needs: ["command"], uses: "./.github/workflows/up-stack.yml" });
    expect(up?.if).to.equal("needs.command.outputs.stacks != '[]'");
    expect(answer?.needs).to.deep.equal(["command", "up"]);
    expect(answer?.if).to.match(/^\$\{\{ always\(\) && needs\.command\.result == 'success'/);
    // Without the reviewed preview of the open pull request, nothing else is previewed and approved in its place.
    const preview = jobs.find(({ where }) => where === ".github/workflows/up-stack.yml preview");
    expect(preview?.if).to.equal("needs.find.outputs.artifact == '' && inputs.pull == ''");
    expect(files.get(path)).to.not.contain("author_association");
  });

  it("have a time limit for every job", () => {
    expect(
      jobs
        .filter(({ uses, "timeout-minutes": minutes }) => uses === undefined && minutes === undefined)
        .map(({ where }) => where),
    ).to.deep.equal([]);
  });

  it("log in to Pulumi Cloud by OpenID Connect where an organisation is named, else take the given backend", () => {
    const own = ".github/actions/program/action.yml";
    const login = steps.filter(({ where, uses }) => where === own && uses?.startsWith("pulumi/auth-actions@"));
    expect(login.map((one) => one.if)).to.deep.equal(["inputs.pulumi == 'true' && inputs.organization != ''"]);
    // Each job that works on an account passes both, and gives Pulumi the same address.
    const working = jobs.filter(({ steps: all }) => all.some(({ with: given }) => given?.["pulumi"] === "true"));
    expect(working.map(({ where }) => where)).to.deep.equal([
      ".github/workflows/drift.yml drift",
      ".github/workflows/preview.yml preview",
      ".github/workflows/up-stack.yml preview",
      ".github/workflows/up-stack.yml up",
    ]);
    for (const { where, permissions, steps: all } of working) {
      expect(permissions?.["id-token"], where).to.equal("write");
      expect(all.find(({ uses }) => uses === "./.github/actions/program")?.with, where).to.deep.equal({
        pulumi: "true",
        organization: "${{ vars.PULUMI_ORGANIZATION }}",
        "token-scope": "${{ vars.PULUMI_TOKEN_SCOPE }}",
        backend: "${{ vars.PULUMI_BACKEND_URL }}",
      });
      for (const { run = "", env } of all)
        if (/pr (preview|up|drift) /.test(run))
          expect(env?.["PULUMI_BACKEND_URL"], `${where}: ${run}`).to.equal("${{ vars.PULUMI_BACKEND_URL }}");
    }
  });

  it("install the Pulumi CLI of the SDK's version", () => {
    const versions = steps.flatMap(({ with: given }) => given?.["pulumi-version"] ?? []);
    expect([...new Set(versions)]).to.deep.equal([manifest.dependencies["@pulumi/pulumi"]]);
  });
});
