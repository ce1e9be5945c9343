/**
 * Measures how long the main commands take on this machine's local cloud, as a user types them, with cached tools.
 * Prints a table and checks nothing.
 */
import { makeCheckout } from "../e2e/checkout.ts";
import type { Ran } from "../e2e/checkout.ts";
import { table } from "./table.ts";
import type { Row } from "./table.ts";

const repeats = 3;
const flags = ["--stack", "sbx", "--non-interactive"];
const rows: Row[] = [];

async function time(move: string, times: number, work: (turn: number) => Promise<Ran>): Promise<void> {
  const seconds: number[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    const ran = await work(turn);
    if (ran.exitCode !== 0) throw new Error(`${move} failed:\n${ran.output}`);
    seconds.push(ran.seconds);
    console.log(`${move}: ${ran.seconds.toFixed(1)} s`);
  }
  rows.push({ move, figures: seconds });
}

const checkout = await makeCheckout();
try {
  await time("npm start, tools cached", 1, () => checkout.npm("start"));
  await time("pulumi up, unchanged", repeats, () => checkout.local("pulumi", "up", ...flags, "--yes"));
  let machineType = "t3.large";
  const change = async (): Promise<void> => {
    const next = machineType === "t3.large" ? "t3.xlarge" : "t3.large";
    await checkout.edit("clusters/sbx/k1.yaml", `machineType: ${machineType}`, `machineType: ${next}`);
    machineType = next;
  };
  await time("pulumi preview, one group changes", 1, async () => {
    await change();
    return await checkout.local("pulumi", "preview", ...flags);
  });
  await time("pulumi up, three workers roll", repeats, async (turn) => {
    if (turn > 0) await change();
    return await checkout.local("pulumi", "up", ...flags, "--yes");
  });
  await time("pulumi destroy", 1, () => checkout.local("pulumi", "destroy", ...flags, "--yes"));
} finally {
  await checkout.remove();
}

console.log(`\n${table(rows, "seconds")}`);
