/**
 * The provider's closed set of errors. Every message has three parts: what failed, why, and what to type next.
 */
export interface Explanation {
  /** What failed, as a sentence without a full stop. */
  what: string;
  /** Why it failed, as far as it is known. */
  why: string;
  /** The next command or edit. */
  next: string;
  /** The file with the whole output of kOps, where there is one. */
  log?: string;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?:`]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** The common part of the set. All are made of the same two things. */
export abstract class ExplainedError extends Error {
  readonly explanation: Explanation;

  constructor(explanation: Explanation, cause?: unknown) {
    super(
      [
        sentence(explanation.what),
        sentence(explanation.why),
        `Next: ${sentence(explanation.next)}`,
        ...(explanation.log === undefined ? [] : [`Log: ${explanation.log}`]),
      ].join("\n  "),
      cause === undefined ? undefined : { cause },
    );
    this.explanation = explanation;
  }
}

/** Something in the given values or the environment of the run is wrong. Nothing was touched. */
export class ConfigError extends ExplainedError {
  override readonly name = "ConfigError";
}

/** kOps, AWS or Kubernetes said no. The log file named in the message has the whole output. */
export class KopsError extends ExplainedError {
  override readonly name = "KopsError";
}

/** Another run holds the cluster, or changed it under our feet. */
export class LockedError extends ExplainedError {
  override readonly name = "LockedError";
}

/** A wait came to its end; the message carries the last reason that was seen. */
export class TimeoutError extends ExplainedError {
  override readonly name = "TimeoutError";
}

/** The run was stopped from outside. */
export class CancelledError extends ExplainedError {
  override readonly name = "CancelledError";
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same in one line, for a place where something else is the matter. */
export function inOneLine(error: unknown): string {
  const text =
    error instanceof ExplainedError ? `${error.explanation.what}: ${error.explanation.why}` : messageOf(error);
  return text.replace(/\s*\n\s*/g, " ");
}

/**
 * The error with the path of the log, unless it names it already. It is one of its own: the same may end the verbs of
 * several clusters, as when the engine is gone, and each has another log.
 */
export function namingLog(error: unknown, path: string): Error {
  if (error instanceof Error && error.message.includes(path)) return error;
  if (!(error instanceof ExplainedError)) {
    const named = new Error(`${messageOf(error)}\n  Log: ${path}`, { cause: error });
    // Of what nobody foresaw the place is to be seen where it was thrown.
    if (error instanceof Error && error.stack !== undefined)
      named.stack = error.stack.replace(error.message, () => named.message);
    return named;
  }
  const Kind = error.constructor as new (explanation: Explanation, cause?: unknown) => ExplainedError;
  return new Kind({ ...error.explanation, log: path }, error.cause);
}

/** Whether a look at a file or folder failed because it is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
