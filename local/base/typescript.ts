import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What node is to be given before a file of TypeScript of a checkout, by default of this one. */
export const forTypeScript = (root = join(import.meta.dirname, "..", "..")): string[] => [
  "--import",
  pathToFileURL(join(root, "typescript.mjs")).href,
];
