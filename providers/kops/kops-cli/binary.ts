import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { boundedFetch } from "../http/fetch.ts";
import { apart } from "../http/stop.ts";
import { ConfigError, KopsError, messageOf } from "../model/errors.ts";
import { showVersion } from "./flags.ts";
import { versionIn } from "./output/index.ts";

/** The folder of kOps binaries, with one folder per version. All checkouts of a user share it. */
function kopsCache(env: NodeJS.ProcessEnv = process.env): string {
  const cache = env["PILOT_CACHE_DIR"] ?? join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "pilot");
  return join(cache, "kops");
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function versionOf(binary: string): Promise<string | undefined> {
  try {
    const { stdout } = await execa(binary, showVersion(), { timeout: 20_000 });
    return versionIn(stdout);
  } catch {
    return undefined;
  }
}

const found = new Map<string, Promise<string>>();

/**
 * Path of the kOps binary of exactly this version: from the cache, else from `PATH`, else the official release, checked
 * against its published SHA-256 and kept in the cache.
 *
 * Errors: {@link ConfigError} when it is in none of the three; {@link KopsError} for a wrong SHA-256.
 */
export function kopsBinary(version: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const key = `${version} ${kopsCache(env)} ${env["PATH"] ?? ""}`;
  let path = found.get(key);
  if (!path) {
    // Clusters share it: the stop of one must not end it for the others.
    path = apart(() => find(version, env));
    found.set(key, path);
    path.catch(() => found.delete(key));
  }
  return path;
}

/** The same if it is in the cache or on `PATH`; nothing is downloaded. */
export async function installedKops(version: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const cached = join(kopsCache(env), version, "kops");
  if (await isExecutable(cached)) return cached;
  for (const folder of (env["PATH"] ?? "").split(":").filter(Boolean)) {
    const candidate = join(folder, "kops");
    if ((await isExecutable(candidate)) && (await versionOf(candidate)) === version) return candidate;
  }
  return undefined;
}

async function find(version: string, env: NodeJS.ProcessEnv): Promise<string> {
  const installed = await installedKops(version, env);
  if (installed !== undefined) return installed;
  const cached = join(kopsCache(env), version, "kops");
  try {
    await download(version, cached);
  } catch (error) {
    throw new ConfigError(
      {
        what: `kOps ${version} is not on this machine`,
        why:
          `it is neither in ${kopsCache(env)} nor on PATH, and its release could not be downloaded: ` +
          messageOf(error),
        next: `put the kops binary of version ${version} at ${cached}, or correct kopsVersion`,
      },
      error,
    );
  }
  return cached;
}

const releases = "https://github.com/kubernetes/kops/releases/download";

async function fetchBytes(url: string, timeout: number): Promise<Buffer> {
  const answer = await boundedFetch(url, { redirect: "follow", timeout });
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

async function download(version: string, target: string): Promise<void> {
  const system = process.platform === "darwin" ? "darwin" : "linux";
  const machine = process.arch === "arm64" ? "arm64" : "amd64";
  const url = `${releases}/v${version}/kops-${system}-${machine}`;
  const expected = (await fetchBytes(`${url}.sha256`, 60_000)).toString("utf8").trim().split(/\s/)[0];
  const bytes = await fetchBytes(url, 10 * 60_000);
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== expected) {
    throw new KopsError({
      what: `The download of kOps ${version} has a wrong SHA-256`,
      why: `it is ${actual}; the release publishes ${expected ?? "none"}`,
      next: "try again; if the error persists, do not use that file",
    });
  }
  const partial = `${target}.${randomUUID()}`;
  await mkdir(join(target, ".."), { recursive: true });
  try {
    await writeFile(partial, bytes);
    await chmod(partial, 0o755);
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}
