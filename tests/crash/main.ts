import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { messageOf } from "../../providers/kops/errors.ts";
import { makeBed } from "./bed.ts";
import { allCases, covering, inOrder, isMeant, nameOf, recoveries } from "./cases.ts";
import type { Case } from "./cases.ts";
import { Striking } from "./perform.ts";
import { readResults, summary, table, withoutMoment, writeResults } from "./results.ts";
import type { Result } from "./results.ts";

const root = join(import.meta.dirname, "..", "..");
const file = join(root, ".local", "crash-matrix.json");
const page = join(root, "docs", "crash-matrix.md");
const mark = { begin: "<!-- table: npm run test:crash -- --write -->", end: "<!-- end of table -->" };

const help = `The crash matrix: npm run test:crash -- [--cover] [--only WORDS]... [--fresh] [--minutes N] [--write]

  --cover       every step, kill and moment once, with the recovery going round, instead of all combinations
  --only WORDS  only cases with all these words in their name: update/NodesRolled/kops, create, second
  --fresh       again what an earlier run has done; else only what has not passed yet is run
  --minutes N   begins no further case after so long; the next run goes on
  --write       writes the table of all results into docs/crash-matrix.md`;

async function versions(): Promise<string> {
  const packages = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> };
  const { stdout } = await execa("git", ["rev-parse", "--short", "HEAD"], { cwd: root, reject: false });
  return `commit ${stdout}, kOps 1.35.0, Pulumi ${packages.dependencies["@pulumi/pulumi"] ?? "?"}, Kubernetes 1.34.3, node ${process.versions.node}`;
}

async function writePage(results: ReadonlyMap<string, Result>): Promise<void> {
  const known = allCases().filter((one) => results.has(nameOf(one)));
  const counted = known.flatMap((one) => results.get(nameOf(one)) ?? []);
  const days = [...new Set(counted.map(({ at }) => at.slice(0, 10)))].sort();
  const text = await readFile(page, "utf8");
  const [before] = text.split(mark.begin);
  const [, after] = text.split(mark.end);
  if (before === undefined || after === undefined) throw new Error(`${page} has no place for the table`);
  const head = `${days.join(" to ")}: ${summary(counted)} of ${allCases().length}; ${await versions()}.`;
  await writeFile(page, `${before}${mark.begin}\n\n${head}\n\n${table(known, results, recoveries)}\n\n${mark.end}${after}`);
}

async function run(cases: readonly Case[], results: Map<string, Result>, until: number): Promise<void> {
  if (cases.length === 0) return;
  const say = (line: string): void => {
    console.log(line);
  };
  let bed = await makeBed();
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => { stop.abort(); });
  try {
    let striking: Striking | undefined;
    for (const [index, one] of cases.entries()) {
      if (Date.now() > until || stop.signal.aborted) {
        say(`${cases.length - index} cases are left for the next run`);
        return;
      }
      striking ??= await Striking.begin(bed);
      const name = nameOf(one);
      const began = Date.now();
      let result: Result;
      try {
        const { notes, seconds } = await striking.perform(one);
        result = { name, outcome: "passed", why: notes.join("; "), seconds, at: new Date().toISOString() };
      } catch (error) {
        result = { name, outcome: "failed", why: messageOf(error), seconds: Math.round((Date.now() - began) / 1000), at: new Date().toISOString() };
      }
      results.set(name, result);
      await writeResults(file, results);
      // Whatever a broken promise has left is nothing to begin the next case with.
      if (result.outcome === "failed") {
        await bed.remove();
        bed = await makeBed();
        striking = undefined;
      }
      say(`${index + 1}/${cases.length} ${result.outcome} ${name} ${result.seconds}s${result.why ? ` (${result.why})` : ""}`);
    }
  } finally {
    await bed.remove();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      cover: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      fresh: { type: "boolean", default: false },
      minutes: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const minutes = values.minutes === undefined ? Infinity : Number(values.minutes);
  if (Number.isNaN(minutes)) throw new Error(`--minutes ${values.minutes ?? ""}: a number is expected`);
  await mkdir(join(root, ".local"), { recursive: true });
  const results = await readResults(file);
  const meant = (values.cover ? covering() : allCases()).filter((one) => values.only.length === 0 || values.only.some((filter) => isMeant(one, filter)));
  for (const one of meant) {
    const none = withoutMoment(one);
    if (none) results.set(none.name, none);
  }
  await writeResults(file, results);
  const due = meant.filter((one) => {
    const outcome = results.get(nameOf(one))?.outcome;
    return outcome !== "n/a" && (values.fresh || outcome !== "passed");
  });
  await run(inOrder(due), results, Date.now() + minutes * 60_000);
  if (values.write) await writePage(results);
  const counted = meant.flatMap((one) => results.get(nameOf(one)) ?? []);
  console.log(`\n${table(meant, results, recoveries)}\n`);
  const missing = meant.length - counted.length;
  console.log(`${summary(counted)}${missing > 0 ? `, ${missing} not run` : ""}`);
  return counted.some(({ outcome }) => outcome === "failed") || missing > 0 ? 1 : 0;
}

process.exitCode = await main();
