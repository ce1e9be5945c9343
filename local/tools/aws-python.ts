import { readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { withLock } from "../bootstrap/lock.mjs";
import { Problem } from "../base/problem.ts";
import type { ToolContext } from "./context.ts";
import { digestOfText } from "./digest.ts";
import { ask, onPath } from "./installed.ts";
import type { Detail } from "./progress.ts";
import { step } from "./progress.ts";
import { compareVersions } from "./versions.ts";

const oldestPython = "3.10.0";
const names = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

/**
 * Prints the version, and the least CPU seconds for work like moto's; other processes slow down some rounds.
 * `ensurepip` is what Debian leaves out of python3 and ships in python3-venv.
 */
const question = `
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

/** The problem on a machine without a usable Python. */
export function pythonIsMissing(): Problem {
  return new Problem({
    what: "No Python 3.10 or newer with its venv module is on PATH",
    why: "the AWS API of the local cloud (moto) runs in a virtual environment of it",
    next:
      "install Python 3 (on Debian and Ubuntu: `apt-get install python3 python3-venv`), then run the same command " +
      "again",
  });
}

const requirements = join(import.meta.dirname, "..", "aws", "requirements.txt");

interface VirtualEnvironment {
  readonly folder: string;
  readonly python: string;
  /** Written last: without it, an install was interrupted. */
  readonly complete: string;
}

async function place(context: ToolContext): Promise<VirtualEnvironment> {
  const folder = join(
    context.layout.cache,
    "aws",
    digestOfText(`${question}\n${await readFile(requirements, "utf8")}`),
  );
  return { folder, python: join(folder, "bin", "python"), complete: join(folder, "complete") };
}

// A virtual environment links to its Python: if that is gone, create it again.
function isGood({ python, complete }: VirtualEnvironment): boolean {
  return existsSync(complete) && existsSync(python);
}

export async function hasAwsPython(context: ToolContext): Promise<boolean> {
  return isGood(await place(context));
}

/** The Python of the virtual environment that runs the AWS server. */
export async function ensureAwsPython(context: ToolContext): Promise<string> {
  const wanted = await place(context);
  if (isGood(wanted)) return wanted.python;
  await withLock(
    `${wanted.folder}.lock`,
    async () => {
      if (isGood(wanted)) return;
      const python = await findPython(context);
      if (!python) throw pythonIsMissing();
      await step(context.report, "Installing the AWS server (moto) from PyPI", (detail) =>
        install(context, python.file, wanted, detail),
      );
    },
    {
      onWait: (holder) => {
        context.report(`Waiting for ${wanted.folder}, which ${holder} is creating`);
      },
    },
  );
  return wanted.python;
}

async function install(
  context: ToolContext,
  python: string,
  wanted: VirtualEnvironment,
  detail: Detail,
): Promise<void> {
  await rm(wanted.folder, { recursive: true, force: true });
  detail("creating the virtual environment");
  await run(context, python, ["-m", "venv", wanted.folder], detail);
  await run(
    context,
    wanted.python,
    ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off", "-r", requirements],
    detail,
  );
  await writeFile(wanted.complete, dirname(python));
}

async function run(context: ToolContext, file: string, args: readonly string[], detail: Detail): Promise<void> {
  const child = execa(file, args, {
    // The caller's PYTHONHOME and PYTHONPATH would affect the new environment.
    env: { ...context.env, PYTHONHOME: undefined, PYTHONPATH: undefined },
    extendEnv: false,
    stdin: "ignore",
    all: true,
    reject: false,
    forceKillAfterDelay: 2_000,
  });
  let collected = 0;
  for await (const line of createInterface({ input: child.all })) {
    if (line.startsWith("Collecting "))
      detail(`${++collected} packages collected, ${line.slice("Collecting ".length)}`);
    else if (line.startsWith("Installing collected")) detail(`unpacking ${collected} packages`);
  }
  const result = await child;
  if (!result.failed) return;
  throw new Problem(
    {
      what: "The AWS server (moto) could not be installed",
      why: `\`${args.slice(0, 3).join(" ")}\` of ${file} failed:\n${result.all
        .split("\n")
        .slice(-20)
        .map((line) => `    ${line}`)
        .join("\n")}`,
      next: "fix what Python reports above (often the network), then run the same command again",
    },
    result,
  );
}
