import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { layoutOf } from "../../../local/base/layout.ts";
import type { ToolContext } from "../../../local/tools/context.ts";
import { compilesAtOnce, toolContext } from "../../../local/tools/context.ts";
import { goBuild } from "../../../local/tools/go.ts";
import { Turns } from "../../../local/base/turns.ts";
import { rejection } from "../rejection.ts";
import { temporaryFolders } from "../temporary.ts";

describe("builds from source", () => {
  const folder = temporaryFolders();
  let programs: string;
  let log: string;

  beforeEach(async () => {
    programs = await folder();
    log = join(programs, "log");
  });

  /** With a script in place of Go, which notes the begin of each call and then runs a command of shell. */
  async function machineWhere(build: string, signal?: AbortSignal): Promise<ToolContext> {
    const go = join(programs, "go");
    const lines = [
      'case "$1" in env) echo go1.99.0; echo local; exit ;; esac',
      `echo "$1 $3 CGO_ENABLED=$CGO_ENABLED" >>${log}`,
      `case "$1" in build) ${build}; echo "built $3" >>${log} ;; esac`,
    ];
    await writeFile(go, ["#!/bin/sh", ...lines, ""].join("\n"));
    await chmod(go, 0o755);
    const env = { PATH: `${programs}:/usr/bin:/bin` };
    const context = toolContext(layoutOf("/nowhere", env), () => undefined, env);
    return { ...context, turns: new Turns(1), ...(signal && { signal }) };
  }

  const build = (context: ToolContext, module: string): Promise<void> =>
    goBuild(context, { name: module, module, package: ".", output: "/nowhere" }, () => undefined);
  const logged = async (): Promise<string[]> => (await readFile(log, "utf8")).trim().split("\n");

  it("fetch their modules at the same time, and compile in turns, without a C compiler", async () => {
    const context = await machineWhere(`until [ "$(grep -c ^list ${log})" = 2 ]; do sleep 0.01; done`);
    await Promise.all([build(context, "a"), build(context, "b")]);
    const steps = (await logged()).filter((line) => !line.startsWith("list"));
    const [first, second] = steps[0]?.startsWith("build a") ? ["a", "b"] : ["b", "a"];
    expect(steps).to.deep.equal([first, second].flatMap((name) => [`build ${name} CGO_ENABLED=0`, `built ${name}`]));
  });

  it("compile as many at once as four cores each allow", () => {
    const cores = [1, 2, 4, 7, 8, 16];
    expect(cores.map(compilesAtOnce)).to.deep.equal([1, 1, 1, 1, 2, 4]);
  });

  it("end when another work fails, and those that wait do not begin", async () => {
    const failure = new AbortController();
    const context = await machineWhere("exec sleep 60", failure.signal);
    const both = Promise.all([rejection(build(context, "a")), rejection(build(context, "b"))]);
    while (!(await logged().catch(() => [])).some((line) => line.startsWith("build"))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    failure.abort(new Error("the other failed"));
    const errors = await both;
    expect(errors.map(({ message }) => message)).to.deep.equal(["the other failed", "the other failed"]);
    expect((await logged()).filter((line) => /^buil[dt]/.test(line))).to.have.length(1);
  });

  it("that fail are reported with the end of Go's output", async () => {
    const context = await machineWhere("echo no disk >&2; exit 3");
    const { message } = await rejection(build(context, "kops 1.35.0"));
    expect(message).to.match(
      /^kops 1\.35\.0 could not be built\.\n +`go build` ended with exit code 3:\n +no disk\.?\n/,
    );
  });
});
