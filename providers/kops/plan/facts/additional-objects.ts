import {
  additionalChanges,
  additionalName,
  desiredAdditional,
  isSameAdditional,
} from "../../model/additional-objects.ts";
import type { AdditionalObject } from "../../model/additional-objects.ts";
import { readJournal } from "../../store/journal.ts";
import { liveAdditional } from "../../store/manifests.ts";
import type { OperationContext } from "../../operation/context.ts";
import { differencesOf } from "./manifest-differences.ts";

/** What happens to the additional objects of a cluster. */
export interface AdditionalPlan {
  /** One line for each object that changes, or for each of its properties. */
  changes: string[];
  /** Names of objects in the store that stay because nobody says what there should be. */
  kept: string[];
}

/** Where two lists of objects differ, one line for each new or removed object and for each changed property. */
export function additionalLines(live: readonly AdditionalObject[], desired: readonly AdditionalObject[]): string[] {
  if (isSameAdditional(live, desired)) return [];
  const { added, removed, changed } = additionalChanges(live, desired);
  const lines = [
    ...added.map((object) => `${additionalName(object)}: new`),
    ...changed.flatMap(([before, after]) =>
      differencesOf(before, after, "").map((line) => `${additionalName(after)}: ${line.replace(/^\./, "")}`),
    ),
    ...removed.map((object) => `${additionalName(object)}: removed`),
  ];
  return lines.length > 0 ? lines : ["in another order"];
}

/** The additional objects that the store has and those it should have. `desired` is undefined if these stay. */
export async function readAdditional(context: Pick<OperationContext, "store" | "inputs">): Promise<{
  live: AdditionalObject[];
  desired: readonly AdditionalObject[] | undefined;
}> {
  const { store, inputs } = context;
  const [{ objects: live }, journal] = await Promise.all([
    liveAdditional(store, inputs.name),
    readJournal(store, inputs.name),
  ]);
  return { live, desired: desiredAdditional(inputs, journal) };
}

/** Undefined for a cluster without any, now and then. */
export function additionalPlan({
  live,
  desired,
}: Awaited<ReturnType<typeof readAdditional>>): AdditionalPlan | undefined {
  const plan: AdditionalPlan =
    desired === undefined
      ? { changes: [], kept: live.map(additionalName) }
      : { changes: additionalLines(live, desired), kept: [] };
  return plan.changes.length + plan.kept.length === 0 ? undefined : plan;
}
