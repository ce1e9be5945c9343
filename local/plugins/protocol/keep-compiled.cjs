// The engine ends plugins with a signal, which would lose node's compile cache of this run.
const { flushCompileCache } = require("node:module");
const { setInterval } = require("node:timers");

if (flushCompileCache) setInterval(flushCompileCache, 1_000).unref();
