import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { execa } from "execa";
import { pulumiEnvironment } from "../../../../local/workspace/environment.ts";
import { layoutOf } from "../../../../local/base/layout.ts";
import { installPlugins } from "../../../../local/plugins/install.ts";
import { toolContext } from "../../../../local/tools/context.ts";
import { ensurePulumi } from "../../../../local/tools/pulumi.ts";
import { temporaryFolders } from "../../temporary.ts";

const checkout = join(import.meta.dirname, "..", "..", "..", "..");
const options = { reject: false, all: true, stdin: "ignore", extendEnv: false } as const;

describe("a TypeScript program under the real engine", function () {
  this.timeout(120_000);
  const folder = temporaryFolders();
  let pulumi: string;
  let project: string;
  let program: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    pulumi = await ensurePulumi(
      toolContext(layoutOf(checkout), (line) => {
        console.error(line);
      }),
    );
  });

  // The project file is outside the program's folder, as in the local cloud.
  beforeEach(async () => {
    const place = await folder();
    project = join(place, "project");
    program = join(place, "program");
    const layout = layoutOf(checkout, { PILOT_LOCAL_DIR: join(place, "local") });
    for (const path of [project, program, layout.backend, layout.home]) await mkdir(path, { recursive: true });
    await installPlugins(layout, pulumi, () => undefined, { PILOT_PLUGINS: "stand-in" });
    await symlink(join(checkout, "node_modules"), join(program, "node_modules"));
    await writeFile(join(program, "package.json"), JSON.stringify({ name: "tiny", type: "module", main: "index.ts" }));
    await writeFile(
      join(project, "Pulumi.yaml"),
      `name: tiny\nmain: ${program}\nruntime:\n  name: nodejs\n  options: {typescript: false, nodeargs: --import ` +
        `${join(checkout, "typescript.mjs")}}\n`,
    );
    env = { PATH: process.env["PATH"], HOME: layout.home, ...pulumiEnvironment(layout) };
    await execa(pulumi, ["stack", "init", "dev", "--non-interactive"], { cwd: project, env, extendEnv: false });
  });

  const source = (text: string): Promise<void> => writeFile(join(program, "index.ts"), text);
  const run = (...args: string[]) => execa(pulumi, [...args, "--non-interactive"], { ...options, cwd: project, env });

  const dynamicResource = `
    import * as pulumi from "@pulumi/pulumi";
    const size: number = new pulumi.Config().requireNumber("size");
    console.log(\`the program runs in \${process.cwd()}\`);
    class Thing extends pulumi.dynamic.Resource {
      constructor() {
        const create = (): Promise<pulumi.dynamic.CreateResult> => {
          console.log(\`the provider runs in \${process.cwd()}\`);
          return Promise.resolve({ id: "x", outs: {} });
        };
        super({ create }, "thing", { size });
      }
    }
    new Thing();
    export const doubled = size * 2;
    export const hidden = new pulumi.Config().requireSecret("token");`;

  it("runs with config and secrets, shows no changes the second time, and can be destroyed", async () => {
    await source(dynamicResource);
    await run("config", "set", "size", "21");
    await run("config", "set", "--secret", "token", "not for eyes");
    const up = await run("up", "--yes", "--skip-preview");
    expect(up.exitCode, up.all).to.equal(0);
    expect(up.all)
      .to.include(`the program runs in ${program}`)
      .and.to.include(`the provider runs in ${program}`)
      .and.to.match(/doubled: 42/);
    expect(up.all).not.to.include("not for eyes").and.not.to.include("warning");
    const preview = await run("preview", "--expect-no-changes");
    expect(preview.exitCode, preview.all).to.equal(0);
    const refresh = await run("refresh", "--yes", "--expect-no-changes");
    expect(refresh.exitCode, refresh.all).to.equal(0);
    const destroy = await run("destroy", "--yes");
    expect(destroy.exitCode, destroy.all).to.equal(0);
    expect(destroy.all).to.match(/- 2 deleted/);
  });

  // Thrown from the event loop, not from the module itself: otherwise the stack would have a frame of the SDK, on
  // which node's inspect (20.20) spends half a minute before it gives up.
  const later = (statement: string): string => `setImmediate(() => { ${statement} });`;

  for (const { name, text, says, not } of [
    {
      name: "shows an error that it throws with its location, once",
      text: later(`throw new Error("boom");`),
      says: /Error: boom[^]* at .*index\.ts:1/,
      not: /exit code/,
    },
    {
      name: "shows an error meant for people without a stack",
      text: `import { RunError } from "@pulumi/pulumi"; ${later(`throw new RunError("plain words");`)}`,
      says: /error: plain words\n/,
      not: /index\.ts|exit code/,
    },
    {
      name: "fails for an unhandled rejection",
      text: later(`void Promise.reject(new Error("lost"));`),
      says: /Error: lost/,
      not: /exit code/,
    },
    {
      name: "fails with its own exit code",
      text: "process.exit(3);",
      says: /Program exited with non-zero exit code: 3/,
      not: /^$/,
    },
    {
      name: "fails by a signal",
      text: `process.kill(process.pid, "SIGKILL");`,
      says: /Program exited unexpectedly: it was ended by SIGKILL/,
      not: /^$/,
    },
  ]) {
    it(name, async () => {
      await source(text);
      const preview = await run("preview");
      expect(preview.exitCode).not.to.equal(0);
      const diagnostics = /Diagnostics:[^]*/.exec(preview.all)?.[0] ?? preview.all;
      expect(diagnostics).to.match(says).and.not.to.match(not);
    });
  }

  // The engine's process ends at once; the host notices only the end of its pipes.
  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    it(`ends with its host if ${signal} ends the engine`, async () => {
      const pidFile = join(program, "pid");
      await source(`
        import { writeFileSync, renameSync } from "node:fs";
        writeFileSync(${JSON.stringify(`${pidFile}.draft`)}, process.pid + " " + process.ppid);
        renameSync(${JSON.stringify(`${pidFile}.draft`)}, ${JSON.stringify(pidFile)});
        console.log("program is running");
        await new Promise((resolve) => setTimeout(resolve, 60_000));`);
      const preview = run("preview");
      for await (const line of preview.iterable({ from: "all" })) if (line.includes("program is running")) break;
      const [pid = 0, host = 0] = (await readFile(pidFile, "utf8")).split(" ").map(Number);
      preview.kill(signal);
      await preview;
      await ended(pid);
      await ended(host);
    });
  }
});

// Not our child process, so we can only look up whether it has ended.
async function ended(pid: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(50);
  }
  throw new Error(`process ${pid} still lives`);
}
