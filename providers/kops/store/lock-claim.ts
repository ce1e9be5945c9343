import { z } from "zod";

/** The lock object in the store: who holds it, and that the holder still works. */
export const lockContent = z.object({
  id: z.string(),
  owner: z.string(),
  operation: z.string(),
  host: z.string(),
  /** Where `pid` is meaningful (process-identity.mjs). Absent where the kernel hides it, and in old locks. */
  machine: z.string().optional(),
  pid: z.int(),
  since: z.string(),
  /** Differs in each write of one run. */
  renewed: z.string(),
});
export type LockContent = z.infer<typeof lockContent>;

export function describe(held: LockContent): string {
  return `${held.operation} by ${held.owner} on ${held.host} (process ${held.pid}), since ${held.since}`;
}

/** What a run that waits knows of the lock's holder. */
export interface Watched {
  /** The holder's process is provably gone: it ran on this machine. */
  gone: boolean;
  /** Milliseconds for which this run has seen the object unchanged, by a clock that nobody steps. */
  unchangedFor: number;
  /** Milliseconds since the object was written, by the clock of the store. */
  age: number | undefined;
  /** Milliseconds that a lock lasts without renewal. */
  lifetime: number;
}

/**
 * Whether the holder can no longer renew its lock. A process of this machine that is gone is seen at once; otherwise a
 * whole lifetime must pass without renewal, both for this run and for the store. No wall clock of this machine or of
 * the holder's takes part: either may be wrong by any amount.
 */
export function isAbandoned({ gone, unchangedFor, age, lifetime }: Watched): boolean {
  return gone || (unchangedFor >= lifetime && (age === undefined || age >= lifetime));
}
