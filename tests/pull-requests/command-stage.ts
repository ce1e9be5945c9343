import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execaSync } from "execa";
import { carryOut } from "../../pull-requests/command/carry-out.ts";
import type { Accepted } from "../../pull-requests/command/carry-out.ts";
import type { Commanded, Place } from "../../pull-requests/command/allow.ts";
import { gitHubHere } from "../../pull-requests/github.ts";
import { fakeGitHub } from "./fake-github.ts";
import type { FakeGitHub } from "./fake-github.ts";
import { approvedPull } from "./fake-pulls.ts";
import type { FakePull } from "./fake-pulls.ts";

/** A repository on GitHub with a remote, for commands in comments. */
export interface CommandStage {
  server: FakeGitHub;
  place: Place;
  /** Commits and pushes to the default branch. */
  merge(files: Record<string, string>): string;
  /** Pushes a commit of a pull request on top of the default branch, and returns it. */
  push(number: number, files: Record<string, string>): string;
  /** A pull request whose commit changes files, approved and previewed. */
  open(number: number, files: Record<string, string>, changes?: Partial<FakePull>): FakePull;
  /** Artifacts of a run of the preview workflow. */
  previewed(head: string, stacks: readonly string[], run?: { id?: number; at?: string; status?: string }): void;
  /** A new comment on a pull request. */
  say(pull: number, text: string, author?: string): Commanded;
  /** Carries out a comment, and returns the result and the answer. */
  run(commanded: Commanded): Promise<Accepted & { answer: string }>;
  close(): Promise<void>;
}

const data = {
  "clusters/sbx/k1.yaml": "name: k1\n",
  "clusters/prod/p1.yaml": "name: p1\n",
  "Pulumi.sbx.yaml": "config: {}\n",
  "Pulumi.prod.yaml": "config: {}\n",
  "index.ts": "// the program\n",
};

export async function commandStage(): Promise<CommandStage> {
  const parent = mkdtempSync(join(tmpdir(), "commands-"));
  const folder = join(parent, "checkout");
  const author = join(parent, "author");
  const git = (at: string, ...args: string[]): string =>
    execaSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
      cwd: at,
      env: { GIT_CONFIG_GLOBAL: "/dev/null" },
    }).stdout;
  const commit = (files: Record<string, string>): string => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(author, path)), { recursive: true });
      writeFileSync(join(author, path), text);
    }
    git(author, "add", "-A");
    git(author, "commit", "-q", "-m", "change");
    return git(author, "rev-parse", "HEAD");
  };
  mkdirSync(author);
  git(author, "init", "-q", "-b", "main");
  git(parent, "init", "-q", "--bare", "origin.git");
  git(author, "remote", "add", "origin", join(parent, "origin.git"));
  const merge = (files: Record<string, string>): string => {
    git(author, "checkout", "-q", "main");
    const merged = commit(files);
    git(author, "push", "-q", "origin", "main");
    return merged;
  };
  commit(data);
  git(author, "push", "-q", "origin", "main");
  git(parent, "clone", "-q", "-b", "main", "origin.git", "checkout");

  // Last, so that a failure before it leaves no server.
  const server = await fakeGitHub();
  const artifacts = new Map<string, object[]>();
  const stage: CommandStage = {
    server,
    place: { github: gitHubHere(server.env), folder, env: {}, pause: () => Promise.resolve() },
    merge,
    push(number, files) {
      git(author, "checkout", "-q", "-B", `topic-${number}`, "main");
      const head = commit(files);
      git(author, "push", "-q", "--force", "origin", `HEAD:refs/pull/${number}/head`);
      return head;
    },
    open(number, files, changes) {
      const pull = approvedPull(number, stage.push(number, files), changes);
      server.pulls.push(pull);
      const stacks = new Set(
        Object.keys(files).flatMap((path) => /^(?:clusters\/(\w+)|Pulumi\.(\w+))/.exec(path)?.slice(1) ?? []),
      );
      stage.previewed(pull.head, [...stacks].filter(Boolean), { id: number });
      return pull;
    },
    previewed(head, stacks, { id = 1, at = "2026-11-21T14:00:00Z", status = "completed" } = {}) {
      for (const name of [`classification-${head}`, ...stacks.map((stack) => `preview-${stack}-${head}`)]) {
        const known = artifacts.get(name) ?? [];
        artifacts.set(name, [...known, { name, expired: false, created_at: at, workflow_run: { id } }]);
        server.answers.set(`actions/artifacts?per_page=100&name=${name}`, { artifacts: artifacts.get(name) });
      }
      server.answers.set(`actions/runs/${id}`, {
        event: "pull_request_target",
        path: ".github/workflows/preview.yml",
        status,
      });
    },
    say(pull, text, login = "keeper") {
      const id = 500 + server.comments.length;
      server.comments.push({ id, body: text, user: { login }, issue: pull });
      return { pull, comment: id, text, least: "maintain", branch: "main" };
    },
    async run(commanded) {
      const accepted = await carryOut(stage.place, commanded, "https://example.com/run");
      const mark = `<!-- pilot:command:${commanded.comment} -->`;
      return { ...accepted, answer: server.comments.find(({ body }) => body.startsWith(mark))?.body ?? "none" };
    },
    async close() {
      await server.close();
      rmSync(parent, { recursive: true });
    },
  };
  server.roles.set("keeper", { permission: "write", role_name: "maintain" });
  server.roles.set("boss", { permission: "admin", role_name: "admin" });
  server.roles.set("writer", { permission: "write", role_name: "write" });
  return stage;
}
