/** A source of choices that repeats them for the same seed. */
export interface Random {
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  /** One of several; undefined if there are none. */
  pick<T>(list: readonly T[]): T | undefined;
  chance(share: number): boolean;
}

/** Mulberry32: 32 bits of state are plenty for choices among dozens. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    below: (end) => Math.floor(next() * end),
    pick: (list) => list[Math.floor(next() * list.length)],
    chance: (share) => next() < share,
  };
}

/** One of several, by weight; undefined if all weights are zero. */
export function weighed<T extends { readonly weight: number }>(list: readonly T[], random: Random): T | undefined {
  let left = random.below(list.reduce((sum, { weight }) => sum + weight, 0));
  return list.find(({ weight }) => (left -= weight) < 0);
}
