import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { layoutOf } from "../../../local/base/layout.ts";
import { Problem } from "../../../local/base/problem.ts";
import type { ToolContext } from "../../../local/tools/context.ts";
import { toolContext } from "../../../local/tools/context.ts";
import type { PythonRelease } from "../../../local/tools/python.ts";
import { ensurePython, findPython, pythonPlatform } from "../../../local/tools/python.ts";
import { rejection } from "../rejection.ts";
import { temporaryFolders } from "../temporary.ts";
import type { Answer } from "./release-server.ts";
import { releaseServers, sha256 } from "./release-server.ts";

const version = "3.13.99+20990101";
const path = `/cpython-${version}-${pythonPlatform()}-install_only_stripped.tar.gz`;

describe("Python", () => {
  const folder = temporaryFolders();
  const serve = releaseServers();
  let programs: string;
  let cache: string;

  beforeEach(async () => {
    [programs, cache] = [await folder(), await folder()];
  });

  function machineWith(env: NodeJS.ProcessEnv = {}): ToolContext {
    const all = { PATH: programs, PILOT_CACHE_DIR: cache, GOPROXY: "off", ...env };
    return toolContext(layoutOf("/nowhere", all), () => undefined, all);
  }

  async function script(name: string, text: string): Promise<string> {
    const file = join(programs, name);
    await writeFile(file, `#!/bin/sh\n${text}\n`);
    await chmod(file, 0o755);
    return file;
  }

  /** An archive of a release, with a program in place of its Python. */
  async function archive(program: string): Promise<Buffer> {
    const place = await folder();
    const bin = join(place, "python", "bin");
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, "python3"), `#!/bin/sh\n${program}\n`);
    await chmod(join(bin, "python3"), 0o755);
    await execa("tar", ["-czf", "python.tar.gz", "python"], { cwd: place });
    return readFile(join(place, "python.tar.gz"));
  }

  const released = (place: string, digest: string): PythonRelease => ({
    version,
    digests: { [pythonPlatform()]: digest },
    place,
  });

  const serving = (answer: Answer) => (asked: string) => (asked === path ? answer : undefined);
  const system = { PATH: "/usr/bin:/bin" };

  /** The system's tar, without its Python. */
  async function tarOnly(): Promise<NodeJS.ProcessEnv> {
    await script("tar", `PATH=${system.PATH} exec tar "$@"`);
    return { PATH: programs };
  }

  it("is the fastest installed one that is new enough, the first one of equals", async () => {
    const { url, asked } = await serve(serving(await archive("exit 0")));
    await script("python3", "echo 3.9.2 0.1");
    expect(await findPython(machineWith())).to.equal(undefined);
    const first = await script("python3", "echo 3.11.7 0.68");
    await script("python3.12", "echo 3.12.1 0.66");
    expect(await findPython(machineWith())).to.deep.equal({ file: first, version: "3.11.7" });
    const fast = await script("python3.11", "echo 3.11.2 0.45");
    expect(await ensurePython(machineWith(), released(url, ""))).to.deep.equal({ file: fast, fetched: false });
    expect(asked).to.deep.equal([]);
  });

  it("is downloaded once if none is installed, or none with venv", async () => {
    const content = await archive("echo a fetched Python");
    const { url, asked } = await serve(serving(content));
    const env = await tarOnly();
    await script("python3", "exit 1");
    const python = await ensurePython(machineWith(env), released(url, sha256(content)));
    expect(python.fetched).to.equal(true);
    expect((await execa(python.file)).stdout).to.equal("a fetched Python");
    expect(await ensurePython(machineWith(env), released(url, sha256(content)))).to.deep.equal(python);
    expect(asked).to.deep.equal([path]);
    expect((await readdir(join(cache, "python", version))).sort()).to.deep.equal(["python", "root"]);
  });

  it("is refused if its checksum is not the pinned one", async () => {
    const content = await archive("exit 0");
    const { url } = await serve(serving(content));
    const error = await rejection(ensurePython(machineWith(await tarOnly()), released(url, "0".repeat(64))));
    expect(error).to.be.instanceOf(Problem);
    expect(error.message).to.include("was refused").and.to.include(sha256(content)).and.to.include("0".repeat(64));
    expect(await readdir(join(cache, "python", version))).to.deep.equal([]);
  });

  it("leaves nothing of a download that breaks off, and is then unpacked from a Go module", async () => {
    const content = await archive("exit 0");
    const { url } = await serve(serving({ half: content }));
    // In place of Go: a build whose program unpacks a Python that can be told apart.
    await script(
      "go",
      `
case "$1" in env) echo go1.99.0; echo local; exit ;; list) exit ;; esac
while [ "$1" != -o ]; do shift; done
/bin/cat >"$2" <<'END'
#!/bin/sh
/bin/mkdir "$1/bin"
echo '#!/bin/sh
echo from a Go module' >"$1/bin/python3"
/bin/chmod +x "$1/bin/python3"
END
/bin/chmod +x "$2"`,
    );
    const context = machineWith({ ...(await tarOnly()) });
    const python = await ensurePython(context, released(url, sha256(content)));
    expect((await execa(python.file)).stdout).to.equal("from a Go module");
    expect((await readdir(join(cache, "python", version))).sort()).to.deep.equal(["python", "root"]);
  });

  it("that cannot be had is reported with what needs it, why, and what to do", async () => {
    const { message } = await rejection(
      ensurePython(machineWith({ PILOT_OFFLINE: "1" }), released("http://127.0.0.1:1", "0".repeat(64))),
    );
    expect(message).to.match(/^There is no Python to run the AWS API of the local cloud \(moto\) with\.\n/);
    expect(message).to.match(
      /no Python 3\.10 or newer with its venv module, and none could be fetched: 127\.0\.0\.1:1 cannot be reached; .*no Go/,
    );
    expect(message).to.match(/\n +Next: install Python 3 .*python3 python3-venv/);
  });

  it("is not used if it was fetched but does not run on this system", async () => {
    const content = await archive("exit 127");
    const { url } = await serve(serving(content));
    const { message } = await rejection(ensurePython(machineWith(await tarOnly()), released(url, sha256(content))));
    expect(message).to.match(/none could be fetched: .*python does not run on this system/);
  });
});
