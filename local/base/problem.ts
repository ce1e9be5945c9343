import { ExplainedError } from "../../providers/kops/model/errors.ts";

/** What stops a command of the local cloud: what failed, why, and what to type next. */
export class Problem extends ExplainedError {
  override readonly name = "Problem";
}

/** Several problems as one: what is missing is said all at once. */
export function inOne(problems: readonly [Problem, ...Problem[]]): Error {
  return problems.length === 1
    ? problems[0]
    : new AggregateError(problems, problems.map(({ message }) => message).join("\n"));
}
