import { createInterface } from "node:readline";
import { execa } from "execa";
import { Problem } from "../base/problem.ts";
import type { ToolContext } from "./context.ts";
import { ask, findInstalled } from "./installed.ts";
import type { Detail } from "./progress.ts";
import { compareVersions } from "./versions.ts";

// Since this version, Go downloads the toolchain that a module requires.
const oldestGo = "1.21.0";

export function findGo(context: ToolContext): Promise<{ file: string; version: string } | undefined> {
  return findInstalled(
    "go",
    async (file) => (await ask(file, ["env", "GOVERSION"], context.env))?.replace(/^go/, ""),
    (version) => compareVersions(version, oldestGo) >= 0,
    context.env,
  );
}

/** The problem on a machine without Go. */
export function goIsMissing(neededFor: string): Problem {
  return new Problem({
    what: `No Go ${oldestGo.replace(/\.0$/, "")} or newer is on PATH`,
    why: `${neededFor} cannot be downloaded here and must be built from source with it`,
    next: "install Go (a package of the system, or its official installer), then run the same command again",
  });
}

export interface GoBuild {
  /** Name of the tool, for messages. */
  readonly name: string;
  /** Folder of the `go.mod`. */
  readonly module: string;
  readonly package: string;
  /** Path of the executable. */
  readonly output: string;
  /** String variables of packages to set, usually the version. */
  readonly variables?: Readonly<Record<string, string>>;
  /** `readonly` if go.mod and go.sum are complete and under version control; `mod` lets Go complete them. */
  readonly mode?: "readonly" | "mod";
}

const keptLines = 25;

export async function goBuild(context: ToolContext, build: GoBuild, detail: Detail): Promise<void> {
  const go = await findGo(context);
  if (!go) throw goIsMissing(build.name);
  const flags = Object.entries(build.variables ?? {}).flatMap(([name, value]) => ["-X", `${name}=${value}`]);
  const args = [
    "build",
    "-C",
    build.module,
    "-v",
    "-buildvcs=false",
    `-mod=${build.mode ?? "readonly"}`,
    ...(flags.length > 0 ? ["-ldflags", flags.join(" ")] : []),
    "-o",
    build.output,
    build.package,
  ];
  const child = execa(go.file, args, {
    // Ignores a workspace above the checkout and settings for cross-compiling.
    env: { ...context.env, GOWORK: "off", GOOS: undefined, GOARCH: undefined },
    extendEnv: false,
    stdin: "ignore",
    buffer: false,
    reject: false,
    forceKillAfterDelay: 2_000,
  });
  const counts = { downloaded: 0, compiled: 0 };
  const last: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    last.push(line);
    if (last.length > keptLines) last.shift();
    if (line.startsWith("go: downloading ")) counts.downloaded++;
    else if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) counts.compiled++;
    detail(
      counts.compiled === 0
        ? `fetching modules from the Go module proxy, ${counts.downloaded} so far`
        : `${counts.compiled} packages compiled`,
    );
  }
  const result = await child;
  if (!result.failed) return;
  throw new Problem(
    {
      what: `${build.name} could not be built`,
      why:
        `\`go build\` ended with ` +
        `${result.signal ?? `exit code ${result.exitCode ?? "unknown"}`}:\n` +
        last.map((line) => `    ${line}`).join("\n"),
      next: "fix what Go reports above (often the network), then run the same command again",
    },
    result,
  );
}

/**
 * The folder of a module's sources; downloads them if they are missing.
 * @param module folder of the `go.mod` that requires it
 */
export async function goModuleFolder(context: ToolContext, module: string, path: string): Promise<string> {
  const go = await findGo(context);
  if (!go) throw goIsMissing(path);
  const { stdout, stderr, failed } = await execa(go.file, ["mod", "download", "-json", path], {
    cwd: module,
    env: { ...context.env, GOWORK: "off" },
    extendEnv: false,
    stdin: "ignore",
    reject: false,
  });
  const { Dir: folder, Error: problem = stderr } = JSON.parse(stdout === "" ? "{}" : stdout) as {
    Dir?: string;
    Error?: string;
  };
  if (!failed && folder !== undefined) return folder;
  throw new Problem({
    what: `The sources of ${path} cannot be downloaded`,
    why: `\`go mod download\` says: ${problem.trim()}`,
    next: "fix what Go reports above (often the network), then run the same command again",
  });
}
