import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { clearDeadLocks } from "../workspace/backend-locks.ts";
import type { CloudState } from "../cloud/index.ts";
import { ensureCloud } from "../cloud/index.ts";
import { localEnvironment } from "../workspace/environment.ts";
import { wantedKopsVersions } from "../workspace/kops-versions.ts";
import type { Layout } from "../base/layout.ts";
import { installPlugins } from "../plugins/install.ts";
import { writeStackFiles } from "../workspace/stack-config.ts";
import type { Report, ToolPaths } from "../tools/index.ts";
import { ensureTools } from "../tools/index.ts";
import { writeWrappers } from "../workspace/wrappers.ts";
import type { Phases } from "./phases.ts";

export interface Prepared {
  readonly tools: ToolPaths;
  readonly cloud: CloudState;
  /** The complete environment of commands inside the local cloud. */
  readonly env: NodeJS.ProcessEnv;
}

/** Prepares everything that a command inside the local cloud needs. */
export async function prepare(layout: Layout, report: Report, phases: Phases): Promise<Prepared> {
  const kopsVersions = wantedKopsVersions(layout.root);
  const tools = await phases.time("tools", () => ensureTools(layout, { kopsVersions, report }));
  const cloud = await phases.time("local cloud", () => ensureCloud(layout, tools, report));
  await phases.time("plugins and stack files", async () => {
    await Promise.all([layout.backend, join(layout.home, ".kube")].map((folder) => mkdir(folder, { recursive: true })));
    await mkdir(dirname(layout.accessFile), { recursive: true });
    await installPlugins(layout, tools.pulumi, report);
    await writeWrappers(layout, tools, kopsVersions[0]);
    await writeStackFiles(layout, report);
    await clearDeadLocks(layout, report);
  });
  return { tools, cloud, env: localEnvironment(layout, cloud) };
}
