import { expect } from "chai";
import { execa } from "execa";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isAlive } from "../../local/base/processes.ts";
import type { ProcessIdentity } from "../../local/base/processes.ts";
import { readState } from "../../local/cloud/supervision/state.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { forTypeScript } from "../../local/base/typescript.ts";
import { until } from "../local/cloud/bench.ts";
import { commandLines, ownedFolder } from "../local/owned.ts";

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

describe("a killed test run", function () {
  this.timeout(180_000);

  it("takes its local cloud, clusters and commands with it, and the next run removes its folder", async () => {
    const run = execa(process.execPath, [...forTypeScript(), join(import.meta.dirname, "killed-run.ts")], {
      reject: false,
      stdin: "ignore",
      stderr: "inherit",
      buffer: false,
    });
    let folder = "";
    let running: ProcessIdentity[];
    try {
      for await (const line of createInterface({ input: run.stdout })) {
        if (folder === "") folder = line;
        if (line === "ready") break;
      }
      const state = await readState(layoutOf(folder, {}));
      running = state ? [state.daemon, ...state.children] : [];
      expect(state?.children.map(({ name }) => name)).to.deep.equal(["AWS API", "control plane of k1.sbx.test"]);
    } finally {
      run.kill("SIGKILL");
    }
    await run;
    await until(
      "daemon and children are gone",
      async () => (await Promise.all(running.map(isAlive))).every((alive) => !alive),
      10,
    );
    expect((await readState(layoutOf(folder, {})))?.phase, "stopped in order").to.equal("stopped");
    await until("nothing of it runs", async () => (await commandLines()).every((line) => !line.includes(folder)));

    expect(await isThere(folder)).to.equal(true);
    const [mine, unknown] = [await ownedFolder("pilot-e2e-"), await mkdtemp(join(tmpdir(), "pilot-e2e-"))];
    try {
      await ownedFolder("pilot-e2e-").then((other) => rm(other, { recursive: true }));
      expect(await isThere(folder), "folder of a dead run").to.equal(false);
      expect(await isThere(mine), "folder of a living run").to.equal(true);
      expect(await isThere(unknown), "folder without a known run").to.equal(true);
    } finally {
      for (const one of [mine, unknown]) await rm(one, { recursive: true });
    }
  });
});
