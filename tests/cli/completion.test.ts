import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { tree } from "../../cli/pilot.ts";
import { rejection } from "../local/rejection.ts";
import { textOf } from "./text-of.ts";

/** What bash offers after these words, the last of which is being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const script = `${await textOf(["completion", "bash"])}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length - 1}
_pilot
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execa("bash", ["--noprofile", "--norc", "-c", script]);
  return stdout.split("\n").filter(Boolean);
}

const isInstalled = (shell: string): Promise<boolean> =>
  execa(shell, ["--version"], { reject: false }).then(({ exitCode }) => exitCode === 0);

describe("the completion of bash", () => {
  it("offers all commands", async () => {
    expect(await offered("pilot", "")).to.have.members(Object.keys(tree));
  });

  for (const [words, found] of [
    [["pilot", "sta"], ["status"]],
    [
      ["pilot", "pr", "rev"],
      ["reviewed", "reviewers"],
    ],
    [["pilot", "status", "k1", "--w"], ["--watch"]],
    [["pilot", "pause", "--st"], ["--stack"]],
    [["pilot", "pr", "up", "--pl"], ["--plan"]],
    [
      ["pilot", "archive", "--as"],
      ["--assume-role", "--as-shell"],
    ],
    [["pilot", "delete-p"], []],
    [["pilot", "delete-plan", "--js"], ["--json"]],
    [["pilot", "nothing", "x"], []],
  ] as const)
    it(`offers ${found.join(", ") || "nothing"} after ${words.join(" ")}`, async () => {
      expect(await offered(...words)).to.have.members(found);
    });
});

describe("the completion of zsh and fish", () => {
  for (const [shell, flag] of [
    ["zsh", "-n"],
    ["fish", "--no-execute"],
  ] as const)
    it(`is a script that ${shell} can read, with every command and its help`, async function () {
      const script = await textOf(["completion", shell]);
      for (const name of Object.keys(tree)) expect(script).to.contain(name);
      expect(script).to.contain("Allow rolls of a paused cluster again");
      if (!(await isInstalled(shell))) this.skip();
      const file = join(await mkdtemp(join(tmpdir(), "pilot-completion-")), "script");
      try {
        await writeFile(file, script);
        const { exitCode, all } = await execa(shell, [flag, file], { reject: false, all: true });
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
    it(`offers ${found.join(", ")} after ${line}, in fish`, async function () {
      if (!(await isInstalled("fish"))) this.skip();
      const script = await textOf(["completion", "fish"]);
      const { stdout } = await execa("fish", ["--no-config", "-c", `${script}\ncomplete -C '${line}'`]);
      expect(stdout.split("\n").map((one) => one.split("\t")[0])).to.have.members(found);
    });

  it("is refused for another shell", async () => {
    for (const words of [[], ["csh"], ["bash", "zsh"]])
      expect((await rejection(textOf(["completion", ...words]))).message).to.contain("it needs one of bash, zsh, fish");
  });
});
