import { ExplainedError } from "../../providers/kops/model/errors.ts";

/** An error that stops a command of the local cloud: what failed, why, and the next command to type. */
export class Problem extends ExplainedError {
  override readonly name = "Problem";
}

/** Combines several problems into one error, so that everything that is missing is reported at once. */
export function inOne(problems: readonly [Problem, ...Problem[]]): Error {
  return problems.length === 1
    ? problems[0]
    : new AggregateError(problems, problems.map(({ message }) => message).join("\n"));
}
