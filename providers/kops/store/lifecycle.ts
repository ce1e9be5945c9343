import type { Journal } from "./journal.ts";
import { unfinished } from "./journal.ts";
import { kopsKeysOf } from "./keys.ts";
import type { ObjectStore } from "./object-store.ts";

/*
 * What was before. Each question has one notion that answers it:
 *
 * | notion       | kept in                        | the question                                                    |
 * | ------------ | ------------------------------ | --------------------------------------------------------------- |
 * | written      | `journal.written`              | Did this program write these manifests, and of which spec?      |
 * | last applied | `journal.lastApplied` (`told`) | What may be in the cloud, because an apply of it began?         |
 * | applied      | `journal.applied`              | To which spec was the whole cluster last brought?               |
 * | running      | `journal.running`              | Which Kubernetes may a part still run, because its roll waits?  |
 * | old inputs   | Pulumi's state                 | Which properties changed since the last run that Pulumi saw?    |
 * | adopted      | `journal.origin`               | Is a cluster without `applied` in use (`isInUse`)?              |
 *
 * So: written guards each write, apply and roll, and tells which steps are done; last applied refuses irreversible
 * changes and finds resources; applied is "up to date", the revision, and what a continued change is compared with;
 * running refuses to skip a minor, and stands in for an API that does not answer; old inputs make texts of a preview;
 * adopted decides the route, and whether rolls wait for a window.
 */

/**
 * Where a cluster is in its life, by its journal:
 * - `begun`: a create of this program has not succeeded yet.
 * - `adopting`: an adoption has not succeeded yet. The cluster itself existed before.
 * - `living`: an operation succeeded at least once, and no deletion has begun.
 * - `deleting`: a deletion has not ended yet.
 * - `unclear`: no operation has succeeded yet, and the journal, of an older program, does not say whether the cluster
 *   was created or adopted.
 */
export type Lifecycle = "begun" | "adopting" | "living" | "deleting" | "unclear";

type Known = Pick<Journal, "applied" | "deletion" | "operation" | "origin">;

/** Steps of an adoption that write nothing to the cluster. */
const adoptionSteps: readonly string[] = ["Adopted", "Validated"];

export function lifecycleOf({ applied, deletion, operation, origin }: Known): Lifecycle {
  if (deletion?.begun !== undefined || operation?.verb === "delete") return "deleting";
  if (applied !== undefined) return "living";
  if (origin === "adopted" || operation?.steps.some(({ name }) => name === "Adopted") === true) return "adopting";
  return origin === "made" ? "begun" : "unclear";
}

/**
 * Whether somebody may use the cluster: everything except a create of this program that has not succeeded yet. Nodes of
 * a cluster in use wait for maintenance windows, and follow their control plane.
 */
export function isInUse(journal: Known): boolean {
  return lifecycleOf(journal) !== "begun";
}

/** Whether an unfinished adoption has written nothing yet, so that the cluster can be released as it is. */
export function isReleasable(journal: Known): boolean {
  return (
    lifecycleOf(journal) === "adopting" &&
    (journal.operation?.steps ?? []).every(({ name }) => adoptionSteps.includes(name))
  );
}

/** The same in words, with the step that an unfinished operation reached. */
export function lifecycleText(journal: Journal): string {
  const open = unfinished(journal);
  const at = open === undefined ? "" : `; the last run did not end: ${open}`;
  switch (lifecycleOf(journal)) {
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

/** The command that deletes a half-created cluster. */
export function withdrawCommand(storeUrl: string, cluster: string): string {
  return `npx pilot withdraw ${storeUrl} ${cluster}`;
}

/** The command that removes this program's records of a cluster and leaves the cluster alone. */
export function forgetCommand(storeUrl: string, cluster: string): string {
  return `npx pilot forget ${storeUrl} ${cluster}`;
}

/** Who else owns a cluster, in words. Undefined when this owner has it, or it does not exist. */
export async function foreignOwnerOf(
  store: ObjectStore,
  { name, owner }: { name: string; owner: string },
  journal: Journal | undefined,
): Promise<string | undefined> {
  if (journal?.owner === owner) return undefined;
  const exists = (await store.get(kopsKeysOf(name).config)) !== undefined;
  if (!exists) return undefined;
  return journal ? `it belongs to ${journal.owner}` : "it was made without this program";
}
