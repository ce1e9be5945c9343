import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { attend } from "../bootstrap/become.mjs";
import { compileCacheOf } from "../base/compile-cache.ts";
import { wantedKopsVersions } from "../workspace/kops-versions.ts";
import type { Layout } from "../base/layout.ts";
import type { Report } from "../tools/index.ts";
import { ensureTools } from "../tools/index.ts";

const unitTests = "tests/**/*.test.ts";
const toolTests = "tests/**/*.it.ts";
const wholeStories = "tests/e2e/*.it.ts";
/** Further end-to-end stories, which take half an hour: more rounds, accounts, losses and kinds of networks. */
const longStories = "tests/long/*.it.ts";

/** Files that take minutes. They start first, or one lane would run them alone at the end. */
const slow = [
  "environment",
  "corpus",
  "stacks",
  "subnet-tags",
  "roll",
  "network",
  "addons",
  "cluster-request",
  "adopt",
  "preview",
  "dns-and-store",
  "recorded",
  "copied-manifest",
  "delete",
];
const slowLong = ["network", "subnet-tags", "losses", "growing", "withdraw", "central-account", "move-store"];
const longFirst = [
  `tests/@(e2e|corpus)/@(${slow.join("|")}).it.ts`,
  `tests/e2e/!(${slow.join("|")}).it.ts`,
  "tests/!(e2e|corpus|long)/**/*.it.ts",
];

/** How many test files run at a time: with its own local cloud, each waits about as long as it computes. */
const lanes = ["--parallel", "--jobs", String(Math.min(4, availableParallelism() + 1))];

/** One run of mocha. */
interface Run {
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const selections: Readonly<Record<string, Run>> = {
  unit: { args: [unitTests, ...lanes] },
  long: {
    args: [`tests/long/@(${slowLong.join("|")}).it.ts`, `tests/long/!(${slowLong.join("|")}).it.ts`, ...lanes],
  },
  "official-plugins": { args: [wholeStories, longStories], env: { PILOT_PLUGINS: "official" } },
};

const everything: readonly Run[] = [{ args: [unitTests, ...lanes] }, { args: [...longFirst, ...lanes] }];

/**
 * Runs the tests. `unit`: those that need only node. `long`: the long stories. `official-plugins`: all end-to-end
 * stories with Pulumi's own plugins instead of the stand-ins. Otherwise: everything except the long stories. Further
 * arguments go to mocha: named files run alone, and `-g` searches all tests.
 */
export async function test(layout: Layout, report: Report, args: readonly string[]): Promise<number> {
  const named = selections[args[0] ?? ""];
  const more = args.slice(named ? 1 : 0);
  if (args[0] !== "unit") await ensureTools(layout, { kopsVersions: wantedKopsVersions(layout.root), report });
  process.chdir(layout.root);
  if (named) return await run(layout, named, more);
  if (more.length > 0)
    return await run(layout, { args: more.some((one) => existsSync(one)) ? [] : [unitTests, toolTests] }, more);
  const folder = await mkdtemp(join(tmpdir(), "pilot-tests-"));
  try {
    let worst = 0;
    for (const one of everything)
      worst = Math.max(worst, await run(layout, { ...one, env: { PILOT_TALLY: join(folder, "tally") } }, []));
    return worst;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Exit code of one mocha. */
async function run(layout: Layout, { args, env }: Run, more: readonly string[]): Promise<number> {
  const mocha = join(layout.root, "node_modules", "mocha", "bin", "mocha.js");
  const began = Date.now();
  // In lanes, mocha prints a file's results when it is done, which takes minutes.
  const heartbeat = setInterval(() => {
    console.log(`(tests: ${Math.round((Date.now() - began) / 60_000)} min)`);
  }, 60_000);
  try {
    return await attend(process.execPath, [mocha, ...args, ...more], {
      ...withoutCloudSettings(process.env),
      ...compileCacheOf("tests", process.env),
      // Without it, every process prints a notice between the results.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      ...env,
    });
  } finally {
    clearInterval(heartbeat);
  }
}

/** The caller's environment without anything that gives a test access to a real account, cluster or stack. */
export function withoutCloudSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(AWS_(?!SDK_JS)|PULUMI_|KOPS_|S3_|KUBECONFIG$)/.test(name)),
  );
}
