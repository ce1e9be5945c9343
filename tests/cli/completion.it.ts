import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { tree } from "../../cli/pilot.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { otherShell } from "../../local/tools/index.ts";
import { textOf } from "./text-of.ts";

describe("the completion of zsh and fish", function () {
  this.timeout(5 * 60_000);
  const layout = layoutOf(resolve(import.meta.dirname, "../.."));

  for (const [shell, flag] of [
    ["zsh", "-n"],
    ["fish", "--no-execute"],
  ] as const)
    it(`is a script that ${shell} can read, with every command and its help`, async () => {
      const script = await textOf(["completion", shell]);
      for (const name of Object.keys(tree)) expect(script).to.contain(name);
      expect(script).to.contain("Allow rolls of a paused cluster again");
      const file = join(await mkdtemp(join(tmpdir(), "pilot-completion-")), "script");
      try {
        await writeFile(file, script);
        const { exitCode, all } = await execa(await otherShell(layout, shell), [flag, file], {
          reject: false,
          all: true,
        });
        expect([exitCode, all]).to.deep.equal([0, ""]);
      } finally {
        await rm(dirname(file), { recursive: true });
      }
    });

  for (const [line, found] of [
    ["pilot sta", ["status"]],
    ["pilot pr rev", ["reviewed", "reviewers"]],
    ["pilot status k1 --wa", ["--watch"]],
    ["pilot pr up --pl", ["--plan"]],
  ] as const)
    it(`offers ${found.join(", ")} after ${line}, in fish`, async () => {
      const script = await textOf(["completion", "fish"]);
      const fish = await otherShell(layout, "fish");
      const { stdout } = await execa(fish, ["--no-config", "-c", `${script}\ncomplete -C '${line}'`]);
      expect(stdout.split("\n").map((one) => one.split("\t")[0])).to.have.members(found);
    });
});
