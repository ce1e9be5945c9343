import type { GivenIdentity } from "../base/shell.ts";

/** Variable that kOps, too, reads the state store from. */
export const storeVariable = "KOPS_STATE_STORE";

/** Where the state store of a command comes from. */
export type StoreSource = { url: string } | { stack: string };

/** What the choice of a store depends on. */
export interface StoreFacts {
  /** What was typed. */
  args: readonly string[];
  /** `--stack`. */
  stack: string | undefined;
  /** `KOPS_STATE_STORE`. */
  variable: string | undefined;
  /** Stacks with a file in the project. */
  stacks: readonly string[];
}

/** A store and the words behind it, or why there is none. */
export type ChosenStore = { source: StoreSource; words: readonly string[] } | { why: string };

/**
 * The store is the first word, if that begins with `s3://`; else that of `--stack`; else `KOPS_STATE_STORE`; else that
 * of the only stack of the project.
 */
export function chooseStore({ args, stack, variable, stacks }: StoreFacts): ChosenStore {
  const [url, ...words] = args;
  if (url?.startsWith("s3://") === true)
    return stack === undefined
      ? { source: { url }, words }
      : { why: `it takes the state store (${url}) or --stack ${stack}, not both` };
  if (stack !== undefined) return { source: { stack }, words: args };
  if (variable) {
    if (!variable.startsWith("s3://"))
      return { why: `${storeVariable} is ${JSON.stringify(variable)}, and a state store begins with s3://` };
    return { source: { url: variable }, words: args };
  }
  const [only, second] = stacks;
  if (only !== undefined && second === undefined) return { source: { stack: only }, words: args };
  return {
    why:
      "it needs a state store: no word begins with s3://, neither --stack nor " +
      `${storeVariable} is given, and the project has ` +
      (only === undefined ? "no Pulumi.<stack>.yaml" : `several stacks (${stacks.toSorted().join(", ")})`),
  };
}

/** A cluster of the store, or why none is meant. */
export type ChosenCluster = { cluster: string } | { why: string; names: readonly string[] };

/**
 * The cluster that a word means: a full name as it is; `k1` means the one cluster `k1.…`. `living`: those with
 * manifests. `known`: those that only a journal or an archive is left of, which count where no living one matches.
 */
export function chooseCluster(
  word: string,
  { living, known }: { living: readonly string[]; known: readonly string[] },
): ChosenCluster {
  if (word.includes(".")) return { cluster: word };
  const meant = (names: readonly string[]): string[] => names.filter((name) => name.startsWith(`${word}.`)).sort();
  const found = meant(living).length > 0 ? meant(living) : meant(known);
  const [cluster, second] = found;
  if (cluster === undefined) return { why: `none is called ${word}`, names: living.toSorted() };
  if (second !== undefined) return { why: `${word} names more than one`, names: found };
  return { cluster };
}

/** The options that repeat an identity, as far as options can. Begins with a space, or is empty. */
export function identityWords({ profile }: GivenIdentity): string {
  return profile === undefined ? "" : ` --profile ${profile}`;
}
