/**
 * Runs a command with our terminal, gives it our signals, and waits for its end.
 * @returns its exit code; 128 and the signal's number when a signal ended it; 127 when it could not be started
 */
export function attend(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number>;

/** Runs a command in place of this process: its end is ours. */
export function become(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<never>;
