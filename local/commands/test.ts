import { join } from "node:path";
import { attend } from "../become.mjs";
import { wantedKopsVersions } from "../kops-versions.ts";
import type { Layout } from "../layout.ts";
import type { Report } from "../tools/index.ts";
import { ensureTools } from "../tools/index.ts";

const unitTests = "tests/**/*.test.ts";
const toolTests = "tests/**/*.it.ts";

/** Runs the tests: `unit` those that need nothing but node, else all. Further arguments are mocha's. */
export async function test(layout: Layout, report: Report, args: readonly string[]): Promise<number> {
  const unit = args[0] === "unit";
  if (!unit) await ensureTools(layout, { kopsVersions: wantedKopsVersions(layout.root), report });
  const patterns = unit ? [unitTests] : [unitTests, toolTests];
  const mocha = join(layout.root, "node_modules", "mocha", "bin", "mocha.js");
  process.chdir(layout.root);
  return attend(process.execPath, [mocha, ...patterns, ...args.slice(unit ? 1 : 0)], withoutCloudSettings(process.env));
}

/** The caller's environment without anything by which a test could reach a real account, cluster or stack. */
export function withoutCloudSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(AWS_(?!SDK_JS)|PULUMI_|KOPS_|S3_|KUBECONFIG$)/.test(name)));
}
