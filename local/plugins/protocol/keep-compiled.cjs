// The engine ends plugins with a signal, and what node has compiled of them would be lost to the next run.
const { flushCompileCache } = require("node:module");
const { setInterval } = require("node:timers");

if (flushCompileCache) setInterval(flushCompileCache, 1_000).unref();
