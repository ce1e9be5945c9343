/**
 * `npm run test:mutants [-- --only WORDS]`: breaks one promise of the provider after another in a private copy of this
 * checkout, and runs the unit tests that must notice. Ends with `N passed, N failed`: a broken promise that no test
 * notices has failed.
 */
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { withoutCloudSettings } from "../../local/commands/test.ts";
import { compileCacheOf } from "../../local/base/compile-cache.ts";
import { isMissing, messageOf } from "../../providers/kops/model/errors.ts";
import { ownedFolder } from "../local/owned.ts";
import { broken, countsIn, unnoticed } from "./mutant.ts";
import type { Ran } from "./mutant.ts";
import { promises } from "./promises.ts";
import type { GuardedPromise } from "./promises.ts";

const root = join(import.meta.dirname, "..", "..");

/** Time limit for the tests of one promise in milliseconds: they take seconds. */
const patience = 120_000;
/** The same for the tests of all promises, beside other work. */
const patienceForAll = 600_000;

/** Copies the files of this checkout, and links its packages. */
async function privateCopy(): Promise<string> {
  const folder = await ownedFolder("pilot-mutants-");
  const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: root,
  });
  for (const file of stdout.split("\0").filter(Boolean)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(root, file), join(folder, file)).catch((error: unknown) => {
      // Listed by git, but deleted in the work tree.
      if (!isMissing(error)) throw error;
    });
  }
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

async function runTests(folder: string, files: readonly string[], limit = patience): Promise<Ran> {
  const mocha = join(folder, "node_modules", "mocha", "bin", "mocha.js");
  const env = {
    ...withoutCloudSettings(process.env),
    ...compileCacheOf("tests", process.env),
    PILOT_TALLY: undefined,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
  const { all, timedOut } = await execa(process.execPath, [mocha, ...files], {
    cwd: folder,
    env,
    extendEnv: false,
    all: true,
    reject: false,
    stdin: "ignore",
    timeout: limit,
  });
  return { counts: countsIn(all), late: timedOut };
}

/** Breaks a promise in the copy and restores it. Returns why no test noticed, if so, and how many tests failed. */
async function tryOne(
  folder: string,
  promise: GuardedPromise,
): Promise<{ problem: string | undefined; failed: number }> {
  const file = join(folder, promise.file);
  const source = await readFile(file, "utf8");
  try {
    await writeFile(file, broken(source, promise));
    const ran = await runTests(folder, promise.tests);
    return { problem: unnoticed(ran), failed: ran.counts?.failed ?? 0 };
  } catch (error) {
    return { problem: messageOf(error), failed: 0 };
  } finally {
    await writeFile(file, source);
  }
}

const { only } = parseArgs({ options: { only: { type: "string", default: "" } } }).values;
const words = only.toLowerCase().split(/\s+/).filter(Boolean);
const chosen = promises.filter(({ name, file }) =>
  words.every((word) => `${name} ${file}`.toLowerCase().includes(word)),
);
if (chosen.length === 0) {
  console.error(
    `No promise has all the words "${only}"; there are:\n${promises.map(({ name }) => `  ${name}`).join("\n")}`,
  );
  process.exit(1);
}

const began = Date.now();
const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const folders: string[] = [];
let passed = 0;
let failed = 0;
try {
  const lanes = Math.min(availableParallelism(), 2, chosen.length);
  for (let lane = 0; lane < lanes; lane += 1) folders.push(await privateCopy());
  // Without a broken promise all must pass, or a failure would mean nothing.
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
  const { counts, late } = await runTests(folders[0] ?? "", files, patienceForAll);
  if (late || !counts || counts.failed > 0) {
    console.error(
      "The tests do not pass while no promise is broken: " +
        `${late ? "they take too long" : counts ? `${counts.failed} failed` : "they were not executed"}. Next: npm run test:unit -- ` +
        files.join(" "),
    );
    failed = chosen.length;
  } else {
    console.log(`${counts.passed} tests in ${files.length} files pass while no promise is broken (${seconds(began)})`);
    const queue = [...chosen];
    await Promise.all(
      folders.map(async (folder) => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const since = Date.now();
          const { problem, failed: red } = await tryOne(folder, next);
          if (problem === undefined) passed += 1;
          else failed += 1;
          console.log(
            `${problem === undefined ? "✔" : "✘"} ${next.name}: ` +
              `${problem ?? `${red} ${red === 1 ? "test fails" : "tests fail"} when it is broken`} ` +
              `(${seconds(since)})`,
          );
        }
      }),
    );
  }
} finally {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}
console.log(`in ${seconds(began)}\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
