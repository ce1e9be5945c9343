import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { layoutOf } from "../../local/base/layout.ts";
import { cloudState } from "../../local/cloud/index.ts";
import { localEnvironment } from "../../local/workspace/environment.ts";
import { openStore } from "../../providers/kops/store/object-store.ts";
import { makeHarness } from "../crash/harness.ts";
import type { Harness } from "../crash/harness.ts";
import { region, unchanged } from "./bare/index.ts";

const workers = (machineType: string): string => `nodeGroups: { nodes: { machineType: ${machineType}, count: 1 } }`;

describe("the plan and the backup of a cluster", function () {
  this.timeout(4 * 60_000);
  let harness: Harness;

  before(async () => {
    harness = await makeHarness();
    await harness.declare(workers("t3.large"));
    await up();
  });
  after(() => harness.remove());

  const up = async (): Promise<void> => {
    const { exitCode, output } = await (await harness.pulumi("up")).done;
    expect(exitCode, output).to.equal(0);
  };
  const pilot = async (...words: string[]): Promise<{ exitCode: number; stdout: string; all: string }> => {
    const layout = layoutOf(harness.bare.folder, {});
    const cloud = await cloudState(layout);
    if (!cloud) throw new Error("the local cloud does not run");
    const {
      exitCode = 1,
      stdout,
      all,
    } = await execa(process.execPath, ["cli/pilot.mjs", ...words], {
      ...{ cwd: harness.bare.folder, extendEnv: false, reject: false, stdin: "ignore", all: true },
      env: localEnvironment(layout, cloud),
    });
    return { exitCode, stdout, all };
  };
  const here = (): [string, string] => [harness.bare.infrastructure.stateStore, harness.cluster];

  it("shows what an up would do to the cluster, as often as it is asked, and ends with 2 only then", async () => {
    const quiet = await pilot("plan", "--stack", "sbx");
    expect(quiet.exitCode, quiet.all).to.equal(0);
    expect(quiet.stdout).to.equal("No cluster of sbx changes.");

    await harness.declare(workers("t3.xlarge"));
    for (const time of ["at first", "again"]) {
      const { exitCode, stdout, all } = await pilot("plan", harness.cluster, "--stack", "sbx");
      expect(exitCode, `${time}: ${all}`).to.equal(2);
      expect(stdout)
        .to.match(/InstanceType t3\.large → t3\.xlarge/)
        .and.to.match(/rolls nodes/);
    }
    const { exitCode, stdout } = await pilot("plan", "--stack", "sbx", "--json");
    expect(exitCode).to.equal(2);
    expect(JSON.parse(stdout)).to.have.nested.property("clusters[0].cluster", harness.cluster);
    expect((await pilot("plan", "other", "--stack", "sbx")).exitCode).to.equal(0);
    await up();
    expect((await pilot("plan", "--stack", "sbx")).exitCode).to.equal(0);
  });

  it("brings back a cluster's folder with its keys, after which nothing changes", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pilot-backup-"));
    try {
      const made = await pilot("backup", ...here(), "--out", join(folder, "out"));
      expect(made.exitCode, made.all).to.equal(0);
      expect(made.all).to.not.contain("PRIVATE KEY");
      const name = /archive\/(\S+-backup)\//.exec(made.stdout)?.[1] ?? "";
      const store = openStore(
        harness.bare.infrastructure.stateStore,
        { region },
        { S3_ENDPOINT: harness.bare.endpoint, S3_ACCESS_KEY_ID: "local", S3_SECRET_ACCESS_KEY: "local" },
      );
      const lost = ["config", "instancegroup/nodes", "pki/private/kubernetes-ca/keyset.yaml"].map(
        (key) => `${harness.cluster}/${key}`,
      );
      const before = new Map(await Promise.all(lost.map(async (key) => [key, (await store.get(key))?.body] as const)));
      const restored = async (): Promise<void> => {
        for (const key of lost) expect((await store.get(key))?.body, key).to.equal(before.get(key));
        const { output } = await (await harness.pulumi("preview")).done;
        expect(output).to.match(unchanged);
      };
      for (const source of [name, join(folder, "out")]) {
        for (const key of lost) await store.delete(key);
        const { exitCode, all } = await pilot("restore", ...here(), source, "--yes");
        expect(exitCode, all).to.equal(0);
        expect(all).to.not.contain("PRIVATE KEY");
        await restored();
      }
      expect(await readFile(join(folder, "out", "objects", lost[2] ?? ""), "utf8")).to.equal(before.get(lost[2] ?? ""));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
