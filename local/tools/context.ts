import type { Layout } from "../base/layout.ts";
import { Downloads } from "./download.ts";
import type { Report } from "./progress.ts";

/** What finding, fetching or building a tool needs. */
export interface ToolContext {
  readonly layout: Layout;
  readonly report: Report;
  readonly env: NodeJS.ProcessEnv;
  readonly downloads: Downloads;
}

export function toolContext(layout: Layout, report: Report, env: NodeJS.ProcessEnv = process.env): ToolContext {
  // Builds use the user's own compiler and package caches, even inside the local cloud with its own HOME.
  const home = env["PILOT_HOME"];
  const toolEnv = home === undefined ? env : { ...env, HOME: home };
  return { layout, report, env: toolEnv, downloads: new Downloads(report, env) };
}
