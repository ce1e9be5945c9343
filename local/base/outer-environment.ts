const variable = "PILOT_OUTER_ENV";

/** Where Go finds modules and compilers, and how the machine reaches the internet. */
const names =
  /^(HOME|GOGC|GO(PROXY|SUMDB|PRIVATE|NOPROXY|NOSUMDB|INSECURE|AUTH|FLAGS|ENV|PATH|CACHE|MODCACHE|TOOLCHAIN|TMPDIR)|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR))$/i;

const chosen = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => names.test(name)));

/**
 * The caller's environment for builds and downloads, in one variable that nothing else reads: the local cloud has its
 * own home and proxy, yet a plugin may be built when the first stack needs it.
 */
export function keepOuter(caller: NodeJS.ProcessEnv): Record<string, string> {
  return { [variable]: caller[variable] ?? JSON.stringify(chosen(caller)) };
}

/** The environment for builds and downloads: outside the local cloud the caller's, inside what was kept of it. */
export function outerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = env[variable];
  if (kept === undefined) return env;
  const others = Object.fromEntries(Object.entries(env).filter(([name]) => !names.test(name)));
  return { ...others, ...(JSON.parse(kept) as Record<string, string>) };
}
