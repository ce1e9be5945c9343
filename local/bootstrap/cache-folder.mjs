// Plain JavaScript without dependencies: the first command in a fresh clone needs it before anything is installed.
import { homedir } from "node:os";
import { join, resolve } from "node:path";

export function cacheFolder(env) {
  return env.PILOT_CACHE_DIR
    ? resolve(env.PILOT_CACHE_DIR)
    : join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "pilot");
}
