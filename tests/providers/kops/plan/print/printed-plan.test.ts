import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { isFirstPrint, recordShownPlan, takeShownPlan } from "../../../../../providers/kops/plan/print/printed-plan.ts";
import { ownerPrefix } from "../../../../../providers/kops/runtime/process-identity.mjs";
import { sampleInputs } from "../../samples.ts";

const on = (etags: Record<string, string>) => ({ etags, digest: "0123456789abcdef" });

describe("the manifests behind a printed plan", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-shown-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const seat = (name = "k1.sbx.example.com") => ({ inputs: sampleInputs({ name }), env: { PILOT_STATE_DIR: folder } });

  it("are those of the plan the user accepted, not of one that the same run makes later", async () => {
    await recordShownPlan(seat(), on({ "k1/config": "1" }));
    await recordShownPlan(seat(), on({ "k1/config": "2" }));
    expect(await takeShownPlan(seat())).to.deep.equal(on({ "k1/config": "1" }));
  });

  it("are read once, so that the next update has its own", async () => {
    await recordShownPlan(seat(), on({ "k1/config": "1" }));
    await takeShownPlan(seat());
    expect(await takeShownPlan(seat())).to.equal(undefined);
    await recordShownPlan(seat(), on({ "k1/config": "2" }));
    expect(await takeShownPlan(seat())).to.deep.equal(on({ "k1/config": "2" }));
  });

  it("are kept per cluster and run of Pulumi", async () => {
    await recordShownPlan(seat(), on({ "k1/config": "1" }));
    expect(await takeShownPlan(seat("k2.sbx.example.com"))).to.equal(undefined);
    expect(await takeShownPlan(seat(), process.pid)).to.equal(undefined);
    expect(await takeShownPlan(seat())).to.deep.equal(on({ "k1/config": "1" }));
  });

  it("are not those of another machine with a run of the same process id", async () => {
    await recordShownPlan(seat(), on({ "k1/config": "1" }));
    const [name = ""] = await readdir(join(folder, "shown"));
    expect(name.startsWith(ownerPrefix(process.ppid)), "the whole identity of the run").to.equal(true);
    const parts = name.split("-");
    await rename(join(folder, "shown", name), join(folder, "shown", [parts[0], "1", "2", ...parts.slice(3)].join("-")));
    expect(await takeShownPlan(seat())).to.equal(undefined);
    await recordShownPlan(seat("k2.sbx.example.com"), on({ "k2/config": "1" }));
    expect(await readdir(join(folder, "shown"))).to.have.lengthOf(2);
  });

  it("are forgotten when their run has ended", async () => {
    await recordShownPlan(seat(), on({ "k1/config": "1" }), 2 ** 22 + 1);
    await recordShownPlan(seat(), on({ "k1/config": "1" }));
    expect(await readdir(join(folder, "shown"))).to.have.lengthOf(1);
  });

  it("comes with lines that one run of Pulumi prints once, though its preview and its update come to them", async () => {
    const env = { PILOT_STATE_DIR: folder };
    expect([
      await isFirstPrint("k1", ["changed: rollingUpdate"], env),
      await isFirstPrint("k1", ["changed: rollingUpdate"], env),
      await isFirstPrint("k1", ["changed: budget"], env),
      await isFirstPrint("k2", ["changed: rollingUpdate"], env),
      await isFirstPrint("k1", ["changed: rollingUpdate"], env, process.pid),
    ]).to.deep.equal([true, false, true, true, true]);
  });
});
