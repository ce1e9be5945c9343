import { join } from "node:path";

const name = "NODE_COMPILE_CACHE";

/**
 * Where node caches compiled code for one kind of process. Pulumi's SDK sets an option of V8 when it is loaded, and V8
 * reuses only code that was compiled under the same options. In a shared folder, kinds of processes that load the SDK
 * at different moments would replace a fifth of each other's files at every start.
 */
export function compileCacheOf(kind: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const folder = env[name];
  return folder ? { [name]: join(folder, kind) } : {};
}

/** The same as a line of a shell script. */
export const useCompileCacheOf = (kind: string): string => `[ -z "$${name}" ] || export ${name}="$${name}/${kind}"`;
