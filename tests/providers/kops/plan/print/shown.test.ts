import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { noteShown, takeShown } from "../../../../../providers/kops/plan/print/shown.ts";
import { sampleInputs } from "../../samples.ts";

describe("the manifests that a shown plan was made on", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-shown-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const seat = (name = "k1.sbx.example.com") => ({ inputs: sampleInputs({ name }), env: { PILOT_STATE_DIR: folder } });

  it("are those of the plan that was agreed to, not of one that the same run makes later", async () => {
    await noteShown(seat(), { "k1/config": "1" });
    await noteShown(seat(), { "k1/config": "2" });
    expect(await takeShown(seat())).to.deep.equal({ "k1/config": "1" });
  });

  it("are told once, so that an update after that one has its own", async () => {
    await noteShown(seat(), { "k1/config": "1" });
    await takeShown(seat());
    expect(await takeShown(seat())).to.equal(undefined);
    await noteShown(seat(), { "k1/config": "2" });
    expect(await takeShown(seat())).to.deep.equal({ "k1/config": "2" });
  });

  it("are of one cluster and one run of Pulumi", async () => {
    await noteShown(seat(), { "k1/config": "1" });
    expect(await takeShown(seat("k2.sbx.example.com"))).to.equal(undefined);
    expect(await takeShown(seat(), process.pid)).to.equal(undefined);
    expect(await takeShown(seat())).to.deep.equal({ "k1/config": "1" });
  });

  it("are forgotten with a run that is gone", async () => {
    await noteShown(seat(), { "k1/config": "1" }, 2 ** 22 + 1);
    await noteShown(seat(), { "k1/config": "1" });
    expect(await readdir(join(folder, "shown"))).to.have.lengthOf(1);
  });
});
