/** The command tree of `pilot`: names, help and options. A command loads its module when it runs. */
import { ExplainedError } from "../providers/kops/model/errors.ts";
import { runTyped } from "./base/command.ts";
import type { Tree } from "./base/command.ts";
import { existingStoreCommands } from "./existing-store-commands.ts";

const store = "s3://acme-state";
const k1 = "k1";
const full = `${store} k1.sbx.example.com`;
const base = { "base REF": "the commit to compare with" };
const stack = { "stack STACK": "the stack" };
const pull = { "pull NUMBER": "the pull request" };
const head = { "head COMMIT": "full id of the pull request's last commit" };
const out = { "out FILE": "the file to write" };
const result = { "result FILE": "where to write what became of it, for the answer to a comment" };
const commanded = {
  ...pull,
  "comment ID": "the comment",
  "text TEXT": "its text when it was written",
  "least ROLE": "who may command: write, maintain or admin, and roles above",
  "branch BRANCH": "the default branch",
};

/** What the workflows run. */
export const pullRequestCommands = {
  stacks: {
    about: "List the stacks a pull request or a push changes, and whether previews may have credentials",
    usage: "--base REF [--head COMMIT] [--pull NUMBER] [--repository OWNER/NAME] [--only STACK,STACK] [--out FILE]",
    examples: ["--base origin/main", "--base origin/main --only sbx,prod"],
    options: {
      ...base,
      "head COMMIT": "the change (default: HEAD)",
      "pull NUMBER": "fetch the head of this pull request first",
      "repository OWNER/NAME": "the repository of the head, to recognise a fork",
      "only STACK,STACK": "leave other stacks out",
      "out FILE": "also write the list to a file",
    },
    run: async (typed) => (await import("./pr/stacks.ts")).stacks(typed),
  },
  take: {
    about: "Copy a pull request's cluster files and stack config into this checkout\nIt takes no other file.",
    usage: "--base REF --pull NUMBER --head COMMIT",
    examples: ["--base origin/main --pull 7 --head 0f2d...c9"],
    options: { ...base, ...pull, ...head },
    run: async (typed) => (await import("./pr/take.ts")).take(typed),
  },
  preview: {
    about: "Preview a stack, and write the result to a file",
    usage: "--stack STACK --out FILE [--commit COMMIT] [--before FILE]",
    examples: ["--stack sbx --out preview.json"],
    options: {
      ...stack,
      ...out,
      "commit COMMIT": "the commit that is previewed",
      "before FILE": "the preview without the pull request: what it changes waits already, and is no part of this one",
    },
    run: async (typed) => (await import("./pr/preview.ts")).preview(typed),
  },
  local: {
    about:
      "Preview a change of the program on the local cloud\nIt brings up the base in a copy of the repository first.",
    usage: "--stack STACK --base REF [--head REF] --out FILE",
    examples: ["--stack sbx --base origin/main --out preview.json"],
    options: { ...stack, ...base, "head REF": "the change (default: HEAD)", ...out },
    run: async (typed) => (await import("./pr/local.ts")).local(typed),
  },
  comment: {
    about: "Write previews as the one comment of a pull request\nWithout --pull it prints the comment.",
    usage: "[--pull NUMBER] [--head COMMIT] [--out FILE] --folder FOLDER",
    examples: ["--folder found", "--pull 7 --folder found"],
    options: { ...pull, ...head, ...out, "folder FOLDER": "where the previews are, at any depth" },
    run: async (typed) => (await import("./pr/comment.ts")).comment(typed),
  },
  verdict: {
    about: "Decide the required check of a pull request by the results of all its previews",
    usage: "--needs JSON [--stacks JSON]",
    examples: [`--needs '{"preview":{"result":"success"}}' --stacks '["sbx"]'`],
    options: {
      "needs JSON": "toJSON(needs) of the job that decides",
      "stacks JSON": "the stacks that had to be previewed, as a list",
    },
    run: async (typed) => (await import("./pr/verdict.ts")).verdict(typed),
  },
  owners: {
    about: "Stop if GitHub ignores a line of CODEOWNERS, so that nobody must approve a change of the program",
    usage: "",
    examples: [""],
    run: async () => (await import("./pr/owners.ts")).owners(),
  },
  reviewed: {
    about: "Find the preview that was reviewed before a commit was merged",
    usage: "--stack STACK [--commit COMMIT | --head COMMIT --pull NUMBER]",
    examples: ["--stack sbx --commit 0f2d...c9"],
    options: { ...stack, "commit COMMIT": "full id of the merged commit", ...head, ...pull },
    run: async (typed) => (await import("./pr/reviewed.ts")).reviewed(typed),
  },
  newest: {
    about: "Stop a run whose commit no longer has the newest files of its stack, such as a re-run",
    usage: "--stack STACK --commit COMMIT --branch BRANCH",
    examples: ["--stack sbx --commit 0f2d...c9 --branch main"],
    options: {
      ...stack,
      "commit COMMIT": "full id of the commit of this run",
      "branch BRANCH": "the branch of origin",
    },
    run: async (typed) => (await import("./pr/newest.ts")).newest(typed),
  },
  reviewers: {
    about: "Stop if a GitHub environment has no required reviewers",
    usage: "--environment NAME",
    examples: ["--environment sbx-approval"],
    options: { "environment NAME": "the environment" },
    run: async (typed) => (await import("./pr/reviewers.ts")).reviewers(typed),
  },
  all: {
    about: "List stacks for the jobs of a workflow",
    usage: "--only STACK,STACK",
    examples: ["--only sbx,prod"],
    options: { "only STACK,STACK": "the stacks" },
    run: async (typed) => (await import("./pr/all.ts")).all(typed),
  },
  drift: {
    about: "Look for what is not as last applied, and write it to a file\nIt changes nothing.",
    usage: "--stack STACK --out FILE",
    examples: ["--stack sbx --out preview.json"],
    options: { ...stack, ...out },
    run: async (typed) => (await import("./pr/drift.ts")).drift(typed),
  },
  issue: {
    about: "Open or update the one issue about drift, or close it if there is none",
    usage: "--folder FOLDER --stacks JSON",
    examples: [`--folder found --stacks '["sbx"]'`],
    options: { "folder FOLDER": "where the results are, at any depth", "stacks JSON": "the stacks that were checked" },
    run: async (typed) => (await import("./pr/issue.ts")).issue(typed),
  },
  up: {
    about: "Run `pulumi up`, held to a reviewed preview",
    usage: "--stack STACK --plan FILE [--result FILE]",
    examples: ["--stack sbx --plan reviewed/preview.json"],
    options: { ...stack, "plan FILE": "the reviewed preview", ...result },
    run: async (typed) => (await import("./pr/up.ts")).up(typed),
  },
  result: {
    about: "Tell in the comment of a merged pull request what became of its `up`",
    usage: "--commit COMMIT --stacks JSON --folder FOLDER",
    examples: [`--commit 0f2d...c9 --stacks '["sbx"]' --folder found`],
    options: {
      "commit COMMIT": "full id of the merged commit",
      "stacks JSON": "the stacks that were to be updated",
      "folder FOLDER": "where the results are, at any depth",
    },
    run: async (typed) => (await import("./pr/result.ts")).result(typed),
  },
  propose: {
    about: "Open or update the one pull request with newer versions that `pilot refresh` found",
    usage: "--folder FOLDER --branch BRANCH",
    examples: ["--folder found --branch main"],
    options: { "folder FOLDER": "where the results are, at any depth", "branch BRANCH": "the default branch" },
    run: async (typed) => (await import("./refresh/propose.ts")).proposeRefresh(typed),
  },
  reports: {
    about:
      "Write reports of the operations that an `up` ran\n" +
      "The `up` must have had PILOT_RECORD_DIR, the folder of their records.",
    usage: "--records FOLDER --out FOLDER",
    examples: ["--records records --out reports"],
    options: { "records FOLDER": "the folder of the records", "out FOLDER": "where to write the pages" },
    run: async (typed) => (await import("./pr/reports.ts")).reports(typed),
  },
  locked: {
    about: "Stop an `up` of a stack that an open pull request holds since it was applied by a comment",
    usage: "--stack STACK",
    examples: ["--stack sbx"],
    options: stack,
    run: async (typed) => (await import("./pr/locked.ts")).locked(typed),
  },
  command: {
    about: "Carry out a command in a comment, or answer why not",
    usage: "--pull NUMBER --comment ID --text TEXT --least ROLE --branch BRANCH",
    examples: ['--pull 7 --comment 1234 --text "/pilot up" --least maintain --branch main'],
    options: commanded,
    run: async (typed) => (await import("./pr/command.ts")).command(typed),
  },
  allowed: {
    about: "Stop an `up` by a comment that is no longer allowed",
    usage:
      "--pull NUMBER --comment ID --text TEXT --least ROLE --branch BRANCH --head COMMIT --stack STACK [--result FILE]",
    examples: [
      '--pull 7 --comment 1234 --text "/pilot up" --least maintain --branch main --head 0f2d...c9 --stack sbx',
    ],
    options: { ...commanded, ...head, ...stack, ...result },
    run: async (typed) => (await import("./pr/allowed.ts")).allowed(typed),
  },
  answer: {
    about: "Answer a comment when its `up` has ended",
    usage: "--pull NUMBER --comment ID --head COMMIT --stacks JSON --taken JSON --folder FOLDER",
    examples: [`--pull 7 --comment 1234 --head 0f2d...c9 --stacks '["sbx"]' --taken '["sbx"]' --folder found`],
    options: {
      ...pull,
      "comment ID": "the comment",
      ...head,
      "stacks JSON": "the stacks that were to be updated",
      "taken JSON": "those whose locks the command took",
      "folder FOLDER": "where the results are, at any depth",
    },
    run: async (typed) => (await import("./pr/answer.ts")).answer(typed),
  },
} as const satisfies Tree;

/** All commands. */
export const tree: Tree = {
  new: {
    about: "Write the file of a new cluster",
    usage: "NAME [--stack STACK] [--like FILE]",
    examples: ["k2", "k2 --stack sbx --like clusters/sbx/k1.yaml"],
    options: {
      "stack STACK": "the cluster's stack (default: the only one)",
      "like FILE": "copy this file, named from the project's folder",
    },
    run: async (typed, { project }) => (await import("./new.ts")).newClusterFile(typed, project),
  },
  check: {
    about: "Check that an account can take a stack, before its first `pulumi up`\nIt reads only.",
    usage: "--stack STACK [--json]",
    examples: ["--stack sbx", "--stack sbx --json"],
    options: { ...stack, json: "print JSON" },
    run: async (typed) => (await import("./check.ts")).check(typed),
  },
  policy: {
    about: "Print the IAM policies that a role needs for a stack, as JSON",
    usage: "ROLE --stack STACK [--account ID]",
    examples: ["owner --stack sbx", "preview --stack sbx --account 123456789012"],
    options: { ...stack, "account ID": "the account (default: that of these credentials)" },
    run: async (typed) => (await import("./policy.ts")).policy(typed),
  },
  refresh: {
    about: "Find newer images and patches of Kubernetes for the clusters of a stack\nWithout --write it shows them.",
    usage: "--stack STACK [--only image|kubernetes] [--releases URL] [--out FILE] [--write]",
    examples: ["--stack sbx", "--stack sbx --write", "--stack sbx --only image"],
    options: {
      ...stack,
      "only image|kubernetes": "look for these alone",
      "releases URL": "a mirror of https://dl.k8s.io/release",
      "out FILE": "also write what was found to a file",
      write: "write it into the files; comments stay",
    },
    run: async (typed, given) => (await import("./refresh.ts")).refreshVersions(typed, given),
  },
  status: {
    about:
      "Show how a cluster is, what works on it and what waits; without a cluster, one line for each\n" +
      "It reads only. Exits with 0 if all is ready, with 3 if not, with 1 if it cannot tell.",
    usage: "[s3://store] [cluster] [--watch] [--json] [--drift]",
    examples: ["", k1, `${k1} --watch`, `${k1} --drift`, `${full} --json`],
    options: {
      watch: "follow the operation until it ends: live on a terminal, else a line for each transition",
      json: "print JSON (docs/reference/status.md)",
      drift: "also compare AWS with the store's manifests, by kOps's dry run",
    },
    run: async (typed, shell) => (await import("./status.ts")).status(typed, shell),
  },
  history: {
    about:
      "List the operations on a cluster, newest first\n" +
      "Without a cluster, those on all clusters of the store, also deleted ones. It reads only.",
    usage: "[s3://store] [cluster] [--last N] [--json]",
    examples: [k1, store, `${k1} --last 100 --json`],
    options: { "last N": "how many (default: 20)", json: "print the whole records as JSON" },
    run: async (typed, shell) => (await import("./history.ts")).showHistory(typed, shell),
  },
  report: {
    about:
      "Write the report of an operation as one HTML page, without a network\n" +
      "OPERATION is an id that `pilot history` shows, or the name of a record (default: the newest). It reads only.",
    usage: "[s3://store] cluster [operation] [--out FILE]",
    examples: [k1, `${k1} 0a1b2c3d --out report.html`],
    options: { "out FILE": "the file to write (default: it has the names of cluster and record)" },
    run: async (typed, shell) => (await import("./report.ts")).writeReport(typed, shell),
  },
  pause: {
    about: "Pause rolls of a cluster\nA roll under way stops after the current node or instance group.",
    usage: "[s3://store] cluster [reason]",
    examples: [k1, `${k1} "until the sale ends"`, `${k1} --stack sbx`, full],
    run: async (typed, shell) => (await import("./pause.ts")).pauseCluster(typed, shell),
  },
  resume: {
    about: "Allow rolls of a paused cluster again",
    usage: "[s3://store] cluster",
    examples: [k1],
    run: async (typed, shell) => (await import("./pause.ts")).resumeCluster(typed, shell),
  },
  unlock: {
    about:
      "Show who holds the lock of a cluster, and remove it\n" +
      "It asks on a terminal. A dead run's lock needs no unlock: the next run takes it over.",
    usage: "[s3://store] cluster [--yes] [--living PID]",
    examples: [k1, `${k1} --yes`],
    options: { yes: "remove it without a question", "living PID": "repeats the process of a holder that is alive" },
    run: async (typed, shell) => (await import("./unlock.ts")).unlock(typed, shell),
  },
  kubeconfig: {
    about: "Print the kubeconfig of a cluster\nIt has no credential: its users log in when they use it.",
    usage: "[s3://store] cluster [--break-glass]",
    examples: [`${k1} > k1.kubeconfig`, `${k1} --break-glass`],
    options: { "break-glass": "the login of administrators, with the key in the state store" },
    run: async (typed, shell) => (await import("./kubeconfig.ts")).printKubeconfig(typed, shell),
  },
  ...existingStoreCommands,
  "destroy-plan": {
    about: "Show what a destroy would delete, and what stays",
    usage: "[s3://store] cluster [--json]",
    examples: [k1, `${k1} --json`],
    options: { json: "print JSON" },
    run: async (typed, shell) => (await import("./destroy-plan.ts")).showDestroyPlan(typed, shell),
  },
  withdraw: {
    about: "Delete a cluster whose create or deletion did not end\nWithout --yes it shows what would be deleted.",
    usage: "[s3://store] cluster [--owner OWNER --yes] [--living CLUSTER] [--kops-version VERSION]",
    examples: [k1, `${k1} --owner organization/pilot/sbx --yes`],
    options: {
      yes: "delete it",
      "owner OWNER": "repeats the cluster's owner",
      "living CLUSTER": "repeats the name of a cluster that may run",
      "kops-version VERSION": "the version of kOps, if neither journal nor store has it",
    },
    run: async (typed, shell) => (await import("./withdraw.ts")).withdraw(typed, shell),
  },
  forget: {
    about:
      "Remove the records of a cluster, whatever waits on it\n" +
      "`pilot leave` also checks that nothing waits. The cluster runs on.",
    usage: "[s3://store] cluster [--purge]",
    examples: [k1, `${k1} --purge`],
    options: { purge: "also remove the cluster's archive" },
    run: async (typed, shell) => (await import("./forget.ts")).forgetCluster(typed, shell),
  },
  archive: {
    about: "List the archives of deleted clusters",
    usage: "[s3://store] [--purge-expired]",
    examples: ["--stack sbx", `${store} --purge-expired`],
    options: { "purge-expired": "remove those that have expired" },
    run: async (typed, shell) => (await import("./archive.ts")).archives(typed, shell),
  },
  restore: {
    about: "List the snapshots of a cluster's manifests, or write one back\nWithout --yes it shows the differences.",
    usage: "[s3://store] cluster [snapshot | latest] [--yes]",
    examples: [k1, `${k1} latest`, `${k1} latest --yes`],
    options: { yes: "write the manifests back; the cloud follows with the next `pulumi up`" },
    run: async (typed, shell) => (await import("./restore.ts")).restoreManifests(typed, shell),
  },
  "move-store": {
    about: "Copy all clusters of a state store to another one\nWithout --apply it shows what would be copied.",
    usage: "s3://OLD s3://NEW [--apply [--create] | --undo]",
    examples: [`${store} s3://acme-state-2`, `${store} s3://acme-state-2 --apply --create`],
    options: {
      apply: "copy, verify and note the move in the old store, which keeps every object",
      create: "make the new bucket first, with the settings of the old one",
      undo: "withdraw a move that no `pulumi up` has followed yet",
    },
    run: async (typed, shell) => (await import("./move-store.ts")).moveStore(typed, shell),
  },
  "restore-store": {
    about:
      "Bring objects of a state store back, from its earlier versions or its replica\n" +
      "Without --apply it shows what would be copied.",
    usage: "[s3://store] [--from s3://REPLICA] [--at TIME] [--overwrite] [--apply [--create [--key ARN]]]",
    examples: [`${store} --at 2026-11-30T13:00:00Z`, `${store} --from s3://acme-replica --apply --create`],
    options: {
      "from STORE": "the replica (default: the store itself)",
      "at TIME": "as it was then, with time zone (default: as it is now)",
      overwrite: "also replace objects that are there and differ",
      apply: "copy, keys first and journals last",
      create: "make the bucket first, in the region of this shell, private and versioned",
      "key ARN": "encrypt it with this KMS key",
    },
    run: async (typed, shell) => (await import("./restore-store.ts")).restoreStore(typed, shell),
  },
  completion: {
    about: "Print the completion script of a shell",
    usage: "bash | zsh | fish",
    examples: ["bash", "zsh", "fish"],
    run: async (typed) => (await import("./completion.ts")).completion(typed, tree),
  },
  pr: { about: "Preview pull requests and apply them, as the workflows do", commands: pullRequestCommands },
};

/** Runs a command of this process: prints its text, or why it failed. */
export async function main(argv: readonly string[]): Promise<void> {
  // The SDK's notice on old versions of node would stand in the command's output.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  try {
    const result = await runTyped(tree, argv);
    if (typeof result === "string") console.log(result);
    else process.exitCode = result;
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
