/** One reading of three clocks of this machine, in milliseconds. */
export interface Clocks {
  /** Time of day. Can be stepped in both directions. */
  readonly wall: number;
  /** Monotonic. Stops while the machine is suspended (Linux). */
  readonly steady: number;
  /** Time since boot. Counts a suspend. */
  readonly boot: number;
}

/** Reads the clocks. All processes of this machine read the same values. */
export function readClocks(): Clocks;
/** The longest time that may have passed between two readings, in milliseconds. For who holds a lease. */
export function longestBetween(then: Clocks, now: Clocks): number;
