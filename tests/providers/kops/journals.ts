import type { Journal, RecordedOperation } from "../../../providers/kops/store/journal.ts";

/** An operation with these steps, of which the last did not end. */
export function operationOf(verb: RecordedOperation["verb"], ...steps: string[]): RecordedOperation {
  const ended = (index: number): { ended?: string } =>
    index < steps.length - 1 ? { ended: "2026-11-23T09:05:00Z" } : {};
  return {
    id: "1",
    verb,
    digest: "d",
    begun: "2026-11-23T09:00:00Z",
    steps: steps.map((name, index) => ({ name, begun: "2026-11-23T09:01:00Z", ...ended(index) })),
  };
}

/** A journal of one stack's cluster. */
export function journalOf(changes: Partial<Journal> = {}): Journal {
  return { version: 1, cluster: "k1.sbx.example.com", owner: "o/p/s", conditions: [], instanceGroups: [], ...changes };
}

/** That the cluster was brought up. */
export const applied: NonNullable<Journal["applied"]> = {
  digest: "d",
  kopsVersion: "1.35.0",
  revision: 1,
  at: "2026-11-22T09:00:00Z",
};
