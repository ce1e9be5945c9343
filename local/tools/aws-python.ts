import { readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { withLock } from "../bootstrap/lock.mjs";
import { Problem } from "../base/problem.ts";
import type { ToolContext } from "./context.ts";
import { digestOfText } from "./digest.ts";
import type { Detail } from "./progress.ts";
import { step } from "./progress.ts";
import { ensurePython, question } from "./python.ts";

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
      const python = await ensurePython(context);
      await step(context.report, "Installing the AWS server (moto) from PyPI", (detail) =>
        install(context, python, wanted, detail),
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

const pipInstall = [
  ...["install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"],
  // A package without a wheel would need a C compiler.
  ...["--only-binary", ":all:", "-r", requirements],
];

async function install(
  context: ToolContext,
  { file, fetched }: { file: string; fetched: boolean },
  wanted: VirtualEnvironment,
  detail: Detail,
): Promise<void> {
  await rm(wanted.folder, { recursive: true, force: true });
  detail("creating the virtual environment");
  // A fetched Python has pip; an installed one may have nothing but ensurepip.
  await run(context, file, ["-m", "venv", ...(fetched ? ["--without-pip"] : []), wanted.folder], detail);
  if (fetched) await run(context, file, ["-m", "pip", "--python", wanted.python, ...pipInstall], detail);
  else await run(context, wanted.python, ["-m", "pip", ...pipInstall], detail);
  await writeFile(wanted.complete, dirname(file));
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
    ...(context.signal && { cancelSignal: context.signal }),
  });
  let collected = 0;
  for await (const line of createInterface({ input: child.all })) {
    if (line.startsWith("Collecting "))
      detail(`${++collected} packages collected, ${line.slice("Collecting ".length)}`);
    else if (line.startsWith("Installing collected")) detail(`unpacking ${collected} packages`);
  }
  const result = await child;
  if (!result.failed) return;
  context.signal?.throwIfAborted();
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
