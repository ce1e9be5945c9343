import { createRequire } from "node:module";

/*
 * What Pulumi's runner and SDK do with stack traces, of which a program with many resources notices nothing but the time.
 *
 * The runner has every trace mapped by source-map-support. Where node runs TypeScript by itself its places are those of the
 * files, and there is nothing to map.
 */
if ((process.features as { typescript?: unknown }).typescript) Reflect.deleteProperty(Error, "prepareStackTrace");

type DebuggablePromise = (promise: Promise<unknown>, context: unknown) => Promise<unknown>;

/*
 * The SDK takes a trace for each of the promises of each resource, and shows it only when PULUMI_DEBUG_PROMISE_LEAKS asks
 * for what never ended: with twenty clusters most of what the program computed. So promises get none, unless asked for.
 */
const debuggable = createRequire(import.meta.url)("@pulumi/pulumi/runtime/debuggable.js") as { debuggablePromise?: DebuggablePromise };
const { debuggablePromise } = debuggable;
if (debuggablePromise && !process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) {
  debuggable.debuggablePromise = (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}
