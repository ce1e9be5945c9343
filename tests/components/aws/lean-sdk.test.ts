import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const root = join(import.meta.dirname, "..", "..", "..");

/**
 * What the SDK keeps of where a promise was made, what an error thrown beside it says of its own place, and a message
 * for the SDK's debugging.
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

  it("takes no trace for each promise, but for errors, and tells nobody of its calls", async () => {
    expect(await withEnvironment({})).to.deep.equal(lean);
  });

  it("takes traces for promises too when PULUMI_DEBUG_PROMISE_LEAKS asks for what never ended", async () => {
    expect(await withEnvironment({ PULUMI_DEBUG_PROMISE_LEAKS: "1" })).to.deep.equal({ ...lean, promiseTraced: true });
  });

  it("is as it is with PILOT_DEBUG_SDK", async () => {
    expect(await withEnvironment({ PILOT_DEBUG_SDK: "true" })).to.deep.equal({
      ...lean,
      promiseTraced: true,
      said: ["debug: [runtime] a call"],
    });
  });
});
