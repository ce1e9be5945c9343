import { relative } from "node:path";

/**
 * A file of this program as a path from the folder in which Pulumi starts the program and all plugins. It is the same
 * on each machine, so the state may contain it.
 */
export const programPath = (file: string): string => relative(process.cwd(), file);
