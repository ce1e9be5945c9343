/** The three parts of every error message of the provider: what failed, why, and the next command. */
export interface Explanation {
  /** What failed, as a sentence without a full stop. */
  what: string;
  /** Why it failed, as far as known. */
  why: string;
  /** The next command or edit. */
  next: string;
  /** The file with the whole output of kOps, if any. */
  log?: string;
  /** The input that `why` is about, if it is one: `cluster.fileAssets[0].mode`. */
  property?: string;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?:`]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** Base class of the closed set of errors below. */
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

/** The inputs or the environment of the run are wrong. Nothing was changed. */
export class ConfigError extends ExplainedError {
  override readonly name = "ConfigError";
}

/** kOps, AWS or Kubernetes refused or failed. The log that the message names has the whole output. */
export class KopsError extends ExplainedError {
  override readonly name = "KopsError";
}

/** Another run holds the cluster, or has changed it during this run. */
export class LockedError extends ExplainedError {
  override readonly name = "LockedError";
}

/** A wait timed out. The message has the last reason. */
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

/** The same in one line, for a message about something else. */
export function inOneLine(error: unknown): string {
  const text =
    error instanceof ExplainedError ? `${error.explanation.what}: ${error.explanation.why}` : messageOf(error);
  return text.replace(/\s*\n\s*/g, " ");
}

/**
 * A copy of the error with the path of the log, unless it has it already. A copy, because one error may end the
 * operations of several clusters, each with its own log, as when the engine is gone.
 */
export function withLogPath(error: unknown, path: string): Error {
  if (error instanceof Error && error.message.includes(path)) return error;
  if (!(error instanceof ExplainedError)) {
    const named = new Error(`${messageOf(error)}\n  Log: ${path}`, { cause: error });
    // An unforeseen error keeps the stack of the place that threw it.
    if (error instanceof Error && error.stack !== undefined)
      named.stack = error.stack.replace(error.message, () => named.message);
    return named;
  }
  const Kind = error.constructor as new (explanation: Explanation, cause?: unknown) => ExplainedError;
  return new Kind({ ...error.explanation, log: path }, error.cause);
}

/** Whether an access failed because the file or folder does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
