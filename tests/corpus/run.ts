/**
 * `npm run test:corpus [-- NAME… --write]`: runs the named or all cluster manifests of the corpus on the local cloud
 * with real Pulumi and kOps: create; a second `up` without changes; a refresh without changes; destroy without a trace.
 * `--write` updates the table of docs/evidence/corpus.md.
 */
import { checkedOut } from "../commit.ts";
import { manifestNames, purposes, runCorpus } from "./corpus.ts";
import { writeResults } from "./docs.ts";
import { lineOf, summaryOf } from "./report.ts";

/** Clusters at a time: the best number for two cores. */
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
  // Written at once, so that an interrupted run keeps its results in the docs.
  if (write)
    await writeResults(batch, known, await purposes(slugs), `${new Date().toISOString().slice(0, 10)}, ${commit}`);
});
const minutes = (Date.now() - began) / 60_000;
const summary = summaryOf(outcomes);
console.log(`\n${outcomes.map(lineOf).join("\n")}\n\nin ${minutes.toFixed(1)} minutes\n${summary}`);
process.exitCode = outcomes.every(({ problem }) => problem === undefined) ? 0 : 1;
