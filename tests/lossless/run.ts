import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { makeHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { firstDesired } from "./desired.ts";
import type { Edit } from "./edit.ts";
import { editKinds, nextEdit } from "./edits.ts";
import { publish } from "./publish.ts";
import { randomOf } from "./random.ts";
import { Rounds } from "./round.ts";
import type { Outcome } from "./round.ts";

const root = join(import.meta.dirname, "..", "..");

const help = `Nothing is lost, by random edits:
  npm run test:lossless -- [--seed N] [--rounds N] [--minutes N] [--only EDIT]... [--without EDIT]... [--replay FILE]
                           [--write]

  --seed N        seed of the choices; default: by the clock; printed
  --rounds N      number of edits, each with its preview and up; default: 100
  --minutes N     begin no further round after this time
  --only EDIT     only edits of this kind; may be repeated
  --without EDIT  no edits of this kind; may be repeated
  --replay FILE   repeat the edits of a log in their order
  --write         write the result to docs/evidence/lossless.md

Kinds: ${editKinds.map(({ name }) => name).join(", ")}`;

/** One round in the log: enough to repeat it. */
interface Entry {
  readonly round: number;
  readonly edit: Edit;
  readonly outcome?: Outcome;
  /** Why it could not be completed. */
  readonly error?: string;
}

/** Parses a number of the command line. */
function numberOf(option: string, text: string | undefined, otherwise: number): number {
  const found = text === undefined ? otherwise : Number(text);
  if (!Number.isFinite(found) || found < 0) throw new Error(`--${option} ${text ?? ""}: a number is expected`);
  return found;
}

function kindsOf(only: readonly string[], without: readonly string[]): typeof editKinds {
  const strange = [...only, ...without].filter((name) => !editKinds.some((kind) => kind.name === name));
  if (strange.length > 0)
    throw new Error(`no such edits: ${strange.join(", ")}; there are ${editKinds.map(({ name }) => name).join(", ")}`);
  return editKinds.filter(({ name }) => (only.length === 0 || only.includes(name)) && !without.includes(name));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      rounds: { type: "string" },
      minutes: { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      without: { type: "string", multiple: true, default: [] },
      replay: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const kinds = kindsOf(values.only, values.without);
  const seed = numberOf("seed", values.seed, Date.now() % 1_000_000);
  const replayed =
    values.replay === undefined
      ? undefined
      : (JSON.parse(await readFile(values.replay, "utf8")) as { entries: Entry[] }).entries.map(({ edit }) => edit);
  const wanted = replayed?.length ?? numberOf("rounds", values.rounds, 100);
  const until = Date.now() + numberOf("minutes", values.minutes, 24 * 60) * 60_000;
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      stop.abort();
    });

  const random = randomOf(seed);
  const entries: Entry[] = [];
  const log = join(
    root,
    ".local",
    "lossless",
    `seed-${seed}-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.json`,
  );
  await mkdir(join(root, ".local", "lossless"), { recursive: true });
  console.log(`seed ${seed}, ${wanted} rounds; log ${log}`);

  let harness: Harness | undefined;
  let rounds: Rounds | undefined;
  try {
    while (entries.length < wanted && Date.now() < until && !stop.signal.aborted) {
      if (!harness || !rounds) {
        const began = Date.now();
        const first = firstDesired();
        harness = await makeHarness(first);
        rounds = await Rounds.begin(harness, first);
        console.log(
          `(an environment with three clusters, in ${Math.round((Date.now() - began) / 1000)} s: ${harness.folder})`,
        );
      }
      const round = entries.length + 1;
      const edit = replayed?.[round - 1] ?? nextEdit({ desired: rounds.good, random, facts: rounds.facts() }, kinds);
      let entry: Entry;
      try {
        entry = { round, edit, outcome: await rounds.perform(edit) };
      } catch (error) {
        entry = { round, edit, error: messageOf(error) };
      }
      entries.push(entry);
      await writeFile(log, JSON.stringify({ seed, entries }, null, 1));
      for (const line of linesOf(entry)) console.log(line);
      if (!canGoOn(entry)) {
        await harness.remove();
        harness = rounds = undefined;
      }
    }
  } finally {
    await harness?.remove();
  }
  if (values.write)
    await publish(root, { seed, rounds: entries.length, failed: entries.filter((one) => !isWell(one)).length });
  const failed = entries.filter((one) => !isWell(one)).length;
  console.log(`seed ${seed}${entries.length < wanted ? `, ended before ${wanted} rounds` : ""}`);
  console.log(`${entries.length - failed} passed, ${failed} failed`);
  return failed > 0 || entries.length === 0 ? 1 : 0;
}

const isWell = ({ outcome }: Entry): boolean => outcome !== undefined && outcome.violations.length === 0;

/** Do not begin the next round with what a broken promise left, unless the last good state is restored. */
function canGoOn(entry: Entry): boolean {
  const kinds = entry.outcome?.violations.map(({ kind }) => kind) ?? [];
  return (
    isWell(entry) ||
    (entry.outcome?.recovery === "done" &&
      kinds.every((kind) => ["disagreement", "made", "slow", "untrue"].includes(kind)))
  );
}

/** The first words of a command's error. */
const errorsIn = (output: string): string[] =>
  [...new Set([...output.matchAll(/^ *error: (.{1,300})/gm)].map(([, line = ""]) => line))].slice(0, 3);

function linesOf({ round, edit, outcome, error }: Entry): string[] {
  const verdict = outcome
    ? `preview ${outcome.preview}, up ` +
      `${outcome.up}${outcome.recovery === undefined ? "" : `, back again ${outcome.recovery}`}, ${outcome.seconds} ` +
      "s"
    : `not carried through: ${error ?? ""}`;
  const violations = (outcome?.violations ?? []).map(({ kind, what }) => `   VIOLATION ${kind}: ${what}`);
  const errors =
    violations.length === 0
      ? []
      : Object.entries(outcome?.outputs ?? {}).flatMap(([command, output]) =>
          errorsIn(output).map((line) => `   ${command}: ${line}`),
        );
  return [`${round}. ${edit.kind}: ${edit.description}: ${verdict}`, ...violations, ...errors];
}

process.exitCode = await main();
