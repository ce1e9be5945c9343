import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { shim } from "../../../providers/kops/shim.ts";

describe("the shim", () => {
  it("is small, and holds no path of this machine", () => {
    expect(Buffer.byteLength(shim)).to.be.below(4096);
    expect(shim)
      .to.not.contain(process.cwd())
      .and.to.not.match(/\/(home|root|Users)\//);
  });
  /*
   * Other bytes change no preview: diff leaves `__provider` out of what it compares. But Pulumi goes on running the
   * bytes in its state, for refresh and delete of each cluster, until that cluster's next update. So both forms have to
   * work with every later provider.ts: whoever changes this hash means to, and lets the old form live on.
   */
  it("never changes a byte", () => {
    expect(Buffer.byteLength(shim)).to.equal(943);
    expect(createHash("sha256").update(shim).digest("hex")).to.equal(
      "10dd9081808d3c32daded41fe47fedab3354ccc0b5bba01871126cec9abe8b46",
    );
  });
  it("loads the provider by paths that never change", () => {
    expect(shim).to.contain('"typescript.mjs"').and.to.contain('"providers/kops/provider.ts"');
  });
  const check = async (...flags: string[]): Promise<unknown> => {
    const { stdout } = await execa(
      process.execPath,
      [
        ...flags,
        "-e",
        `const exports = {};\n${shim}\nexports.handler().check({}, {}).then(({ failures }) => failures, ` +
          "({ message }) => message).then((end) => console.log(JSON.stringify(end)))",
      ],
      { cwd: join(import.meta.dirname, "../../..") },
    );
    return JSON.parse(stdout);
  };
  it("loads TypeScript as node does", async () => {
    expect(await check()).to.deep.equal([]);
  });
  it("says which node is needed if this one runs no TypeScript", async () => {
    expect(await check("--no-experimental-strip-types")).to.match(
      /^Node .* does not run TypeScript by itself, and Pilot needs that\. Next: install node 22\.18 or newer/,
    );
  });
  it("says in one sentence what to do if packages are missing", async () => {
    const place = await mkdtemp(join(tmpdir(), "pilot-shim-"));
    try {
      const { stdout } = await execa(
        process.execPath,
        [
          "-e",
          `const exports = {};\n${shim}\nexports.handler().check({}, {}).catch(({ message }) => console.log(message))`,
        ],
        { cwd: place },
      );
      expect(stdout).to.match(
        /^The kOps provider cannot be loaded in .*: Cannot find module .*\. Next: run npm ci there, then the same command again\.$/,
      );
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });
});
