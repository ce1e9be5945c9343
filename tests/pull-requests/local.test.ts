import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const root = join(import.meta.dirname, "..", "..");

describe("a preview on the local cloud", function () {
  this.timeout(60_000);
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "local-"));
    // Writes down what it is to run.
    writeFileSync(join(folder, "npm"), `#!/bin/sh\necho "$*" >> '${join(folder, "log")}'\n`);
    chmodSync(join(folder, "npm"), 0o755);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** What is run for a stack, without what all of it has in common. */
  const commands = async (stack: string): Promise<string[]> => {
    const out = join(folder, "preview.json");
    await execa(process.execPath, ["cli/pilot.mjs", "pr", "local", "--stack", stack, "--base", "HEAD", "--out", out], {
      cwd: root,
      env: { PATH: `${folder}:${process.env["PATH"] ?? ""}` },
    });
    return readFileSync(join(folder, "log"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => /pulumi (stack select --create|up --stack) (\S+)|pr preview --stack (\S+)|local:reset/.exec(line))
      .map(
        (found) =>
          (found?.[3] ?? found?.[2] ?? "") + (found?.[0] ?? "").replace(/^.*(select|up|preview|reset).*$/, " $1"),
      );
  };

  it("brings up the base, then previews the change", async () => {
    expect(await commands("sbx")).to.deep.equal(["sbx select", "sbx up", "sbx preview", " reset"]);
  });

  it("brings up the environment of a stack before it, and again with the change", async () => {
    expect(await commands("prod-clusters")).to.deep.equal([
      ...["prod select", "prod up", "prod-clusters select", "prod-clusters up"],
      ...["prod select", "prod up", "prod-clusters preview", " reset"],
    ]);
  });
});
