/** The arguments of a kOps command with the way to the API, where the command takes it and none is given. */
export function withApiServer(args: readonly string[], known: Record<string, { server: string }>): string[];
