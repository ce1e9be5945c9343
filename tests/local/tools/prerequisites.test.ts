import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { layoutOf } from "../../../local/base/layout.ts";
import { toolContext } from "../../../local/tools/context.ts";
import { ensureTools } from "../../../local/tools/ensure.ts";
import { onPath } from "../../../local/tools/installed.ts";
import { ensureKops } from "../../../local/tools/kops.ts";
import { rejection } from "../rejection.ts";
import { temporaryFolders } from "../temporary.ts";

describe("what must be on the machine", () => {
  const folder = temporaryFolders();

  async function emptyMachine(): Promise<{ path: string; env: NodeJS.ProcessEnv }> {
    const [path, cache] = [await folder(), await folder()];
    return { path, env: { PATH: path, PILOT_CACHE_DIR: cache, PILOT_OFFLINE: "1", GOPROXY: "off" } };
  }

  async function script(file: string, answer: string): Promise<void> {
    await writeFile(file, `#!/bin/sh\necho '${answer}'\n`);
    await chmod(file, 0o755);
  }

  it("is reported together before anything begins, with what needs it and how to get it", async () => {
    const { env } = await emptyMachine();
    const lines: string[] = [];
    const error = await rejection(
      ensureTools(layoutOf("/nowhere", env), { kopsVersions: ["1.35.0"], env, report: (line) => lines.push(line) }),
    );
    expect(error.message).to.match(
      /^There is no Go to build the Kubernetes control plane .* with\.\n.*go\.dev cannot be reached\.\n +Next: .*install Go/,
    );
    expect(error.message).to.match(
      /There is no Python to run .*\(moto\) with\.\n[^]* +Next: install Python 3 .*python3-venv/,
    );
    expect(lines.join("\n")).not.to.include("kops");
  });

  it("is kops in exactly the requested version, which is copied into the cache", async () => {
    const { path, env } = await emptyMachine();
    const context = toolContext(layoutOf("/nowhere", env), () => undefined, env);
    await script(join(path, "kops"), "1.35.0");
    expect(await ensureKops(context, "1.35.0")).to.equal(join(env["PILOT_CACHE_DIR"] ?? "", "kops", "1.35.0", "kops"));
    const error = await rejection(ensureKops(context, "1.36.2"));
    expect(error.message).to.match(
      /kOps 1\.36\.2 is not available on this machine\.[^]*no Go [^]*could not be fetched/,
    );
    expect(error.message).to.include(join("kops", "1.36.2", "kops"));
  });

  it("is requested by exact version only", async () => {
    const { env } = await emptyMachine();
    const context = toolContext(layoutOf("/nowhere", env), () => undefined, env);
    for (const version of ["1.35", "latest", "v1.35.0", "../1.35.0", ""]) {
      expect((await rejection(ensureKops(context, version))).message).to.include(
        `"${version}" is not a version of kOps`,
      );
    }
  });

  it("is never the local cloud's own wrapper script", async () => {
    const { path, env } = await emptyMachine();
    const own = await folder();
    await script(join(own, "kops"), "1.35.0");
    expect(await onPath("kops", { ...env, PATH: `${own}:${path}`, PILOT_BIN: own })).to.deep.equal([]);
    expect(await onPath("kops", { ...env, PATH: `${own}:${path}` })).to.deep.equal([join(own, "kops")]);
  });
});
