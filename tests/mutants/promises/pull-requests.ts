import type { GuardedPromise } from "../promises.ts";

/** Promises of the workflows of pull requests. */
export const ofPullRequests: readonly GuardedPromise[] = [
  {
    name: "an up gives no property another value than was reviewed",
    file: "pull-requests/apply/unreviewed-changes.ts",
    text: "!isAmong(path, digest, reviewed.digests)",
    broken: "!(path in reviewed.digests || isAmong(path, digest, {}))",
    tests: ["tests/pull-requests/apply.test.ts"],
  },
  {
    name: "an old run does not put a stack back",
    file: "pull-requests/apply/newest.ts",
    text: "  if (first === undefined) return;",
    broken: "  if (first !== null) return;",
    tests: ["tests/pull-requests/newest.test.ts"],
  },
  {
    name: "a comment applies only a commit that was approved",
    file: "pull-requests/command/rules.ts",
    text: "({ commit }) => commit?.oid !== headRefOid",
    broken: "({ commit }) => commit === null",
    tests: ["tests/pull-requests/commands.test.ts"],
  },
  {
    name: "an open pull request that was applied holds its stack",
    file: "pull-requests/locks.ts",
    text: "filter(({ number }) => number !== own)",
    broken: "filter(({ number }) => number === own)",
    tests: ["tests/pull-requests/commands.test.ts"],
  },
  {
    name: "no name of a pull request breaks out of the timeline in its comment",
    file: "pull-requests/comment/mermaid.ts",
    text: `.replace(/[^A-Za-z0-9 ._/-]+/g, " ")`,
    broken: "",
    tests: ["tests/pull-requests/timeline.test.ts"],
  },
];
