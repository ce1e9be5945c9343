/**
 * The code that Pulumi stores in the state of every environment as the provider of its buckets' contents. It only loads
 * the implementation, as `providers/kops/shim.ts` does. Written by hand, so that the bytes never change.
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
      return await import(pathToFileURL(join(here, "providers/state-store/provider.ts")).href);
    } catch (error) {
      if (error && (error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND"))
        throw new Error("The state store's provider cannot be loaded in " + here + ": " + error.message.split("\\n")[0] + ". Next: run npm ci there, then the same command again.");
      throw error;
    }
  })());
}
const verb = (name) => async (...args) => (await load())[name](...args);
exports.handler = () => ({
  check: verb("check"), diff: verb("diff"), create: verb("create"), update: verb("update"), read: verb("read"), delete: verb("delete"),
});
`;
