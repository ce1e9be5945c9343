/** The commands below `pilot pr`. */
import type { Tree } from "./base/command.ts";

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
