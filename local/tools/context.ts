import { availableParallelism } from "node:os";
import type { Layout } from "../base/layout.ts";
import { outerEnvironment } from "../base/outer-environment.ts";
import { Turns } from "../base/turns.ts";
import { Downloads } from "./download.ts";
import type { Report } from "./progress.ts";

/** What finding, fetching or building a tool needs. */
export interface ToolContext {
  readonly layout: Layout;
  readonly report: Report;
  readonly env: NodeJS.ProcessEnv;
  readonly downloads: Downloads;
  /** Go compiles under it. */
  readonly turns: Turns;
  /** Ends what runs. */
  readonly signal?: AbortSignal;
}

/** Few: one compile keeps most cores busy, and those at the same time compile shared packages more than once. */
export function compilesAtOnce(cores: number): number {
  return Math.max(1, Math.floor(cores / 4));
}

export function toolContext(
  layout: Layout,
  report: Report,
  env: NodeJS.ProcessEnv = process.env,
  signal?: AbortSignal,
): ToolContext {
  const outer = outerEnvironment(env);
  return {
    layout,
    report,
    env: outer,
    downloads: new Downloads(report, outer, signal),
    turns: new Turns(compilesAtOnce(availableParallelism())),
    ...(signal && { signal }),
  };
}
