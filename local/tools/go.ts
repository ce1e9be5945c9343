import { createInterface } from "node:readline";
import { execa } from "execa";
import { Problem } from "../base/problem.ts";
import type { ToolContext } from "./context.ts";
import { ensureGo } from "./go-toolchain.ts";
import type { Go } from "./go-toolchain.ts";
import type { Detail } from "./progress.ts";

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

/** Without a workspace above the checkout, and without a C compiler: the machine may have none. */
function environment(context: ToolContext, { env }: Go): NodeJS.ProcessEnv {
  return { ...context.env, ...env, GOWORK: "off", CGO_ENABLED: "0" };
}

/** Fetches the modules at once; compiles when it is its turn. */
export async function goBuild(context: ToolContext, build: GoBuild, detail: Detail): Promise<void> {
  const go = await ensureGo(context, build.name);
  const mode = `-mod=${build.mode ?? "readonly"}`;
  const variables = Object.entries(build.variables ?? {}).flatMap(([name, value]) => ["-X", `${name}=${value}`]);
  let modules = 0;
  await runGo(context, go, build, ["list", "-C", build.module, "-deps", mode, build.package], (line) => {
    if (line.startsWith("go: downloading ")) modules++;
    detail(`fetching modules from the Go module proxy, ${modules} so far`);
  });
  detail("waiting for another build");
  await context.turns.take(async () => {
    let packages = 0;
    const compile = [
      ...["build", "-C", build.module, "-v", "-buildvcs=false", mode],
      // Without what only debuggers read, which costs time and space.
      ...["-gcflags=all=-dwarf=false", "-ldflags", ["-s", "-w", ...variables].join(" ")],
      ...["-o", build.output, build.package],
    ];
    await runGo(context, go, build, compile, (line) => {
      if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) packages++;
      detail(`${packages} packages compiled`);
    });
  });
}

async function runGo(
  context: ToolContext,
  go: Go,
  { name }: GoBuild,
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<void> {
  context.signal?.throwIfAborted();
  const child = execa(go.file, args, {
    // Ignores settings for cross-compiling.
    env: { ...environment(context, go), GOOS: undefined, GOARCH: undefined },
    extendEnv: false,
    stdin: "ignore",
    stdout: "ignore",
    buffer: false,
    reject: false,
    forceKillAfterDelay: 2_000,
    ...(context.signal && { cancelSignal: context.signal }),
  });
  const last: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    last.push(line);
    if (last.length > keptLines) last.shift();
    onLine(line);
  }
  const result = await child;
  if (!result.failed) return;
  context.signal?.throwIfAborted();
  throw new Problem(
    {
      what: `${name} could not be built`,
      why:
        `\`go ${args[0] ?? ""}\` ended with ` +
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
  const go = await ensureGo(context, path);
  const { stdout, stderr, failed } = await execa(go.file, ["mod", "download", "-json", path], {
    cwd: module,
    env: environment(context, go),
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
