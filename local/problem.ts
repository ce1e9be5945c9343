import type { Explanation } from "../providers/kops/errors.ts";

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?:`]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** What stops a command of the local cloud: what failed, why, and what to type next. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly explanation: Explanation;

  constructor(explanation: Explanation, cause?: unknown) {
    super(
      [sentence(explanation.what), sentence(explanation.why), `Next: ${sentence(explanation.next)}`].join("\n  "),
      cause === undefined ? undefined : { cause },
    );
    this.explanation = explanation;
  }
}
