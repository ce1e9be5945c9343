import { join } from "node:path";
import { expect } from "chai";
import {
  endOf,
  programEnvironment,
  runnerArguments,
  type ProgramRun,
} from "../../../../local/plugins/language-host/program.ts";

const run: ProgramRun = {
  engine: "127.0.0.1:1",
  monitor: "127.0.0.1:2",
  organization: "organization",
  project: "pilot",
  stack: "sbx",
  rootDirectory: "/root-directory",
  programDirectory: "/program",
  entryPoint: ".",
  args: [],
  config: { "pilot:a": "1" },
  secretKeys: ["pilot:b"],
  dryRun: false,
  parallel: 8,
  options: { typescript: false, nodeArgs: [] },
};

describe("a run of a program", () => {
  it("gets what the SDK needs, the entry point last", () => {
    expect(runnerArguments(run).join(" ")).to.equal(
      "--engine 127.0.0.1:1 --monitor 127.0.0.1:2 --organization organization --project pilot --root-directory " +
        "/root-directory --stack sbx --pwd /program --parallel 8 .",
    );
  });

  it("knows that it is a preview", () => {
    expect(runnerArguments({ ...run, dryRun: true })).to.include("--dry-run");
  });

  it("has its config in the environment, and ts-node only on request", () => {
    expect(programEnvironment(run, {})).to.deep.equal({
      PULUMI_CONFIG: '{"pilot:a":"1"}',
      PULUMI_CONFIG_SECRET_KEYS: '["pilot:b"]',
    });
    expect(
      programEnvironment({ ...run, options: { typescript: true, nodeArgs: [], tsconfig: "t.json" } }, {}),
    ).to.include({ PULUMI_NODEJS_TYPESCRIPT: "true", PULUMI_NODEJS_TSCONFIG_PATH: "t.json" });
  });

  it("has its own compile cache", () => {
    expect(programEnvironment(run, { NODE_COMPILE_CACHE: "/cache" })).to.include({
      NODE_COMPILE_CACHE: join("/cache", "program"),
    });
  });

  for (const [name, end, expected] of [
    ["without an error", endOf(0, null), { bail: false, error: "" }],
    ["with an error that was already reported, without another message", endOf(32, null), { bail: true }],
    ["with its own exit code", endOf(3, null), { bail: false, error: "Program exited with non-zero exit code: 3" }],
    [
      "by a signal",
      endOf(null, "SIGKILL"),
      { bail: false, error: "Program exited unexpectedly: it was ended by SIGKILL" },
    ],
  ] as const) {
    it(`ends ${name}`, () => {
      expect(end).to.deep.equal(expected);
    });
  }
});
