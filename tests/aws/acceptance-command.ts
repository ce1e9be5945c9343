/**
 * `npm run aws:acceptance`: makes a small environment with one cluster in the account and region of the shell, changes
 * it, interrupts a change, destroys it and deletes whatever is left. Costs real money; refuses an account that is not
 * in PILOT_ACCEPTANCE_ACCOUNTS, and a run that could cost more than `--max-cost`.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { boundedFetch } from "../../providers/kops/http/fetch.ts";
import { milliseconds } from "../../providers/kops/model/durations.ts";
import { ConfigError, ExplainedError } from "../../providers/kops/model/errors.ts";
import { accountOf, accountsVariable, allowAccount } from "./account.ts";
import { destroyMinutes, runSteps } from "./acceptance.ts";
import { costBound } from "./cost.ts";
import { runPulumi } from "./pulumi.ts";
import { runNameAt } from "./run-name.ts";
import { findLeftovers } from "./sweep/find.ts";
import { describe } from "./sweep/kinds.ts";
import { removeLeftover } from "./sweep/remove.ts";
import { selected, sweep } from "./sweep/sweep.ts";

const folder = join(import.meta.dirname, "..", "..");
const say = (line: string): void => {
  console.log(line);
};

/** Minutes in which the sweep may still delete after the steps. */
const sweepMinutes = 60;

/** The address of this machine, as AWS sees it. */
async function ownAddress(): Promise<string> {
  const answer = await boundedFetch("https://checkip.amazonaws.com/", { redirect: "error", timeout: 20_000 });
  if (!answer.ok) throw new Error(`https://checkip.amazonaws.com/: HTTP ${answer.status}`);
  return `${(await answer.text()).trim()}/32`;
}

function refuseCost(minutes: number, most: number): void {
  const all = minutes + destroyMinutes + sweepMinutes;
  const bound = costBound(all);
  say(`at most USD ${bound.toFixed(2)}, if it takes all of ${all} minutes`);
  if (!(bound <= most))
    throw new ConfigError({
      what: `The run could cost USD ${bound.toFixed(2)}`,
      why: `--max-cost allows USD ${most.toFixed(2)}`,
      next: "give it less time with --max-minutes, or allow more",
    });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      region: { type: "string", default: process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "" },
      run: { type: "string", default: runNameAt(new Date()) },
      "max-cost": { type: "string", default: "8" },
      "max-minutes": { type: "string", default: "150" },
      "api-access": { type: "string" },
      interval: { type: "string", default: "10s" },
    },
  });
  const { region, run, interval } = values;
  const minutes = Number(values["max-minutes"]);
  const identity = { region };
  const account = await accountOf(identity);
  allowAccount(account, process.env[accountsVariable]);
  refuseCost(minutes, Number(values["max-cost"]));
  say(`acceptance run ${run} in account ${account}, ${region}`);

  const ofRun = async () =>
    selected(await findLeftovers(identity), { olderThan: -Infinity, run, now: Date.now() }).filter(
      ({ leaving }) => leaving !== true,
    );
  // Without a backend of one's own, the state is lost with this machine: then the sweep is the way out.
  const env = {
    PULUMI_BACKEND_URL: `file://${await mkdtemp(join(tmpdir(), "pilot-acceptance-"))}`,
    PULUMI_CONFIG_PASSPHRASE: randomUUID(),
    ...process.env,
  };
  let failure: unknown;
  try {
    await runSteps({
      name: run,
      region,
      apiAccess: values["api-access"] ?? (await ownAddress()),
      folder,
      pulumi: (args, options) => runPulumi(folder, env, args, options),
      left: async () => (await ofRun()).map(describe),
      say,
      deadline: Date.now() + minutes * 60_000,
    });
  } catch (error) {
    failure = error;
    console.error(error instanceof ExplainedError ? error.message : error);
  }
  say("== the sweep leaves nothing");
  const left = await sweep({
    account: { leftovers: () => findLeftovers(identity), remove: (one) => removeLeftover(identity, one) },
    selection: { olderThan: -Infinity, run, now: Date.now() },
    say,
    interval: milliseconds(interval),
    patience: 20 * 60_000,
    deadline: Date.now() + sweepMinutes * 60_000,
  });
  for (const line of left) console.error(`left: ${line}`);
  return failure === undefined && left.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof ExplainedError ? error.message : error);
  process.exitCode = 1;
}
