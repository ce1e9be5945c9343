import { inOneLine } from "../model/errors.ts";
import type { Progress } from "./progress.ts";

/**
 * Does the work, then `end`, whatever came of it. What goes wrong in the end is said as a warning and not thrown: it
 * would hide why the work failed, and undoes nothing where it did not. `what` names the end, as in "could not …".
 */
export async function endingWith<T>(
  { what, end }: { what: string; end: () => Promise<unknown> },
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } finally {
    try {
      await end();
    } catch (error) {
      progress.say(`warning: could not ${what}: ${inOneLine(error)}`);
    }
  }
}
