import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect } from "chai";
import { ownerPrefix } from "../../../../providers/kops/runtime/process-identity.mjs";
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

  /** Makes folders, then runs. Returns which of them stay. */
  async function staying(names: readonly string[], old: readonly string[] = []): Promise<string[]> {
    const base = join(state, "scratch");
    for (const name of [...names, ...old]) await mkdir(join(base, name), { recursive: true });
    for (const name of old) await utimes(join(base, name), 0, 0);
    await withScratch(() => Promise.resolve(), env);
    return await left();
  }

  it("of a killed run is removed by the next run; those of live runs, and other folders, stay", async () => {
    const killed = `${ownerPrefix(await gone())}abc`;
    const alive = `${ownerPrefix(process.ppid)}abc`;
    expect(await staying([killed, alive, "notes"])).to.have.members([alive, "notes"]);
  });

  it("of a run on another machine or in another container stays, whatever its process id is here", async () => {
    const [, installation] = ownerPrefix(process.pid).split("-");
    const names = [
      `of-0123456789-0123456789-${await gone()}-77-abc`,
      `of-0-0123456789-${await gone()}-77-abc`,
      `of-0-0-${await gone()}-77-abc`,
    ];
    expect(await staying(names)).to.have.members(names);
    expect(installation).to.match(/^[0-9a-f]+$/);
  });

  it("of an older program, which names no machine, is removed only when nobody used it for a week", async () => {
    const pid = await gone();
    expect(await staying([`${pid}-new`], [`${pid}-old`, `${process.ppid}-old`])).to.have.members([
      `${pid}-new`,
      `${process.ppid}-old`,
    ]);
  });

  it("stays when an older program sweeps, which removes what begins with the number of no process", async () => {
    await withScratch((folder) => {
      expect(Number.isInteger(Number(basename(folder).split("-")[0]))).to.equal(false);
      return Promise.resolve();
    }, env);
  });
});
