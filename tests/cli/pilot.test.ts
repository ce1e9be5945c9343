import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import { rejection } from "../local/rejection.ts";
import { textOf } from "./text-of.ts";
import { pullRequestCommands } from "../../cli/pr-commands.ts";

const root = resolve(import.meta.dirname, "../..");

/** Runs the bin in another folder, as a person does. */
async function run(...argv: string[]): Promise<{ exitCode?: number; stdout: string; stderr: string }> {
  const bin = join(root, "cli/pilot.mjs");
  return await execa(process.execPath, [bin, ...argv], { cwd: tmpdir(), reject: false, stdin: "ignore" });
}

describe("pilot", () => {
  it("lists its commands, and shows each command's examples before its options", async () => {
    const { stdout, exitCode } = await run("--help");
    expect(exitCode).to.equal(0);
    const names = [...stdout.matchAll(/^ {2}([a-z-]+)[| ]/gm)]
      .map(([, name = ""]) => name)
      .filter((name) => name !== "help");
    expect(names).to.include.members(["new", "pause", "withdraw", "move-store", "pr"]);
    const commands = names.flatMap((name) =>
      name === "pr" ? Object.keys(pullRequestCommands).map((one) => [name, one]) : [[name]],
    );
    for (const command of commands) {
      const help = await textOfHelp(command);
      expect(help).to.match(/^[A-Z][^]*\nExamples:\n {2}npx pilot [^]*\nUsage: npx pilot [^]*\nOptions:\n/);
      expect(help).to.contain(`\n  npx pilot ${command.join(" ")} `);
    }
    // A process for each command.
  }).timeout(60_000);

  it("prints help for a group without a command, and exits with 1", async () => {
    const { stdout, stderr, exitCode } = await run("pr");
    expect([exitCode, stdout]).to.deep.equal([1, ""]);
    expect(stderr).to.contain("npx pilot pr").and.to.contain("reviewed");
  });

  for (const [what, argv, says] of [
    [
      "a command that does not exist",
      ["pauze"],
      /unknown command 'pauze'; did you mean pause\?[^]*Next: `npx pilot --help`/,
    ],
    [
      "an option that does not exist",
      ["archive", "s3://a", "--purge"],
      /unknown option '--purge'[^]*Next: npx pilot archive /,
    ],
    ["an extra word", ["pr", "up", "sbx"], /too many arguments[^]*Next: npx pilot pr up --stack STACK --plan FILE/],
    ["no stack", ["pr", "up", "--plan", "f"], /--stack is missing[^]*Next: npx pilot pr up /],
    ["an invalid stack", ["pr", "up", "--stack", "../x", "--plan", "f"], /"..\/x" is not the name of a stack/],
    ["an invalid commit", ["pr", "reviewed", "--stack", "sbx", "--commit", "main"], /"main" is not a commit/],
    ["an option instead of a value", ["pr", "up", "--stack", "--plan"], /--stack needs a value/],
  ] as const) {
    it(`refuses ${what}, and shows its usage`, async () => {
      const error = await rejection(textOf(argv));
      expect(error).to.be.instanceOf(ConfigError);
      expect(error.message).to.match(says);
    });
  }

  it("prints refusals on standard error, and exits with 1", async () => {
    const { stdout, stderr, exitCode } = await run("pause", "k1");
    expect([exitCode, stdout]).to.deep.equal([1, ""]);
    expect(stderr).to.match(
      /^The command was not understood\.\n {2}it needs a state store[^]*several stacks \([^]*\n {2}Next: npx pilot pause /,
    );
  });

  it("says which node is needed if this one runs no TypeScript", async () => {
    const { exitCode, stderr } = await execa(
      process.execPath,
      ["--no-experimental-strip-types", join(root, "cli/pilot.mjs"), "--help"],
      { reject: false },
    );
    expect(exitCode).to.equal(1);
    expect(stderr).to.match(/^Node .* does not run TypeScript by itself.*\. Next: install node 22\.18 or newer .*$/);
  });

  it("loads no AWS client and no other command before one runs", async () => {
    const script = `
      const { main } = await import("./cli/pilot.ts");
      await main(["pause", "--help"]);
      const { createRequire } = await import("node:module");
      console.error(Object.keys(createRequire(process.cwd() + "/index.ts").cache).join(" "));`;
    const { stderr } = await execa(
      process.execPath,
      ["--import", "./typescript.mjs", "--input-type=module", "-e", script],
      { cwd: root },
    );
    expect(stderr)
      .to.contain("commander")
      .and.not.to.match(/@aws-sdk|@smithy/);
  });

  it("loads nothing of Pulumi for a command whose store is typed", async () => {
    const script = `
      await import("./cli/pause.ts");
      const { createRequire } = await import("node:module");
      console.error(Object.keys(createRequire(process.cwd() + "/index.ts").cache).join(" "));`;
    const { stderr } = await execa(
      process.execPath,
      ["--import", "./typescript.mjs", "--input-type=module", "-e", script],
      { cwd: root },
    );
    expect(stderr)
      .to.contain("@smithy")
      .and.not.to.match(/@pulumi/);
  });
});

async function textOfHelp(command: readonly string[]): Promise<string> {
  return (await run(...command, "--help")).stdout;
}
