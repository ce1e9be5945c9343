/**
 * Per-user cache of downloaded and built tools: `PILOT_CACHE_DIR`, else `$XDG_CACHE_HOME/pilot`, else `~/.cache/pilot`.
 */
export function cacheFolder(env: NodeJS.ProcessEnv): string;
