import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkedOut } from "../commit.ts";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { makeHarness } from "./harness.ts";
import { allCases, chains, covering, isMeant, nameOf, recoveries } from "./cases.ts";
import type { Case } from "./cases.ts";
import { CrashRunner } from "./perform.ts";
import { readResults, summary, table, withoutMoment, writeResults } from "./results.ts";
import type { Result } from "./results.ts";

const root = join(import.meta.dirname, "..", "..");
const file = join(root, ".local", "crash-matrix.json");
const record = join(import.meta.dirname, "results.json");
const page = join(root, "docs", "evidence", "crash-matrix.md");
const mark = { begin: "<!-- table: npm run test:crash -- --write -->", end: "<!-- end of table -->" };

const help = `The crash matrix:
  npm run test:crash -- [--cover] [--only WORDS]... [--fresh] [--minutes N] [--lanes N] [--write]

  --cover       each step, kill and moment once with alternating recoveries, instead of all combinations
  --only WORDS  only cases with all these words in their name: update/NodesRolled/kops, create, second
  --fresh       repeat passed cases; default: only cases that have not passed yet
  --minutes N   begin no further case after this time; the next run continues
  --lanes N     number of local clouds at a time; default: 1
  --write       write all results to tests/crash/results.json, from which another machine continues, and as a table to
                docs/evidence/crash-matrix.md`;

/** What the results are about: the first to the last commit, and the versions that did not change. */
async function versions(results: readonly Result[]): Promise<string> {
  const packages = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const commits = [...new Set(results.toSorted((a, b) => a.at.localeCompare(b.at)).map((one) => one.commit))];
  return (
    `commit ${commits.join(", ")}, kOps 1.35.0, Pulumi ${packages.dependencies["@pulumi/pulumi"] ?? "?"}, ` +
    `Kubernetes 1.34.3, node ${process.versions.node}`
  );
}

/** The result of a case, even if it does not exist. */
function withNone(one: Case, results: ReadonlyMap<string, Result>): Result | undefined {
  const none = withoutMoment(one);
  return none ? { ...none, name: nameOf(one), at: "", commit: "" } : results.get(nameOf(one));
}

/** Writes the results that need a run, and their table, into the repository. */
async function publish(results: ReadonlyMap<string, Result>): Promise<void> {
  const all = allCases();
  const whole = new Map(all.flatMap((one) => withNone(one, results) ?? []).map((one) => [one.name, one]));
  const ran = [...whole.values()].filter(({ outcome }) => outcome !== "n/a");
  // Only the first line of a failure: the rest depends on the machine.
  await writeResults(
    record,
    ran.map((one) => ({ ...one, why: one.why.split("\n")[0] ?? "" })),
  );
  const days = [...new Set(ran.map(({ at }) => at.slice(0, 10)))].sort();
  const text = await readFile(page, "utf8");
  const [before] = text.split(mark.begin);
  const [, after] = text.split(mark.end);
  if (before === undefined || after === undefined) throw new Error(`${page} has no place for the table`);
  const head =
    `${[...new Set([days[0], days.at(-1)])].join(" to ")}: ${summary([...whole.values()])}, ` +
    `${all.length - whole.size} not run, of ${all.length}; ${await versions(ran)}.`;
  await writeFile(page, `${before}${mark.begin}\n\n${head}\n\n${table(all, whole, recoveries)}\n\n${mark.end}${after}`);
}

interface Run {
  readonly results: Map<string, Result>;
  /** No case begins after this time, in milliseconds since the epoch. */
  readonly until: number;
  readonly commit: string;
  readonly lanes: number;
}

async function run(cases: readonly Case[], { results, until, commit, lanes }: Run): Promise<void> {
  const queue = chains(cases);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      stop.abort();
    });
  let ended = 0;
  let saving: Promise<void> = Promise.resolve();
  const save = (result: Result): Promise<void> => {
    results.set(result.name, result);
    saving = saving.then(() => writeResults(file, results.values()));
    return saving;
  };
  /** Works through chains with its own local cloud; every second lane from the end, where other verbs are. */
  const lane = async (fromEnd: boolean): Promise<void> => {
    if (queue.length === 0) return;
    let harness = await makeHarness();
    try {
      let runner: CrashRunner | undefined;
      for (let chain = fromEnd ? queue.pop() : queue.shift(); chain; chain = fromEnd ? queue.pop() : queue.shift()) {
        for (const one of chain) {
          if (Date.now() > until || stop.signal.aborted) return;
          runner ??= await CrashRunner.begin(harness);
          const name = nameOf(one);
          const began = Date.now();
          const at = { at: new Date(began).toISOString(), commit };
          let result: Result;
          try {
            const { notes, seconds } = await runner.perform(one);
            result = { name, outcome: "passed", why: notes.join("; "), seconds, ...at };
          } catch (error) {
            result = {
              name,
              outcome: "failed",
              why: messageOf(error),
              seconds: Math.round((Date.now() - began) / 1000),
              ...at,
            };
          }
          await save(result);
          // Do not begin the next case with what a failed one left.
          if (result.outcome === "failed") {
            await harness.remove();
            harness = await makeHarness();
            runner = undefined;
          }
          ended += 1;
          console.log(
            `${ended}/${cases.length} ${result.outcome} ${name} ` +
              `${result.seconds}s${result.why ? ` (${result.why})` : ""}`,
          );
        }
      }
    } finally {
      await harness.remove();
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index % 2 === 1)));
  if (ended < cases.length) console.log(`${cases.length - ended} cases are left for the next run`);
}

/** Parses a number of the command line. */
function numberOf(option: string, text: string | undefined, otherwise: number): number {
  const found = text === undefined ? otherwise : Number(text);
  if (Number.isNaN(found) || found <= 0) throw new Error(`--${option} ${text ?? ""}: a number above 0 is expected`);
  return found;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      cover: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      fresh: { type: "boolean", default: false },
      minutes: { type: "string" },
      lanes: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const minutes = numberOf("minutes", values.minutes, Infinity);
  const lanes = numberOf("lanes", values.lanes, 1);
  const onCommit = await checkedOut();
  await mkdir(join(root, ".local"), { recursive: true });
  const results = await readResults(record, file);
  const meant = (values.cover ? covering() : allCases()).filter(
    (one) => values.only.length === 0 || values.only.some((filter) => isMeant(one, filter)),
  );
  for (const one of meant) {
    const none = withoutMoment(one);
    if (none) results.set(nameOf(one), { ...none, name: nameOf(one), at: new Date().toISOString(), commit: onCommit });
  }
  await writeResults(file, results.values());
  const due = meant.filter((one) => {
    const outcome = results.get(nameOf(one))?.outcome;
    return outcome !== "n/a" && (values.fresh || outcome !== "passed");
  });
  await run(due, { results, until: Date.now() + minutes * 60_000, commit: onCommit, lanes });
  if (values.write) await publish(results);
  const counted = meant.flatMap((one) => results.get(nameOf(one)) ?? []);
  console.log(`\n${table(meant, results, recoveries)}\n`);
  const missing = meant.length - counted.length;
  console.log(`${summary(counted)}${missing > 0 ? `, ${missing} not run` : ""}`);
  return counted.some(({ outcome }) => outcome === "failed") || missing > 0 ? 1 : 0;
}

process.exitCode = await main();
