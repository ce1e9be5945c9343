import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  installationOf,
  isGone,
  ownerIn,
  ownerPrefix,
  startOfProcess,
} from "../../../../providers/kops/runtime/process-identity.mjs";

const here = { machine: "m1", installation: "i1" };
const nobody = 2 ** 22 + 1;

describe("the owner of a folder or lock", () => {
  for (const { what, owner, ended, gone } of [
    { what: "its process has ended here", owner: here, ended: true, gone: true },
    { what: "its process lives here", owner: here, ended: false, gone: false },
    { what: "another machine", owner: { machine: "m2", installation: "i2" }, ended: true, gone: false },
    { what: "another container of this machine", owner: { machine: "m3" }, ended: true, gone: false },
    {
      what: "this machine before its last boot",
      owner: { machine: "m0", installation: "i1" },
      ended: false,
      gone: true,
    },
    { what: "a machine that tells nothing of itself", owner: { machine: undefined }, ended: true, gone: false },
  ])
    it(`is ${gone ? "gone" : "not provably gone"}: ${what}`, () => {
      expect(isGone({ ...owner, pid: 5, began: "7" }, here, () => ended)).to.equal(gone);
    });

  it("is not provably gone for one that cannot tell where it is itself", () => {
    expect(isGone({ ...here, pid: nobody }, { machine: undefined })).to.equal(false);
  });

  it("is told from a later process with the same id by its start", () => {
    const began = startOfProcess("self");
    expect(isGone({ ...here, pid: process.pid, began }, here)).to.equal(false);
    expect(isGone({ ...here, pid: process.pid, began: "1" }, here)).to.equal(true);
    expect(isGone({ ...here, pid: process.pid }, here), "of an older program").to.equal(false);
    expect(isGone({ ...here, pid: nobody, began }, here)).to.equal(true);
  });

  it("is in the name of what it owns, which an older program takes for nobody's", () => {
    const name = `${ownerPrefix(process.pid)}abc`;
    expect(Number.isNaN(Number(name.split("-")[0]))).to.equal(true);
    expect(ownerIn(name)).to.deep.include({ pid: process.pid, began: startOfProcess("self") });
    for (const other of ["12-abc", "notes", "of-1-2-x-3-abc"]) expect(ownerIn(other), other).to.equal(undefined);
  });

  it("has a machine across boots only outside containers, and with a machine id", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pilot-identity-"));
    try {
      await mkdir(join(folder, "machine/self/ns"), { recursive: true });
      await mkdir(join(folder, "container/self/ns"), { recursive: true });
      await symlink("pid:[4026531836]", join(folder, "machine/self/ns/pid"));
      await symlink("pid:[4026532201]", join(folder, "container/self/ns/pid"));
      await writeFile(join(folder, "id"), "abc\n");
      const at = (proc: string, id: string) => installationOf("h", join(folder, proc), join(folder, id));
      expect([at("machine", "id"), at("container", "id"), at("machine", "none")]).to.deep.equal([
        "h abc",
        undefined,
        undefined,
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
