import { z } from "zod";
import { ConfigError } from "../providers/kops/model/errors.ts";
import { digestOf } from "../providers/kops/model/spec.ts";
import { RefusedByGitHub } from "./github.ts";
import type { GitHub } from "./github.ts";

/*
 * A pull request that was applied before its merge holds its stacks: until it is merged, another `up` would undo it.
 * The lock is a label on the open pull request: people see it in the list, it ends with the merge or the close without
 * anything that could fail, and it needs no place of its own. Who may label could forge or remove one, but gains
 * nothing: an `up` stays held to its reviewed plan, and what waits from others stops it.
 */

/** GitHub's limit for the name of a label. */
const longestLabel = 50;

/** The label of a pull request that holds a stack. */
export function lockLabel(stack: string): string {
  const label = `pilot up: ${stack}`;
  return label.length <= longestLabel ? label : `${label.slice(0, longestLabel - 9)}~${digestOf(stack).slice(0, 8)}`;
}

const pulls = z.array(z.object({ number: z.int(), labels: z.array(z.object({ name: z.string() })) }));
const labels = z.array(z.object({ name: z.string() }));

const perPage = 100;

async function openPulls(github: GitHub): Promise<z.output<typeof pulls>> {
  const found: z.output<typeof pulls> = [];
  for (let page = 1; ; page++) {
    const some = await github.get(`pulls?state=open&per_page=${perPage}&page=${page}`, pulls);
    found.push(...some);
    if (some.length < perPage) return found;
  }
}

/**
 * The open pull request that holds each stack, for those that are held by another than `own`. GitHub does not tell
 * labels by case.
 */
export async function lockHolders(
  github: GitHub,
  stacks: readonly string[],
  own?: number,
): Promise<Map<string, number>> {
  if (stacks.length === 0) return new Map();
  const open = (await openPulls(github)).filter(({ number }) => number !== own);
  return new Map(
    stacks.flatMap((stack): [string, number][] => {
      const label = lockLabel(stack).toLowerCase();
      const holder = open.find((one) => one.labels.some(({ name }) => name.toLowerCase() === label));
      return holder ? [[stack, holder.number]] : [];
    }),
  );
}

/** Why a held stack must wait, and what to do. */
export function heldBy(stack: string, holder: number): { why: string; next: string } {
  return {
    why: `pull request ${holder} holds ${stack}: it was applied by a comment and is not merged, so this would undo it`,
    next: `merge pull request ${holder}; or comment \`/pilot unlock\` on it, to let others go first`,
  };
}

/** Stops an `up` of stacks that an open pull request holds, other than `own`. */
export async function refuseLocked(github: GitHub, stacks: readonly string[], own?: number): Promise<void> {
  for (const [stack, holder] of await lockHolders(github, stacks, own))
    throw new ConfigError({ what: `The stack ${stack} is not updated`, ...heldBy(stack, holder) });
}

async function unlabel(github: GitHub, pull: number, label: string): Promise<void> {
  try {
    await github.send("DELETE", `issues/${pull}/labels/${encodeURIComponent(label)}`, undefined, z.unknown());
  } catch (error) {
    // Somebody else removed it.
    if (!(error instanceof RefusedByGitHub) || error.status !== 404) throw error;
  }
}

async function labelsOf(github: GitHub, pull: number): Promise<string[]> {
  return (await github.get(`issues/${pull}/labels?per_page=100`, labels)).map(({ name }) => name.toLowerCase());
}

/** Whether a pull request holds a stack. */
export async function holds(github: GitHub, stack: string, pull: number): Promise<boolean> {
  return (await labelsOf(github, pull)).includes(lockLabel(stack).toLowerCase());
}

/**
 * Takes the locks of stacks for a pull request, all or none, and returns those that it did not have. Looks once more
 * afterwards: if two take a lock at the same time, at most one keeps it.
 */
export async function takeLocks(github: GitHub, stacks: readonly string[], pull: number): Promise<string[]> {
  await refuseLocked(github, stacks, pull);
  const own = await labelsOf(github, pull);
  const taken = stacks.filter((stack) => !own.includes(lockLabel(stack).toLowerCase()));
  if (taken.length === 0) return [];
  await github.send("POST", `issues/${pull}/labels`, { labels: taken.map(lockLabel) }, labels);
  try {
    await refuseLocked(github, stacks, pull);
  } catch (error) {
    await releaseLocks(github, taken, pull);
    throw error;
  }
  return taken;
}

/** Releases locks that a pull request may have. */
export async function releaseLocks(github: GitHub, stacks: readonly string[], pull: number): Promise<void> {
  for (const stack of stacks) await unlabel(github, pull, lockLabel(stack));
}

/** Releases all locks of a pull request, and returns their labels. */
export async function releaseAll(github: GitHub, pull: number): Promise<string[]> {
  const locks = (await labelsOf(github, pull)).filter((name) => name.startsWith(lockLabel("")));
  for (const name of locks) await unlabel(github, pull, name);
  return locks;
}
