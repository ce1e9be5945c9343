import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const root = join(import.meta.dirname, "..", "..");

/** What the SDK keeps of where a promise was made, and what an error thrown beside it says of its own place. */
const program = `
await import("./components/stack-traces.ts");
const { createRequire } = await import("node:module");
const debuggable = createRequire(process.cwd() + "/index.ts")("@pulumi/pulumi/runtime/debuggable.js");
const promise = Promise.resolve(7);
const value = await debuggable.debuggablePromise(promise, "here");
const frames = (stack) => stack.split("\\n").length - 1;
console.log(JSON.stringify({ value, context: promise._debugCtx, ofPromise: frames(promise._debugStackTrace), ofError: frames(new Error("x").stack) > 0 }));
`;

async function tracesWith(env: NodeJS.ProcessEnv): Promise<unknown> {
  const { stdout } = await execa(process.execPath, ["--import", "./typescript.mjs", "--input-type=module", "-e", program], { cwd: root, env });
  return JSON.parse(stdout);
}

describe("stack traces of the program", () => {
  it("are not taken for each promise of Pulumi's SDK, and are taken for errors", async () => {
    expect(await tracesWith({ PULUMI_DEBUG_PROMISE_LEAKS: "" })).to.deep.equal({ value: 7, context: "here", ofPromise: 0, ofError: true });
  });

  it("are taken for promises too when PULUMI_DEBUG_PROMISE_LEAKS asks for what never ended", async () => {
    expect(await tracesWith({ PULUMI_DEBUG_PROMISE_LEAKS: "1" })).to.include({ value: 7 }).and.to.have.property("ofPromise").that.is.above(0);
  });
});
