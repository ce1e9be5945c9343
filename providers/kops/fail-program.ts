import { log } from "@pulumi/pulumi";
import type { Resource } from "@pulumi/pulumi";

/** Tells the language host that every error was shown: it adds nothing, and the run fails (cmd/run in the SDK). */
const exitedAfterReporting = 32;

/** Effects of {@link failProgram}. */
export interface Reporting {
  error: (text: string, resource: Resource) => Promise<void>;
  exitWith: (code: number) => void;
}

const reporting: Reporting = {
  error: (text, resource) => log.error(text, resource),
  exitWith: (code) => {
    process.exitCode = code;
  },
};

/**
 * Shows an error under its resource, lets the program go on, and makes the run fail when it ends.
 *
 * The SDK's way, a ResourceError thrown in an `apply`, is an unhandled rejection. While the program runs the SDK shows
 * it under the resource; but once the last line of the program has run, as an error of the stack with a JavaScript
 * stack (uncaughtHandler in cmd/run/index.ts). Which of the two depends on how fast the engine answers.
 */
export async function failProgram(
  text: string,
  resource: Resource,
  { error, exitWith }: Reporting = reporting,
): Promise<void> {
  exitWith(exitedAfterReporting);
  await error(text, resource);
}
