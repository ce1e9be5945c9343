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

  it("is refused for another shell", async () => {
    for (const words of [[], ["csh"], ["bash", "zsh"]])
      expect((await rejection(textOf(["completion", ...words]))).message).to.contain("it needs one of bash, zsh, fish");
  });
});
