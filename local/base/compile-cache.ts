import { join } from "node:path";

const name = "NODE_COMPILE_CACHE";

/**
 * Where node keeps what it has compiled for one kind of process. Pulumi's SDK switches an option of V8 on when it is
 * loaded, and V8 takes back only what was compiled under the same options: kinds that load it at different moments, in
 * one folder, would each throw away and write anew what another has left there (a fifth of their files, at each start).
 */
export function compileCacheOf(kind: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const folder = env[name];
  return folder ? { [name]: join(folder, kind) } : {};
}

/** The same, as a line of a shell script. */
export const useCompileCacheOf = (kind: string): string => `[ -z "$${name}" ] || export ${name}="$${name}/${kind}"`;
