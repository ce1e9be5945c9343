import { setMaxListeners } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { messageOf } from "../../model/errors.ts";
import { kopsClusterInputs } from "../../model/inputs.ts";
import { newReferences, referenceKinds } from "./references.ts";
import type { Reference, ReferenceKind } from "./references.ts";
import type { Failure } from "../../model/hidden-inputs.ts";

/** Says which of the given references AWS does not have, and why. Throws when it cannot tell. */
export type Lookup = (references: readonly Reference[], signal: AbortSignal) => Promise<Map<Reference, string>>;
export type Lookups = Readonly<Record<ReferenceKind, Lookup>>;

export interface Existence {
  failures: Failure[];
  /** What could not be looked up, with the reason, in words; empty when everything was. */
  notChecked: string[];
}

/** Milliseconds that all look-ups together may take: where AWS cannot be reached, a preview goes on without. */
const patience = 4000;

/**
 * Milliseconds before what was not found is looked for again: AWS shows new things late (eventual consistency of EC2).
 */
const secondLook = 1000;

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return `AWS did not answer within ${patience / 1000}s`;
  const name = error instanceof Error ? error.name : "";
  if (/AccessDenied|Unauthorized|NotAuthorized/i.test(name)) return "access denied";
  return messageOf(error).split("\n")[0] ?? name;
}

function plural(word: string): string {
  return `${word}s`.replace(/([^aeiou])ys$/, "$1ies");
}

/**
 * Rejects when the signal is aborted, also while something that does not know the signal goes on, such as a search for
 * credentials.
 */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_resolve, reject) => {
      const give = (): void => {
        reject(new Error("aborted"));
      };
      if (signal.aborted) give();
      else signal.addEventListener("abort", give, { once: true });
    }),
  ]);
}

async function look(
  lookup: Lookup,
  references: readonly Reference[],
  signal: AbortSignal,
): Promise<Map<Reference, string>> {
  const missing = await orAborted(lookup(references, signal), signal);
  if (missing.size === 0) return missing;
  await pause(secondLook, undefined, { signal });
  return await orAborted(lookup([...missing.keys()], signal), signal);
}

/** Looks each kind up, all at the same time. What one kind fails on does not keep the others from being found. */
export async function lookUp(
  references: readonly Reference[],
  lookups: Lookups,
  signal: AbortSignal = AbortSignal.timeout(patience),
): Promise<Existence> {
  // Each request listens to it, and node would take more than ten listeners for a leak.
  setMaxListeners(0, signal);
  const kinds = [...new Set(references.map(({ kind }) => kind))];
  const notChecked = new Map<string, string[]>();
  const found = await Promise.all(
    kinds.map(async (kind) => {
      try {
        return await look(
          lookups[kind],
          references.filter((one) => one.kind === kind),
          signal,
        );
      } catch (error) {
        const reason = reasonOf(error, signal);
        notChecked.set(reason, [...(notChecked.get(reason) ?? []), plural(referenceKinds[kind])]);
        return new Map<Reference, string>();
      }
    }),
  );
  const reasons = new Map(found.flatMap((one) => [...one]));
  return {
    failures: references.flatMap((one) => {
      const reason = reasons.get(one);
      return reason === undefined ? [] : [{ property: one.property, reason }];
    }),
    notChecked: [...notChecked].map(([reason, words]) => `${words.join(", ")} (${reason})`),
  };
}

const { region, profile, assumeRole } = kopsClusterInputs.shape;
const seat = z.object({ region, profile, assumeRole });

/**
 * What the inputs refer to and AWS does not have: found here at once, where kOps would retry on it for ten minutes.
 * Only what changed since the last run is looked up; without such a change AWS is asked nothing.
 */
export async function checkExistence(
  old: Record<string, unknown> | undefined,
  desired: Record<string, unknown>,
): Promise<Existence> {
  const references = newReferences(old, desired);
  // Where and as whom to ask may be malformed, and is refused elsewhere, or not known yet.
  const { success, data: identity } = seat.safeParse(desired);
  if (references.length === 0 || !success) return { failures: [], notChecked: [] };
  const { awsLookups } = await import("./aws-lookups.ts");
  return await lookUp(references, awsLookups(identity));
}
