import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, lstat, mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { temporaryFolders } from "../temporary.ts";

const project = join(import.meta.dirname, "..", "..", "..");

interface Running {
  child: ReturnType<typeof spawn>;
  end: Promise<{ code: number | null; output: string }>;
}

describe("the first command in a fresh clone", () => {
  const folder = temporaryFolders();
  let root: string;

  // A checkout whose `npm ci` is a script: it counts its calls and creates the requested tool.
  beforeEach(async () => {
    root = await folder();
    for (const place of ["local", "local/bootstrap", "providers/kops/runtime"]) {
      await mkdir(join(root, place), { recursive: true });
      for (const file of (await readdir(join(project, place))).filter((name) => name.endsWith(".mjs")))
        await copyFile(join(project, place, file), join(root, place, file));
    }
    await lockfile("1.0.0");
    await executable(
      join(root, "bin", "npm"),
      `
case "$*" in
  install*) draft=$(pwd); cd ${root}; echo "$*" >>calls
    if [ -e node-fails ]; then echo 'npm error code E404'; exit 1; fi
    case "$*" in *node-${process.platform}-${process.arch}@*) ;; *) exit 2; esac
    mkdir -p "$draft/node_modules/node-${process.platform}-${process.arch}/bin"
    bin=$draft/node_modules/node-${process.platform}-${process.arch}/bin
    printf '#!/bin/sh\necho "fetched node $*"\n' >"$bin/node"
    chmod +x "$draft/node_modules/node-${process.platform}-${process.arch}/bin/node"
    exit ;;
esac
echo "$*" >>calls
if [ -e npm-fails ]; then echo 'npm error code E404'; exit 1; fi
rm -rf node_modules/*
mkdir -p node_modules/.bin
{
  printf '#!/bin/sh\\necho "tool $*"; test "$1" != fail || exit 7\\n'
  printf 'test "$1" != wait || { echo ready; exec sleep 60; }\\n'
} >node_modules/.bin/tool
chmod +x node_modules/.bin/tool
# As npm does it: the record comes last.
cp package-lock.json node_modules/.package-lock.json`,
    );
  });

  async function lockfile(version: string): Promise<void> {
    await writeFile(
      join(root, "package-lock.json"),
      JSON.stringify({ packages: { "": { name: "x" }, "node_modules/a": { version, integrity: "i" } } }),
    );
  }

  async function executable(file: string, body: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `#!/bin/sh\n${body}\n`);
    await chmod(file, 0o755);
  }

  const start = (...args: string[]): Running => bootstrap([], "tool", ...args);
  /** On a node that runs no TypeScript. */
  const startOld = (...args: string[]): Running => bootstrap(["--no-experimental-strip-types"], ...args);

  function bootstrap(flags: readonly string[], ...args: string[]): Running {
    const child = spawn(process.execPath, [...flags, join(root, "local", "bootstrap.mjs"), "exec", ...args], {
      env: { PATH: `${join(root, "bin")}:/usr/bin:/bin`, PILOT_CACHE_DIR: join(root, "cache") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    return { child, end: once(child, "close").then(([code]) => ({ code: code as number | null, output })) };
  }

  const calls = async (): Promise<string[]> => (await readFile(join(root, "calls"), "utf8")).trim().split("\n");

  it("installs the packages once and without their scripts, then runs the command", async () => {
    expect((await start("a", "b").end).output).to.match(/Installing[^]*Installed the packages[^]*tool a b\n$/);
    expect(await start("again").end).to.deep.equal({ code: 0, output: "tool again\n" });
    const made = await calls();
    expect(made).to.have.length(1);
    expect(made[0]).to.match(/^ci --ignore-scripts/);
  });

  it("installs once when two commands start at the same time", async () => {
    const [one, two] = await Promise.all([start("one").end, start("two").end]);
    expect([one.code, two.code]).to.deep.equal([0, 0]);
    expect(await calls()).to.have.length(1);
  });

  it("installs again when the lockfile has changed", async () => {
    await start().end;
    await lockfile("1.0.1");
    await start().end;
    expect(await calls()).to.have.length(2);
  });

  it("never installs through a link into the packages of another checkout", async () => {
    const other = join(await folder(), "node_modules");
    await mkdir(join(other, "a"), { recursive: true });
    await symlink(other, join(root, "node_modules"));
    expect((await start("a").end).code).to.equal(0);
    expect(await readdir(other)).to.deep.equal(["a"]);
    expect((await lstat(join(root, "node_modules"))).isSymbolicLink()).to.equal(false);
  });

  it("accepts an install that somebody made by hand", async () => {
    await executable(join(root, "node_modules", ".bin", "tool"), "echo by hand");
    await copyFile(join(root, "package-lock.json"), join(root, "node_modules", ".package-lock.json"));
    expect(await start().end).to.deep.equal({ code: 0, output: "by hand\n" });
    expect(existsSync(join(root, "calls"))).to.equal(false);
  });

  it("shows the whole output of a failed install, and repeats it the next time", async () => {
    await writeFile(join(root, "npm-fails"), "");
    const failed = await start().end;
    expect(failed.code).to.equal(1);
    expect(failed.output).to.match(/npm error code E404\n`npm ci` ended with exit code 1\nNext: /);
    await writeFile(
      join(root, "bin", "npm"),
      (await readFile(join(root, "bin", "npm"), "utf8")).replace("-e npm-fails", "-e nothing"),
    );
    expect((await start("a").end).code).to.equal(0);
  });

  it("repeats an interrupted install", async () => {
    await mkdir(join(root, "node_modules", "a"), { recursive: true });
    expect((await start("a").end).code).to.equal(0);
    expect(await calls()).to.have.length(1);
  });

  it("downloads a node that runs TypeScript once, if this one does not, and runs the commands with it", async () => {
    const file = join(root, "any.ts");
    expect((await startOld("tool").end).code).to.equal(0);
    const { code, output } = await startOld(file, "a").end;
    expect({ code, output }).to.deep.equal({
      code: 0,
      output: `fetched node --import ${pathToFileURL(join(root, "typescript.mjs")).href} ${file} a\n`,
    });
    expect((await calls()).map((call) => call.split(" ")[0])).to.deep.equal(["install", "ci"]);
  });

  it("runs npm with the fetched node", async () => {
    await executable(
      join(root, "bin", "npm"),
      `${await readFile(join(root, "bin", "npm"), "utf8")}\nnode ci >>${root}/by`,
    );
    expect((await startOld("tool").end).code).to.equal(0);
    expect(await readFile(join(root, "by"), "utf8")).to.equal("fetched node ci\n");
  });

  it("stops if such a node cannot be downloaded, and says which one to install", async () => {
    await writeFile(join(root, "node-fails"), "");
    const { code, output } = await startOld("tool", "a").end;
    expect(code).to.equal(1);
    expect(output).to.match(
      /npm error code E404\n[^]*\nNode \d+\.\d+\.\d+ does not run TypeScript, and node 24\.\d+\.\d+ could not be fetched from npm\.\nNext: install node 22\.18 or newer \(24 is best\), then run the same command again\.\n$/,
    );
    expect(await calls()).to.have.length(1);
  });

  it("ends like the command, with its exit code or signal", async () => {
    expect((await start("fail").end).code).to.equal(7);
    const waiting = start("wait");
    await once(waiting.child.stdout ?? waiting.child, "data");
    waiting.child.kill("SIGTERM");
    expect((await waiting.end).code).to.equal(128 + 15);
  });
});
