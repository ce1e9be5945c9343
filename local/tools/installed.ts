import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { execa } from "execa";

/** Every executable with this name on `PATH`, in order, without the local cloud's own wrapper scripts. */
export async function onPath(name: string, env: NodeJS.ProcessEnv = process.env): Promise<string[]> {
  const own = env["PILOT_BIN"];
  const folders = (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && (own === undefined || resolve(folder) !== resolve(own)));
  const found: string[] = [];
  for (const folder of new Set(folders)) {
    const file = join(folder, name);
    if (await isExecutable(file)) found.push(file);
  }
  return found;
}

export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * What a tool prints about itself, or undefined if it cannot run (such as a version manager's shim without a version).
 */
export async function ask(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const answer = await execa(file, args, { timeout: 20_000, reject: false, stdin: "ignore", env, extendEnv: false });
  return answer.failed ? undefined : answer.stdout.trim();
}

/** The first executable with this name on `PATH` whose version is good. */
export async function findInstalled(
  name: string,
  versionOf: (file: string) => Promise<string | undefined>,
  isGood: (version: string) => boolean,
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ file: string; version: string } | undefined> {
  for (const file of await onPath(name, env)) {
    const version = await versionOf(file);
    if (version !== undefined && isGood(version)) return { file, version };
  }
  return undefined;
}
