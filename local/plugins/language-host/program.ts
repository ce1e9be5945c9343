import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compileCacheOf } from "../../base/compile-cache.ts";
import type { RuntimeOptions } from "./options.ts";

/** One run of the user's program, as the engine requests it. */
export interface ProgramRun {
  readonly engine: string;
  readonly monitor: string;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  /** Folder of Pulumi.yaml. */
  readonly rootDirectory: string;
  /** Folder of the program: `main` of Pulumi.yaml, else the folder of Pulumi.yaml. */
  readonly programDirectory: string;
  readonly entryPoint: string;
  readonly args: readonly string[];
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  readonly dryRun: boolean;
  readonly parallel: number;
  readonly options: RuntimeOptions;
}

/** `bail`: the program has already told the user what is wrong; add nothing. */
export type ProgramEnd = { readonly bail: true } | { readonly bail: false; readonly error: string };

// The SDK's exit code after it has reported an error.
const exitedAfterReporting = 32;
const grace = 2_000;

/** Runs the program until it ends, or until `signal` stops it. Its output goes to ours, which the engine reads. */
export function runProgram(run: ProgramRun, signal: AbortSignal): Promise<ProgramEnd> {
  const runner = runnerOf(run.programDirectory);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...run.options.nodeArgs, runner, ...runnerArguments(run)], {
      cwd: run.programDirectory,
      stdio: ["ignore", "inherit", "inherit"],
      env: programEnvironment(run),
    });
    let killer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      child.kill("SIGTERM");
      killer = setTimeout(() => child.kill("SIGKILL"), grace);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    const settle = (): void => {
      clearTimeout(killer);
      signal.removeEventListener("abort", stop);
    };
    child.on("error", (error) => {
      settle();
      reject(new Error(`Problem executing program (could not run node): ${error.message}`, { cause: error }));
    });
    child.on("close", (code, killedBy) => {
      settle();
      resolve(endOf(code, killedBy));
    });
  });
}

export function endOf(code: number | null, killedBy: NodeJS.Signals | null): ProgramEnd {
  if (code === 0) return { bail: false, error: "" };
  if (code === exitedAfterReporting) return { bail: true };
  return {
    bail: false,
    error:
      code === null
        ? `Program exited unexpectedly: it was ended by ${killedBy ?? "a signal"}`
        : `Program exited with non-zero exit code: ${code}`,
  };
}

function runnerOf(programDirectory: string): string {
  try {
    return createRequire(join(programDirectory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  } catch (error) {
    throw new Error(`The Pulumi SDK is not installed in ${programDirectory}. Next: run \`npm ci\` there.`, {
      cause: error,
    });
  }
}

export function runnerArguments(run: ProgramRun): string[] {
  const named = {
    engine: run.engine,
    monitor: run.monitor,
    organization: run.organization,
    project: run.project,
    "root-directory": run.rootDirectory,
    stack: run.stack,
    pwd: run.programDirectory,
    parallel: String(run.parallel),
  };
  return [
    ...Object.entries(named).flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value])),
    ...(run.dryRun ? ["--dry-run"] : []),
    run.entryPoint === "" ? "." : run.entryPoint,
    ...run.args,
  ];
}

export function programEnvironment(run: ProgramRun, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return {
    ...env,
    ...compileCacheOf("program", env),
    PULUMI_CONFIG: JSON.stringify(run.config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.secretKeys),
    ...(run.options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(run.options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: run.options.tsconfig }),
  };
}
