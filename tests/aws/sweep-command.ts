/**
 * `npm run aws:sweep -- --older-than 6h [--run NAME] [--yes]`: lists what acceptance runs left behind in the account
 * and region of the shell; `--yes` deletes it. Ends with an error if something stays.
 */
import { parseArgs } from "node:util";
import { milliseconds, elapsed } from "../../providers/kops/model/durations.ts";
import { ConfigError, ExplainedError } from "../../providers/kops/model/errors.ts";
import { accountOf, accountsVariable, allowAccount } from "./account.ts";
import { findLeftovers } from "./sweep/find.ts";
import { describe } from "./sweep/kinds.ts";
import { removeLeftover } from "./sweep/remove.ts";
import { selected, sweep } from "./sweep/sweep.ts";

/** A sweep ends after this time, whatever is left. */
const mostHours = 2;

const usage = "npm run aws:sweep -- --older-than 6h [--run acc-20261130101200] [--yes]";

function problem(what: string, why: string): ConfigError {
  return new ConfigError({ what, why, next: usage });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      "older-than": { type: "string" },
      run: { type: "string" },
      region: { type: "string", default: process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "" },
      yes: { type: "boolean", default: false },
      interval: { type: "string", default: "10s" },
      patience: { type: "string", default: "20m" },
    },
  });
  const { "older-than": older, run, region, yes, interval, patience } = values;
  if (older === undefined) throw problem("The age is missing", "a run that is not over must not lose anything");
  if (region === "") throw problem("The region is missing", "neither --region nor AWS_REGION is given");
  const identity = { region };
  const account = await accountOf(identity);
  allowAccount(account, process.env[accountsVariable]);
  const selection = { olderThan: milliseconds(older), run, now: Date.now() };
  const found = selected(await findLeftovers(identity), selection);
  for (const one of found)
    console.log(`${describe(one)}: of ${one.run.name}, ${elapsed(selection.now - one.run.begun.getTime())} old`);
  console.log(`${found.length} leftovers of runs that are ${older} or older in account ${account}, ${region}`);
  if (!yes) {
    if (found.length > 0) console.log("Nothing was deleted. Next: the same with --yes.");
    return 0;
  }
  const left = await sweep({
    account: { leftovers: () => findLeftovers(identity), remove: (one) => removeLeftover(identity, one) },
    selection,
    say: (line) => {
      console.log(line);
    },
    interval: milliseconds(interval),
    patience: milliseconds(patience),
    deadline: Date.now() + mostHours * 3_600_000,
  });
  for (const line of left) console.error(`left: ${line}`);
  if (left.length === 0) console.log("Nothing is left.");
  return left.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof ExplainedError ? error.message : error);
  process.exitCode = 1;
}
