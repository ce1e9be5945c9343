import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { layoutOf } from "../../local/base/layout.ts";
import { toolContext } from "../../local/tools/context.ts";
import { ensureGo } from "../../local/tools/go-toolchain.ts";
import { awsPython } from "../../local/tools/index.ts";
import { onPath } from "../../local/tools/installed.ts";
import { temporaryFolders } from "../local/temporary.ts";

describe("a machine with node and neither Go, Python nor a C compiler", function () {
  this.timeout(20 * 60_000);
  const folder = temporaryFolders();
  let cache: string;
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    const programs = await folder();
    for (const name of ["tar", "gzip"]) await symlink((await onPath(name))[0] ?? name, join(programs, name));
    cache = await folder();
    // As somebody sets it whose machine cannot reach go.dev.
    const { failed, stdout: proxies } = await execa("go", ["env", "GOPROXY"], { reject: false });
    const own = /^(PILOT_|GO|PYTHON)/;
    env = {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name))),
      ...(!failed && { GOPROXY: proxies }),
      PATH: programs,
      HOME: await folder(),
      PILOT_CACHE_DIR: cache,
    };
  });

  const report = (line: string): void => {
    console.log(line);
  };

  it("gets a Go that runs and a Python in which moto runs, both in the cache", async () => {
    const layout = layoutOf(join(cache, "nowhere"), env);
    const go = await ensureGo(toolContext(layout, report, env), "the test");
    expect(go.file.startsWith(cache), go.file).to.equal(true);
    expect((await execa(go.file, ["version"], { env: { ...env, ...go.env }, extendEnv: false })).stdout).to.match(
      /^go version go1\.\d+/,
    );
    const python = await awsPython(layout, report, env);
    const base = await readFile(join(python, "..", "..", "pyvenv.cfg"), "utf8");
    expect(base).to.include(join(cache, "python"));
    const script = "import moto.server, ssl, sqlite3; print(moto.__version__)";
    const { stdout } = await execa(python, ["-c", script], { env, extendEnv: false });
    expect(stdout).to.match(/^\d+\.\d+\.\d+/);
  });
});
