/** Runs a command in place of this process: it has our terminal, gets our signals, and its end is ours. */
export function become(command: string, args: readonly string[], env: NodeJS.ProcessEnv): void;
