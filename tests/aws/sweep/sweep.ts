import { setTimeout as sleep } from "node:timers/promises";
import { inOneLine } from "../../../providers/kops/model/errors.ts";
import { describe, sweptKinds } from "./kinds.ts";
import type { Leftover } from "./kinds.ts";

/** The account as a sweep uses it. */
export interface Account {
  /** Everything that runs left behind, with its run. */
  leftovers(): Promise<Leftover[]>;
  remove(leftover: Leftover): Promise<void>;
}

export interface Selection {
  /** Milliseconds since the run began. */
  olderThan: number;
  /** This run alone. */
  run?: string | undefined;
  now: number;
}

/** What is old enough, in the order of deletion. */
export function selected(all: readonly Leftover[], { olderThan, run, now }: Selection): Leftover[] {
  return all
    .filter((one) => now - one.run.begun.getTime() >= olderThan && (run === undefined || one.run.name === run))
    .toSorted((one, other) => sweptKinds.indexOf(one.kind) - sweptKinds.indexOf(other.kind));
}

export interface Sweep {
  account: Account;
  selection: Selection;
  say: (line: string) => void;
  /** Milliseconds between two rounds. */
  interval: number;
  /** Milliseconds without a deletion after which it gives up. */
  patience: number;
  /** Milliseconds since the epoch at which it gives up in any case. */
  deadline: number;
  now?: () => number;
}

/** AWS may not list for a moment what is there: so many rounds must find nothing. */
const emptyRounds = 2;

/**
 * Deletes in rounds, until nothing of the selection is left: what others hold can be deleted in a later round.
 * @returns what is still there when it gives up, each with the last reason
 */
export async function sweep(sweeping: Sweep): Promise<string[]> {
  const { account, selection, say, interval, patience, deadline, now = Date.now } = sweeping;
  let progressed = now();
  let fewest = Infinity;
  const removed = new Set<string>();
  for (let empty = 0; ;) {
    const left = selected(await account.leftovers(), selection);
    empty = left.length === 0 ? empty + 1 : 0;
    if (empty >= emptyRounds) return [];
    const why = new Map<string, string>();
    for (const one of left.filter(({ leaving }) => leaving !== true)) {
      try {
        await account.remove(one);
        if (!removed.has(describe(one))) say(`deleted ${describe(one)}`);
        removed.add(describe(one));
      } catch (error) {
        why.set(describe(one), inOneLine(error));
      }
    }
    // What AWS lists for a while after its deletion is no progress, nor is what something makes again and again.
    if (left.length < fewest) progressed = now();
    fewest = Math.min(fewest, left.length);
    if (now() - progressed >= patience || now() >= deadline)
      return left.map((one) => `${describe(one)}: ${why.get(describe(one)) ?? "AWS still lists it"}`);
    await sleep(interval);
  }
}
