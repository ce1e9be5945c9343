/**
 * `npm run test:corpus [-- NAME… --write]`: every cluster manifest of the corpus, or those named, on the local cloud by
 * real pulumi and real kOps: created; a second `up` empty; a refresh empty; destroyed without a trace. `--write` puts
 * the results into the table of docs/evidence/corpus.md.
 */
import { checkedOut } from "../commit.ts";
import { manifestNames, purposes, runCorpus } from "./corpus.ts";
import { writeResults } from "./docs.ts";
import { lineOf, summaryOf } from "./report.ts";

/** Clusters at a time: what two cores do best. */
const atATime = Number(process.env["PILOT_CORPUS_BATCH"] ?? 3);

const words = process.argv.slice(2);
const write = words.includes("--write");
const known = await manifestNames();
const named = words.filter((word) => word !== "--write");
const unknown = named.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no manifest ${unknown.join(", ")} in tests/corpus/manifests; there are ${known.join(", ")}`);
  process.exit(1);
}
const commit = await checkedOut();
const slugs = named.length > 0 ? named : known;
const began = Date.now();
console.log(`${slugs.length} manifests, ${atATime} at a time; seconds of each stage`);
const outcomes = await runCorpus(slugs, atATime, async (batch) => {
  for (const outcome of batch) console.log(lineOf(outcome));
  // At once: a run that is ended early has its results in the docs, too.
  if (write)
    await writeResults(batch, known, await purposes(slugs), `${new Date().toISOString().slice(0, 10)}, ${commit}`);
});
const minutes = (Date.now() - began) / 60_000;
const summary = summaryOf(outcomes);
console.log(`\n${outcomes.map(lineOf).join("\n")}\n\nin ${minutes.toFixed(1)} minutes\n${summary}`);
process.exitCode = outcomes.every(({ problem }) => problem === undefined) ? 0 : 1;
