import type { Layout } from "../base/layout.ts";
import { outerEnvironment } from "../base/outer-environment.ts";
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
  const outer = outerEnvironment(env);
  return { layout, report, env: outer, downloads: new Downloads(report, outer) };
}
