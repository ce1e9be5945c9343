export { awsPython, chromium, ensureTools, otherShell } from "./ensure.ts";
export type { ToolPaths, ToolWishes } from "./ensure.ts";
export { pinnedKops } from "./kops.ts";
export { reportOf } from "./progress.ts";
export type { Report } from "./progress.ts";
