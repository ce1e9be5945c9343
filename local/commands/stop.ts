import { forgetCloud, stopCloud } from "../cloud/index.ts";
import type { Layout } from "../base/layout.ts";
import type { Report } from "../tools/index.ts";

/** Ends everything that runs. The state is kept for the next start. */
export async function stop(layout: Layout, report: Report): Promise<number> {
  await stopCloud(layout, report);
  return 0;
}

/** Ends everything that runs and deletes the local cloud's state: AWS, clusters, Pulumi state, local settings. */
export async function reset(layout: Layout, report: Report): Promise<number> {
  await forgetCloud(layout, report);
  report(`${layout.dir} is deleted. Next: npm start`);
  return 0;
}
