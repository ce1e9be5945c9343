/** The command tree of `pilot`: names, help and options. Each command loads what it needs when it runs. */
import { ExplainedError } from "../providers/kops/model/errors.ts";
import { runTyped } from "./command.ts";
import type { Result, Tree } from "./command.ts";
import type { Shell } from "./shell.ts";

const store = "s3://acme-state";
const k1 = `${store} k1.sbx.example.com`;
const base = ["REF", "what the change is compared with"] as const;
const commit = ["COMMIT", "full id of the pull request's commit"] as const;
const stack = ["STACK", "the stack"] as const;
const pull = ["NUMBER", "the pull request"] as const;

/** What the workflows run. */
export const pullRequestCommands = {
  stacks: {
    usage: "--base REF [--head COMMIT] [--pull NUMBER] [--repository OWNER/NAME] [--only STACK,STACK] [--out FILE]",
    summary: "List the stacks a pull request or a push changes",
    description: "It also decides whether their previews may have credentials.",
    examples: ["--base origin/main", "--base origin/main --only sbx,prod"],
    values: {
      base,
      head: ["COMMIT", "the change (default: HEAD)"],
      pull: ["NUMBER", "fetch the head of this pull request first"],
      repository: ["OWNER/NAME", "repository of the head, to recognise a fork"],
      only: ["STACK,STACK", "leave all other stacks out"],
      out: ["FILE", "also write the list to a file"],
    },
    run: async (typed) => (await import("./pr/stacks.ts")).stacks(typed),
  },
  take: {
    usage: "--base REF --pull NUMBER --head COMMIT",
    summary: "Copy a pull request's cluster files and stack config over this checkout",
    description: "No other file is taken: the program stays that of the base branch.",
    examples: ["--base origin/main --pull 7 --head 0f2d...c9"],
    values: { base, pull, head: commit },
    run: async (typed) => (await import("./pr/take.ts")).take(typed),
  },
  preview: {
    usage: "--stack STACK --out FILE [--commit COMMIT]",
    summary: "Preview a stack, and write the result to a file",
    examples: ["--stack sbx --out preview.json"],
    values: { stack, out: ["FILE", "the file to write"], commit: ["COMMIT", "the commit that is previewed"] },
    run: async (typed) => (await import("./pr/preview.ts")).preview(typed),
  },
  local: {
    usage: "--stack STACK --base REF [--head REF] --out FILE",
    summary: "Preview a change of the program on the local cloud",
    description: "It brings up the base in a copy of the repository, then previews the change over it.",
    examples: ["--stack sbx --base origin/main --out preview.json"],
    values: {
      stack,
      base,
      head: ["REF", "the change (default: HEAD)"],
      out: ["FILE", "the file to write"],
    },
    run: async (typed) => (await import("./pr/local.ts")).local(typed),
  },
  comment: {
    usage: "[--pull NUMBER] [--head COMMIT] [--out FILE] --folder FOLDER",
    summary: "Write previews as the one comment of a pull request",
    description: "Without --pull it posts nothing: it prints the comment.",
    examples: ["--folder found", "--pull 7 --folder found"],
    values: {
      pull,
      head: commit,
      out: ["FILE", "also write the comment to a file"],
      folder: ["FOLDER", "where the previews are, at any depth"],
    },
    run: async (typed) => (await import("./pr/comment.ts")).comment(typed),
  },
  reviewed: {
    usage: "--stack STACK --commit COMMIT",
    summary: "Find the preview that was reviewed before a commit was merged",
    examples: ["--stack sbx --commit 0f2d...c9"],
    values: { stack, commit: ["COMMIT", "full id of the merged commit"] },
    run: async (typed) => (await import("./pr/reviewed.ts")).reviewed(typed),
  },
  up: {
    usage: "--stack STACK --plan FILE",
    summary: "Run `pulumi up`, held to a reviewed preview",
    examples: ["--stack sbx --plan reviewed/preview.json"],
    values: { stack, plan: ["FILE", "the reviewed preview"] },
    run: async (typed) => (await import("./pr/up.ts")).up(typed),
  },
} as const satisfies Tree;

const tree: Tree = {
  new: {
    usage: "NAME [--stack STACK] [--like FILE]",
    summary: "Write the file of a new cluster",
    examples: ["k2", "k2 --stack sbx --like clusters/sbx/k1.yaml"],
    values: {
      stack: ["STACK", "the stack it belongs to (default: the only one)"],
      like: ["FILE", "begin with a copy of this file, named from the project's folder"],
    },
    takesWords: true,
    run: async (typed, given) => (await import("./new.ts")).newClusterFile(typed, given.project),
  },
  pause: {
    usage: "s3://store cluster [reason]",
    summary: "Pause rolls of a cluster",
    description: "A roll that is under way stops after the current node or instance group.",
    examples: [k1, `${k1} "wait for the sale to end"`],
    onStore: true,
    run: async (typed, given) => (await import("./pause.ts")).pauseCluster(typed, given),
  },
  resume: {
    usage: "s3://store cluster",
    summary: "Allow rolls of a paused cluster again",
    examples: [k1],
    onStore: true,
    run: async (typed, given) => (await import("./pause.ts")).resumeCluster(typed, given),
  },
  "destroy-plan": {
    usage: "s3://store cluster [--json]",
    summary: "Show what a destroy would delete, and what stays",
    description: "It changes nothing.",
    examples: [k1, `${k1} --json`],
    flags: { json: "print JSON" },
    onStore: true,
    run: async (typed, given) => (await import("./destroy-plan.ts")).showDestroyPlan(typed, given),
  },
  withdraw: {
    usage: "s3://store cluster [--owner OWNER --yes] [--living CLUSTER] [--kops-version VERSION]",
    summary: "Delete a cluster whose create or deletion did not end",
    description: "Without --yes it shows what would be deleted, and changes nothing.",
    examples: [k1, `${k1} --owner organization/pilot/sbx --yes`],
    values: {
      owner: ["OWNER", "repeats the cluster's owner"],
      living: ["CLUSTER", "repeats the name of a cluster that may run"],
      "kops-version": ["VERSION", "the version of kOps, if neither journal nor store has it"],
    },
    flags: { yes: "delete it" },
    onStore: true,
    run: async (typed, given) => (await import("./withdraw.ts")).withdraw(typed, given),
  },
  forget: {
    usage: "s3://store cluster [--purge]",
    summary: "Release a cluster to plain kOps",
    description: "It removes the journal and the pause flag. The cluster runs on.",
    examples: [k1, `${k1} --purge`],
    flags: { purge: "also remove the cluster's archive" },
    onStore: true,
    run: async (typed, given) => (await import("./forget.ts")).forgetCluster(typed, given),
  },
  archive: {
    usage: "s3://store [--purge-expired]",
    summary: "List the archives of deleted clusters",
    examples: [store, `${store} --purge-expired`],
    flags: { "purge-expired": "remove those that have expired" },
    onStore: true,
    run: async (typed, given) => (await import("./archive.ts")).archives(typed, given),
  },
  restore: {
    usage: "s3://store cluster [snapshot | latest] [--yes]",
    summary: "Write a cluster's manifests back from a snapshot",
    description:
      "Without a snapshot it lists them. Without --yes it shows the differences, and changes nothing.\n" +
      "The cloud follows with the next `pulumi up`.",
    examples: [k1, `${k1} latest`, `${k1} latest --yes`],
    flags: { yes: "write them back" },
    onStore: true,
    run: async (typed, given) => (await import("./restore.ts")).restoreManifests(typed, given),
  },
  "move-store": {
    usage: "s3://OLD s3://NEW [--apply [--create] | --undo]",
    summary: "Copy all clusters of a state store to another one",
    description:
      "Without --apply it shows what would be copied and what stops it. Nothing is removed from the old store.",
    examples: [`${store} s3://acme-state-2`, `${store} s3://acme-state-2 --apply --create`],
    flags: {
      apply: "copy, verify and note the move in the old store",
      create: "make the new bucket first, with the settings of the old one",
      undo: "withdraw a move that no `pulumi up` has followed yet",
    },
    onStore: true,
    run: async (typed, given) => (await import("./move-store.ts")).moveStore(typed, given),
  },
  pr: { summary: "Preview pull requests and apply them, as the workflows do", commands: pullRequestCommands },
};

/** Runs a command: returns its text or its exit code. Tests give what surrounds it. */
export async function pilot(argv: readonly string[], given: Partial<Shell> = {}): Promise<Result> {
  return await runTyped(tree, argv, "Work on clusters of this project beside `pulumi up`.", given);
}

/** Runs a command of this process: prints its text, or why it failed. */
export async function main(argv: readonly string[]): Promise<void> {
  // The SDK's notice on old versions of node would stand in the command's output.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  try {
    const result = await pilot(argv);
    if (typeof result === "string") console.log(result);
    else process.exitCode = result;
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
