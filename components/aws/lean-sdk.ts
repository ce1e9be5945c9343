import { createRequire } from "node:module";

/*
 * What Pulumi's runner and SDK do for the debugging of themselves, of which a program with many resources notices
 * nothing but the time: with twenty clusters, seconds of each preview. PILOT_DEBUG_SDK=true leaves all of it as it is.
 */

type DebuggablePromise = (promise: Promise<unknown>, context: unknown) => Promise<unknown>;

const sdk = createRequire(import.meta.url);

/**
 * Where node runs TypeScript by itself the places in a trace are those of the files: nothing is to be mapped by
 * source-map-support.
 */
function mapNoTraces(): void {
  if ((process.features as { typescript?: unknown }).typescript) Reflect.deleteProperty(Error, "prepareStackTrace");
}

/**
 * A trace for each of the promises of each resource is shown only to those who ask, by PULUMI_DEBUG_PROMISE_LEAKS, for
 * what never ended.
 */
function traceNoPromises(): void {
  const debuggable = sdk("@pulumi/pulumi/runtime/debuggable.js") as { debuggablePromise?: DebuggablePromise };
  const { debuggablePromise } = debuggable;
  if (!debuggablePromise || process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) return;
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

/**
 * Three messages on the calls for each resource, each a call itself: the engine shows them with `pulumi --debug` only,
 * of which a program does not know.
 */
function sendNoDebugMessages(): void {
  (sdk("@pulumi/pulumi/log/index.js") as { debug: () => Promise<void> }).debug = () => Promise.resolve();
}

if (process.env["PILOT_DEBUG_SDK"] !== "true") {
  mapNoTraces();
  traceNoPromises();
  sendNoDebugMessages();
}
