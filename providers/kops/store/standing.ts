import type { Journal } from "./journal.ts";
import { unfinished } from "./journal.ts";

/**
 * How far a cluster came, by its journal:
 * - `begun`: a create of this program that has not ended well yet.
 * - `adopting`: an adoption that has not ended well yet. The cluster itself was there before.
 * - `living`: it was brought up at least once, and no deletion of it has begun.
 * - `deleting`: a deletion that has not ended yet.
 * - `unclear`: not brought up yet, by a journal of an older program, which does not say whether it was made or adopted.
 */
export type Standing = "begun" | "adopting" | "living" | "deleting" | "unclear";

type Known = Pick<Journal, "applied" | "deletion" | "operation" | "origin">;

/** Steps of an adoption that write nothing. */
const adoptionSteps: readonly string[] = ["Adopted", "Validated"];

export function standingOf({ applied, deletion, operation, origin }: Known): Standing {
  if (deletion?.begun !== undefined || operation?.verb === "delete") return "deleting";
  if (applied !== undefined) return "living";
  if (origin === "adopted" || operation?.steps.some(({ name }) => name === "Adopted") === true) return "adopting";
  return origin === "made" ? "begun" : "unclear";
}

/** Whether an adoption that has not ended wrote nothing yet, so that the cluster can be released as it is. */
export function isReleasable(journal: Known): boolean {
  return (
    standingOf(journal) === "adopting" &&
    (journal.operation?.steps ?? []).every(({ name }) => adoptionSteps.includes(name))
  );
}

/** The same in words: what it is, since when, and how far it came. */
export function standingText(journal: Journal): string {
  const open = unfinished(journal);
  const at = open === undefined ? "" : `; the last run did not end: ${open}`;
  switch (standingOf(journal)) {
    case "begun":
      return `a create that has not ended: ${open ?? "it has not begun its first step"}`;
    case "adopting":
      return `an adoption that has not ended: ${open ?? "it has not begun its first step"}`;
    case "deleting":
      return (
        "a deletion that has not ended: " + (open ?? `delete begun ${journal.deletion?.begun ?? "at an unknown time"}`)
      );
    case "living":
      return `a cluster that was brought up, last ${journal.applied?.at ?? "at an unknown time"}${at}`;
    case "unclear":
      return (
        "a create or an adoption that has not ended (its journal is of an older program and does not say which): " +
        (open ?? "it has not begun its first step")
      );
  }
}

/** The command that deletes what was begun. */
export function withdrawCommand(storeUrl: string, cluster: string): string {
  return `npx pilot withdraw ${storeUrl} ${cluster}`;
}

/** The command that removes what this program keeps of a cluster, and leaves the cluster itself alone. */
export function forgetCommand(storeUrl: string, cluster: string): string {
  return `npx pilot forget ${storeUrl} ${cluster}`;
}
