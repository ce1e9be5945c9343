import type { GuardedPromise } from "./promises.ts";

/** How often a text occurs in another. */
export function occurrences(whole: string, text: string): number {
  return whole.split(text).length - 1;
}

/** The file with the promise broken. Throws if its text does not occur exactly once: then the list is out of date. */
export function broken(source: string, { name, file, text, broken: instead }: GuardedPromise): string {
  const times = occurrences(source, text);
  if (times !== 1)
    throw new Error(
      `"${name}": its text is ${times === 0 ? "no longer" : `${times} times`} in ${file}; write the present one ` +
        "into tests/mutants/promises/",
    );
  return source.replace(text, () => instead);
}

/** The result of a run of mocha. */
export interface Ran {
  /** Undefined if it ended before its tests, as when a file could not be loaded. */
  counts: { passed: number; failed: number } | undefined;
  /** Whether it was stopped because it took too long. */
  late: boolean;
}

/** The counts in the last line of a run, from tests/reporter.cjs. */
export function countsIn(output: string): Ran["counts"] {
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  return last && { passed: Number(last[1]), failed: Number(last[2]) };
}

/** Why a broken promise counts as unnoticed; undefined if tests failed. A run without tests has noticed nothing. */
export function unnoticed({ counts, late }: Ran): string | undefined {
  if (late) return "its tests did not end in time";
  if (!counts || counts.passed + counts.failed === 0)
    return "its tests were not executed: does what stands in place of the text load?";
  return counts.failed === 0 ? `all ${counts.passed} tests passed` : undefined;
}
