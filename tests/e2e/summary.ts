/** What an up, preview or refresh says when there was nothing to do. */
export const unchanged = /Resources:\s+\d+ unchanged\s/;

/** What the summary of a preview or an up counts, by what is done; nothing but `unchanged` leaves it empty. */
export const counts = (output: string): string[] =>
  [...(/Resources:\n((?:\s+\S.*\n)+)/.exec(output)?.[1] ?? "").matchAll(/[+~-]+ *\d+ (?:to )?(\w+)/g)].map(
    ([, verb = ""]) => verb,
  );
