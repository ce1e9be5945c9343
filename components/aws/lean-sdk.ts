import { createRequire } from "node:module";

/*
 * Turns off what Pulumi's runner and SDK do to debug themselves. With twenty clusters it costs seconds of each preview.
 * PILOT_DEBUG_SDK=true leaves it on.
 */

type DebuggablePromise = (promise: Promise<unknown>, context: unknown) => Promise<unknown>;

const sdk = createRequire(import.meta.url);

/** If node runs TypeScript itself, positions in a trace are already those of the files: no source maps are needed. */
function mapNoTraces(): void {
  if ((process.features as { typescript?: unknown }).typescript) Reflect.deleteProperty(Error, "prepareStackTrace");
}

/** The SDK records a trace for each promise but shows it only with PULUMI_DEBUG_PROMISE_LEAKS. */
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
 * The SDK sends three messages for each resource, each a call. The engine shows them only with `pulumi --debug`, and a
 * program cannot tell whether that is set.
 */
function sendNoDebugMessages(): void {
  (sdk("@pulumi/pulumi/log/index.js") as { debug: () => Promise<void> }).debug = () => Promise.resolve();
}

if (process.env["PILOT_DEBUG_SDK"] !== "true") {
  mapNoTraces();
  traceNoPromises();
  sendNoDebugMessages();
}
