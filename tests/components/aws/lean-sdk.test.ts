import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const root = join(import.meta.dirname, "..", "..", "..");

/**
 * Prints whether the SDK records where a promise was made, whether an error still has a stack, and which debug
 * messages the SDK sends.
 */
const program = `
await import("./components/aws/lean-sdk.ts");
const { createRequire } = await import("node:module");
const sdk = createRequire(process.cwd() + "/index.ts");
const promise = Promise.resolve(7);
const value = await sdk("@pulumi/pulumi/runtime/debuggable.js").debuggablePromise(promise, "here");
const frames = (stack) => stack.split("\\n").length - 1;
const said = [];
console.log = (line) => said.push(line);
sdk("@pulumi/pulumi/runtime/settings.js").excessiveDebugOutput = true;
await sdk("@pulumi/pulumi").log.debug("a call");
process.stdout.write(JSON.stringify({ value, context: promise._debugCtx, promiseTraced: frames(promise._debugStackTrace) > 0, errorTraced: frames(new Error("x").stack) > 0, said }));
`;

async function withEnvironment(env: NodeJS.ProcessEnv): Promise<unknown> {
  const { stdout } = await execa(
    process.execPath,
    ["--import", "./typescript.mjs", "--input-type=module", "-e", program],
    {
      cwd: root,
      env: { PULUMI_DEBUG_PROMISE_LEAKS: "", PILOT_DEBUG_SDK: "", ...env },
    },
  );
  return JSON.parse(stdout);
}

describe("Pulumi's SDK under the program", () => {
  const lean = { value: 7, context: "here", promiseTraced: false, errorTraced: true, said: [] };

  it("captures stack traces for errors but not for promises, and logs no debug message of its calls", async () => {
    expect(await withEnvironment({})).to.deep.equal(lean);
  });

  it("captures stack traces for promises when PULUMI_DEBUG_PROMISE_LEAKS is set", async () => {
    expect(await withEnvironment({ PULUMI_DEBUG_PROMISE_LEAKS: "1" })).to.deep.equal({ ...lean, promiseTraced: true });
  });

  it("stays unchanged with PILOT_DEBUG_SDK", async () => {
    expect(await withEnvironment({ PILOT_DEBUG_SDK: "true" })).to.deep.equal({
      ...lean,
      promiseTraced: true,
      said: ["debug: [runtime] a call"],
    });
  });
});
