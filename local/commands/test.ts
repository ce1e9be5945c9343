import { join } from "node:path";
import { attend } from "../become.mjs";
import { wantedKopsVersions } from "../kops-versions.ts";
import type { Layout } from "../layout.ts";
import type { Report } from "../tools/index.ts";
import { ensureTools } from "../tools/index.ts";

const unitTests = "tests/**/*.test.ts";
const toolTests = "tests/**/*.it.ts";
const wholeStories = "tests/e2e/*.it.ts";

const selections: Readonly<Record<string, { patterns: readonly string[]; env?: NodeJS.ProcessEnv }>> = {
  unit: { patterns: [unitTests] },
  "official-plugins": { patterns: [wholeStories], env: { PILOT_PLUGINS: "official" } },
};

/**
 * Runs the tests: `unit` those that need nothing but node, `official-plugins` the whole stories with Pulumi's own plugins
 * in place of the stand-ins, else all. Further arguments are mocha's.
 */
export async function test(layout: Layout, report: Report, args: readonly string[]): Promise<number> {
  const named = selections[args[0] ?? ""];
  const { patterns, env } = named ?? { patterns: [unitTests, toolTests] };
  if (args[0] !== "unit") await ensureTools(layout, { kopsVersions: wantedKopsVersions(layout.root), report });
  const mocha = join(layout.root, "node_modules", "mocha", "bin", "mocha.js");
  process.chdir(layout.root);
  return attend(process.execPath, [mocha, ...patterns, ...args.slice(named ? 1 : 0)], {
    ...withoutCloudSettings(process.env),
    // Its notice would stand in the middle of the results, once per process.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    ...env,
  });
}

/** The caller's environment without anything by which a test could reach a real account, cluster or stack. */
export function withoutCloudSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(AWS_(?!SDK_JS)|PULUMI_|KOPS_|S3_|KUBECONFIG$)/.test(name)));
}
