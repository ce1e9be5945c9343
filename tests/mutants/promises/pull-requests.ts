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
];
