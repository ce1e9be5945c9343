/**
 * What Pulumi stores in the state of every cluster as "the provider", and runs, also for refresh and delete, long after
 * the program changed. So it holds no logic: it loads the implementation from the project in whose folder the engine
 * runs it, by two paths that are kept for ever. Mending the provider mends it for clusters that already exist.
 *
 * Written out by hand instead of serialised by Pulumi: the same bytes whatever compiler, node or SDK version is used.
 * Plain JavaScript for plain node: the plugin process may know no TypeScript until `typescript.mjs` has seen to it.
 */
export const shim = `"use strict";
let loading;
function load() {
  return (loading ??= (async () => {
    const { pathToFileURL } = require("node:url");
    const { join } = require("node:path");
    const here = process.cwd();
    try {
      await import(pathToFileURL(join(here, "typescript.mjs")).href);
      return await import(pathToFileURL(join(here, "providers/kops/provider.ts")).href);
    } catch (error) {
      if (error && (error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND"))
        throw new Error("The kOps provider cannot be loaded in " + here + ": " + error.message.split("\\n")[0] + ". Next: run npm ci there, then the same command again.");
      throw error;
    }
  })());
}
const verb = (name) => async (...args) => (await load())[name](...args);
exports.handler = () => ({
  check: verb("check"), diff: verb("diff"), create: verb("create"), update: verb("update"), read: verb("read"), delete: verb("delete"),
});
`;
