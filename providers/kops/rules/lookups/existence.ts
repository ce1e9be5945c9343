import { setMaxListeners } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { messageOf } from "../../model/errors.ts";
import { kopsClusterInputs } from "../../model/inputs.ts";
import { newReferences, referenceKinds } from "./references.ts";
import type { Reference, ReferenceKind } from "./references.ts";
import type { Failure } from "../../model/hidden-inputs.ts";

/** Takes a warning about references that exist. */
export type Warn = (text: string) => void;

/** Returns the references that cannot be used, with the reason. Throws when AWS does not tell. */
export type Lookup = (
  references: readonly Reference[],
  signal: AbortSignal,
  warn: Warn,
) => Promise<Map<Reference, string>>;
export type Lookups = Readonly<Record<ReferenceKind, Lookup>>;

export interface Existence {
  failures: Failure[];
  /** What could not be looked up, with the reason, as text. */
  notChecked: string[];
  warnings: string[];
}

/** Milliseconds for all lookups together: if AWS is unreachable, a preview continues without them. */
const lookupTimeout = 4000;

/** Milliseconds before the second lookup of what was not found: EC2 is eventually consistent. */
const retryDelay = 1000;

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return `AWS did not answer within ${lookupTimeout / 1000}s`;
  const name = error instanceof Error ? error.name : "";
  if (/AccessDenied|Unauthorized|NotAuthorized/i.test(name)) return "access denied";
  return messageOf(error).split("\n")[0] ?? name;
}

function plural(word: string): string {
  return `${word}s`.replace(/([^aeiou])ys$/, "$1ies");
}

/** Rejects when the signal aborts, even if the work does not know the signal, such as a search for credentials. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_resolve, reject) => {
      const abort = (): void => {
        reject(new Error("aborted"));
      };
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
    }),
  ]);
}

async function lookUpTwice(
  lookup: Lookup,
  references: readonly Reference[],
  signal: AbortSignal,
  warn: Warn,
): Promise<Map<Reference, string>> {
  const missing = await orAborted(lookup(references, signal, warn), signal);
  if (missing.size === 0) return missing;
  await pause(retryDelay, undefined, { signal });
  return await orAborted(lookup([...missing.keys()], signal, warn), signal);
}

/** Looks up all kinds at the same time. If the lookup of one kind fails, the others still count. */
export async function lookUp(
  references: readonly Reference[],
  lookups: Lookups,
  signal: AbortSignal = AbortSignal.timeout(lookupTimeout),
): Promise<Existence> {
  // Each request listens to the signal; node reports more than ten listeners as a leak.
  setMaxListeners(0, signal);
  const kinds = [...new Set(references.map(({ kind }) => kind))];
  const notChecked = new Map<string, string[]>();
  const warnings = new Set<string>();
  const found = await Promise.all(
    kinds.map(async (kind) => {
      try {
        return await lookUpTwice(
          lookups[kind],
          references.filter((one) => one.kind === kind),
          signal,
          (text) => warnings.add(text),
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
    warnings: [...warnings],
  };
}

const { region, profile, assumeRole, aws } = kopsClusterInputs.shape;
const identityOf = z.object({ region, profile, assumeRole, aws });

/**
 * Checks that all that the inputs refer to exists in AWS: kOps would retry for ten minutes. It looks up only references
 * that are new since the last run, and asks AWS nothing without one.
 */
export async function checkExistence(
  old: Record<string, unknown> | undefined,
  desired: Record<string, unknown>,
): Promise<Existence> {
  const references = newReferences(old, desired);
  // Region and identity may be malformed, which is refused elsewhere, or not known yet.
  const { success, data: identity } = identityOf.safeParse(desired);
  if (references.length === 0 || !success) return { failures: [], notChecked: [], warnings: [] };
  const { awsLookups } = await import("./aws-lookups.ts");
  return await lookUp(references, awsLookups(identity, desired));
}
