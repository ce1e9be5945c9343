import { attend } from "../bootstrap/become.mjs";
import { endWith, ownerOf } from "../cloud/index.ts";
import type { Layout } from "../base/layout.ts";
import type { Report } from "../tools/index.ts";
import { Phases } from "./phases.ts";
import { prepare } from "./prepare.ts";
import { status } from "./status.ts";

/**
 * Runs a command inside the local cloud, and starts the cloud if it does not run. Without a command, shows the status.
 */
export async function run(layout: Layout, report: Report, [command, ...args]: readonly string[]): Promise<number> {
  if (command === undefined) return status(layout, report);
  endWith(ownerOf(process.env), report);
  const { env } = await prepare(layout, report, new Phases());
  return attend(command, args, env);
}
