import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { withScratch } from "../../../../providers/kops/runtime/scratch.ts";

describe("the scratch folder of a run", () => {
  let state: string;
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), "pilot-scratch-"));
    env = { PILOT_STATE_DIR: state };
  });
  afterEach(() => rm(state, { recursive: true, force: true }));

  const left = (): Promise<string[]> => readdir(join(state, "scratch"));

  /** Id of a process that is gone. */
  async function gone(): Promise<number> {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    return child.pid ?? 0;
  }

  it("is private to its user, as is its parent folder", async () => {
    const modes = await withScratch(
      async (folder) => [(await stat(folder)).mode & 0o777, (await stat(join(state, "scratch"))).mode & 0o777],
      env,
    );
    expect(modes).to.deep.equal([0o700, 0o700]);
  });

  it("is removed afterwards, even after a failure", async () => {
    await withScratch((folder) => writeFile(join(folder, "manifest.yaml"), "secret"), env);
    let failed: unknown;
    await withScratch(() => Promise.reject(new Error("no")), env).catch((error: unknown) => {
      failed = error;
    });
    expect(failed).to.be.an("error").with.property("message", "no");
    expect(await left()).to.deep.equal([]);
  });

  it("of a killed run is removed by the next run; those of live runs, and other folders, stay", async () => {
    const base = join(state, "scratch");
    const names = { killed: `${await gone()}-abc`, alive: `${process.ppid}-abc`, foreign: "notes" };
    for (const name of Object.values(names)) await mkdir(join(base, name), { recursive: true });
    await withScratch(() => Promise.resolve(), env);
    expect(await left()).to.have.members([names.alive, names.foreign]);
  });
});
