/**
 * The code that Pulumi stores in the state of a resource as its provider. `provider`: the file that it loads, from the
 * project folder; `what`: the provider's name in an error. Pulumi runs the stored copy for refresh and delete, long
 * after the program changed. So it holds no logic: it loads the implementation by two paths that never change. A fix of
 * the provider therefore reaches existing resources.
 *
 * Written by hand, not serialised by Pulumi: the bytes are the same with every compiler, Node.js and SDK version. Plain
 * JavaScript, because the plugin process may not run TypeScript until `typescript.mjs` has set it up.
 */
export const shimOf = (provider: string, what: string): string => `"use strict";
let loading;
function load() {
  return (loading ??= (async () => {
    const { pathToFileURL } = require("node:url");
    const { join } = require("node:path");
    const here = process.cwd();
    try {
      await import(pathToFileURL(join(here, "typescript.mjs")).href);
      return await import(pathToFileURL(join(here, "${provider}")).href);
    } catch (error) {
      if (error && (error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND"))
        throw new Error("${what} cannot be loaded in " + here + ": " + error.message.split("\\n")[0] + ". Next: run npm ci there, then the same command again.");
      throw error;
    }
  })());
}
const verb = (name) => async (...args) => (await load())[name](...args);
exports.handler = () => ({
  check: verb("check"), diff: verb("diff"), create: verb("create"), update: verb("update"), read: verb("read"), delete: verb("delete"),
});
`;

/** The code in the state of every cluster. */
export const shim = shimOf("providers/kops/provider.ts", "The kOps provider");
