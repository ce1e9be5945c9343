/** The summary of an up, preview or refresh without changes. */
export const unchanged = /Resources:\s+\d+ unchanged\s/;

/** The operations in the summary of a preview or an up; empty if everything is unchanged. */
export const counts = (output: string): string[] =>
  [...(/Resources:\n((?:\s+\S.*\n)+)/.exec(output)?.[1] ?? "").matchAll(/[+~-]+ *\d+ (?:to )?(\w+)/g)].map(
    ([, verb = ""]) => verb,
  );
