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

/** Several problems as one: what is missing is said all at once. */
export function inOne(problems: readonly [Problem, ...Problem[]]): Error {
  return problems.length === 1 ? problems[0] : new AggregateError(problems, problems.map(({ message }) => message).join("\n"));
}
