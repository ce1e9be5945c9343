import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Arguments with which node runs a TypeScript file of a checkout, by default of this one. */
export const forTypeScript = (root = join(import.meta.dirname, "..", "..")): string[] => [
  "--import",
  pathToFileURL(join(root, "typescript.mjs")).href,
];
