import { mkdir, realpath, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { Problem } from "../base/problem.ts";
import type { ToolContext } from "./context.ts";
import { Unreachable } from "./download.ts";
import { goBuild } from "./go.ts";
import { ask, onPath } from "./installed.ts";
import type { Detail } from "./progress.ts";
import type { Fill } from "./recipe.ts";
import { acquire } from "./recipe.ts";
import { untar } from "./tar.ts";
import { compareVersions } from "./versions.ts";

const oldestPython = "3.10.0";
const names = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

/** A release of python-build-standalone, the Pythons that uv installs. */
export interface PythonRelease {
  readonly version: string;
  /** SHA-256 of its archives. */
  readonly digests: Readonly<Record<string, string>>;
  readonly place: string;
}

/** The digests are those that uv 0.13.9 demands. */
const pinned: PythonRelease = {
  version: "3.13.18+20261110",
  digests: {
    "aarch64-apple-darwin": "7a2384641584ab9984221fcb0fc9265df465922af71be71410529e2a9c3f0540",
    "aarch64-unknown-linux-gnu": "55c00325f7c1fddf325dfc621aabdfbbac4dc54adda224af88ec411dc12db239",
    "x86_64-apple-darwin": "d27d59a722db9f69926eb6d9564071247221f45a04da920ea7f3001c97e32f9b",
    "x86_64-unknown-linux-gnu": "f2d2199eb25880e07863b391cf7124e7ffa1338b0d65600dfcec117c4223a7fb",
  },
  place: "https://github.com/astral-sh/python-build-standalone/releases/download/20261110",
};

/**
 * Prints the version, and the least CPU seconds for work like moto's; other processes slow down some rounds.
 * `ensurepip` is what Debian leaves out of python3 and ships in python3-venv.
 */
export const question = `
import sys, venv, ensurepip, json, copy, re, time
def work():
    began = time.process_time()
    tags = [[{"Key": "k%d" % k, "Value": "v"} for k in range(5)] for _ in range(2000)]
    text = json.dumps([{tag["Key"]: tag["Value"] for tag in one} for one in tags])
    copy.deepcopy(json.loads(re.sub("k([0-9])", "n\\\\1", text))[:200])
    return time.process_time() - began
print(".".join(map(str, sys.version_info[:3])), min(work() for _ in range(15)))
`;

/** A Python that can create virtual environments. */
export interface Python {
  readonly file: string;
  readonly version: string;
}

/**
 * The fastest suitable Python on `PATH`; the first one among those within a tenth. Version managers build without the
 * optimisations of distributions: 3.11.7 of one took 1.5 times as long as Debian's 3.11.2 (measured), and moto takes a
 * fifth of the tests' CPU time.
 */
export async function findPython(context: ToolContext): Promise<Python | undefined> {
  let best: (Python & { seconds: number }) | undefined;
  for (const name of names) {
    for (const file of await onPath(name, context.env)) {
      const [version = "", seconds = ""] = (await ask(file, ["-c", question], context.env))?.split(" ") ?? [];
      if (version === "" || compareVersions(version, oldestPython) < 0) continue;
      const found = { file, version, seconds: Number(seconds) };
      if (!best || found.seconds < best.seconds * 0.9) best = found;
    }
  }
  return best && { file: best.file, version: best.version };
}

/** The installed Python if it is suitable, else one in the cache, which always has pip. */
export async function ensurePython(
  context: ToolContext,
  release = pinned,
): Promise<{ file: string; fetched: boolean }> {
  const installed = await findPython(context);
  if (installed) return { file: installed.file, fetched: false };
  const reasons: string[] = [];
  const because = (error: unknown): string[] => {
    reasons.push(error instanceof Problem ? error.explanation.why : messageOf(error));
    return reasons;
  };
  const file = await acquire(context, {
    name: "Python 3.13",
    file: join(context.layout.cache, "python", release.version, "python"),
    release: () =>
      findRelease(context, release).catch((error: unknown) => {
        because(error);
        throw error;
      }),
    building: "Unpacking Python 3.13 from a Go module",
    build: (folder, detail) =>
      fromGoModule(context, folder, detail).catch((error: unknown) => {
        throw pythonIsMissing(because(error), error);
      }),
  });
  // They need the C library of most Linux systems.
  if ((await ask(file, ["-c", "import ssl, venv"], context.env)) === undefined)
    throw pythonIsMissing([`${file} does not run on this system`]);
  return { file: await realpath(file), fetched: true };
}

/** The name of this system and machine in a release. */
export function pythonPlatform(): string {
  const machine = process.arch === "arm64" ? "aarch64" : process.arch === "x64" ? "x86_64" : process.arch;
  return `${machine}-${process.platform === "darwin" ? "apple-darwin" : `unknown-${process.platform}-gnu`}`;
}

async function findRelease(context: ToolContext, { version, digests, place }: PythonRelease): Promise<Fill> {
  const platform = pythonPlatform();
  const digest = digests[platform];
  if (digest === undefined) throw new Unreachable(`Python ${version} has no release for ${platform}`);
  const url = `${place}/cpython-${encodeURIComponent(version)}-${platform}-install_only_stripped.tar.gz`;
  await context.downloads.reach(url);
  return async (folder, detail) => {
    const file = join(folder, "python.tar.gz");
    await context.downloads.file(url, file, { algorithm: "sha256", digest }, detail);
    detail("unpacking");
    await untar(file, folder, context.env);
    await rename(join(folder, "python"), join(folder, "root"));
    await finish(folder);
  };
}

/** Where only package registries can be reached: a Go module carries an older python-build-standalone and pip. */
async function fromGoModule(context: ToolContext, folder: string, detail: Detail): Promise<void> {
  const unpacker = join(folder, "unpack");
  await goBuild(
    context,
    { name: "Python 3.13", module: join(import.meta.dirname, "go", "python"), package: ".", output: unpacker },
    detail,
  );
  const root = join(folder, "root");
  await mkdir(root);
  detail("unpacking");
  await execa(unpacker, [root], { stdin: "ignore" });
  await rm(unpacker);
  await finish(folder);
}

/** The executable that the cache looks for. */
function finish(folder: string): Promise<void> {
  return symlink(join("root", "bin", "python3"), join(folder, "python"));
}

/** The problem on a machine without a usable Python. */
function pythonIsMissing(reasons: readonly string[], cause?: unknown): Problem {
  return new Problem(
    {
      what: "There is no Python to run the AWS API of the local cloud (moto) with",
      why: `PATH has no Python 3.10 or newer with its venv module, and none could be fetched: ${reasons.join("; ")}`,
      next:
        "install Python 3 (on Debian and Ubuntu: `apt-get install python3 python3-venv`), then run the same command " +
        "again",
    },
    cause,
  );
}
