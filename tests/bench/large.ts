/**
 * Measures one cluster with a hundred worker groups of ten nodes: time and AWS calls of a preview, an `up` without
 * changes, a refresh, and the roll of one group. The nodes are simulated; the API server, kOps and Pulumi are real.
 * Prints tables, and fails if the provider makes any AWS call as often as there are groups: what AWS lists or describes
 * in batches must not be asked for group by group.
 */
import { cloudState } from "../../local/cloud/index.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { makeCheckout } from "../e2e/checkout.ts";
import type { Checkout, Ran } from "../e2e/checkout.ts";
import { table } from "./table.ts";

const groups = Number(process.env["PILOT_BENCH_GROUPS"] ?? 100);
const size = Number(process.env["PILOT_BENCH_GROUP_SIZE"] ?? 10);
const repeats = 3;
const flags = ["--stack", "sbx", "--non-interactive"];

const groupName = (number: number): string => `g${String(number).padStart(3, "0")}`;

const clusterFile = (machineTypes: Readonly<Record<string, string>>): string =>
  `name: k1
kopsVersion: 1.35.0
kubernetesVersion: 1.34.3
apiAccess: [10.20.0.0/16]
controlPlane: { count: 1, machineType: t3.medium }
rollingUpdate: { nodeInterval: 1s, postDrainDelay: 1s, validateCount: 1 }
nodeGroups:
${Array.from({ length: groups }, (_, index) => groupName(index + 1))
  .map((name) => `  ${name}: { machineType: ${machineTypes[name] ?? "t3.large"}, count: ${size} }`)
  .join("\n")}
`;

/** AWS calls by caller, then by service and action (`local/aws/calls.py`). */
type Calls = Record<string, Record<string, number>>;

/** Seconds of each run, by command. */
const measured = new Map<string, number[]>();
const counted: { move: string; calls: Calls }[] = [];

const checkout = await makeCheckout();

async function callsNow(): Promise<Calls> {
  const state = await cloudState(layoutOf(checkout.folder, { ...process.env, PILOT_LOCAL_DIR: undefined }));
  if (!state) throw new Error("the local cloud is not running");
  return (await (await fetch(`${state.endpoint}/_pilot/calls`)).json()) as Calls;
}

/** The calls between two counts. */
function between(before: Calls, after: Calls): Calls {
  return Object.fromEntries(
    Object.entries(after).map(([caller, calls]) => [
      caller,
      Object.fromEntries(
        Object.entries(calls).flatMap(([call, count]) => {
          const more = count - (before[caller]?.[call] ?? 0);
          return more > 0 ? [[call, more]] : [];
        }),
      ),
    ]),
  );
}

async function measure(move: string, work: () => Promise<Ran>): Promise<void> {
  const before = await callsNow();
  const ran = await work();
  if (ran.exitCode !== 0) throw new Error(`${move} failed:\n${ran.output}`);
  console.log(`${move}: ${ran.seconds.toFixed(1)} s, ${ran.output.split("\n").length} lines of output`);
  const known = measured.get(move);
  if (!known) counted.push({ move, calls: between(before, await callsNow()) });
  measured.set(move, [...(known ?? []), ran.seconds]);
}

/** Waits until all nodes are ready, as a new cluster on AWS would be some minutes later. */
async function nodesReady(): Promise<void> {
  for (;;) {
    const { output } = await checkout.local("kubectl", "get", "nodes", "--no-headers");
    const ready = output.split("\n").filter((line) => / Ready /.test(line)).length;
    if (ready >= groups * size + 1) return;
    console.log(`${ready} of ${groups * size + 1} nodes are ready`);
    await new Promise((resolve) => setTimeout(resolve, 10_000));
  }
}

/** The seconds from the start of an `up` until kOps drains its first node. */
async function startOfRoll(): Promise<void> {
  const before = await callsNow();
  const began = Date.now();
  let first = 0;
  const ran = await checkout.npmDuring(
    /drain/i,
    () => {
      first = (Date.now() - began) / 1000;
    },
    "run",
    "local",
    "--",
    "pulumi",
    "up",
    ...flags,
    "--yes",
    "--skip-preview",
  );
  if (ran.exitCode !== 0) throw new Error(`the roll failed:\n${ran.output}`);
  console.log(`roll of one group: first drain after ${first.toFixed(1)} s, ended after ${ran.seconds.toFixed(1)} s`);
  measured.set("up, one group changes: first drain", [first]);
  measured.set(`up, one group changes: ${size} nodes rolled`, [ran.seconds]);
  counted.push({ move: "up, one group changes", calls: between(before, await callsNow()) });
}

async function measureAll(checkout: Checkout): Promise<void> {
  await checkout.write("clusters/sbx/k1.yaml", clusterFile({}));
  const started = await checkout.npm("start");
  if (started.exitCode !== 0) throw new Error(started.output);
  console.log(`${groups} groups with ${groups * size} nodes: made in ${started.seconds.toFixed(0)} s`);
  await nodesReady();
  for (let turn = 0; turn < repeats; turn += 1) {
    await measure("preview, no change", () => checkout.local("pulumi", "preview", ...flags));
    await measure("up, no change", () => checkout.local("pulumi", "up", ...flags, "--yes"));
    await measure("refresh", () => checkout.local("pulumi", "refresh", ...flags, "--yes"));
  }
  await checkout.write("clusters/sbx/k1.yaml", clusterFile({ [groupName(1)]: "t3.xlarge" }));
  await measure("preview, one group changes", () => checkout.local("pulumi", "preview", ...flags));
  await startOfRoll();
}

try {
  await measureAll(checkout);
} finally {
  await checkout.remove();
}

const rows = [...measured].map(([move, figures]) => ({ move, figures }));
console.log(`\n${table(rows, "seconds")}`);
console.log(`\nAWS calls, first run of each`);
for (const { move, calls } of counted) {
  for (const caller of ["pilot", "kops", "other"]) {
    const all = Object.entries(calls[caller] ?? {}).toSorted(([, a], [, b]) => b - a);
    const sum = all.reduce((total, [, count]) => total + count, 0);
    const most = all.slice(0, 4).map(([call, count]) => `${call} ${count}`);
    console.log(`${move.padEnd(28)}  ${caller.padEnd(5)}  ${String(sum).padStart(5)}  ${most.join(", ")}`);
  }
  // S3 has no call that reads several objects.
  const perGroup = Object.entries(calls["pilot"] ?? {}).filter(
    ([call, count]) => count >= groups && call !== "s3 GetObject",
  );
  if (perGroup.length === 0) continue;
  console.error(`${move}: called for every group: ${perGroup.map(([call, count]) => `${call} ${count}`).join(", ")}`);
  process.exitCode = 1;
}
