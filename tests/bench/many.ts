/**
 * Compares a stack of twenty cluster files with a stack of one: wall clock, CPU and memory of a preview and of an `up`
 * without changes. Both stacks are in the same local cloud, so that both run beside all control planes, which on AWS
 * run elsewhere: twenty idle ones keep most of a core busy. CPU is that of Pulumi, program and plugins together. Prints
 * tables, and fails if twenty take more than twice as long as one.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { makeCheckout } from "../e2e/checkout.ts";
import type { Checkout } from "../e2e/checkout.ts";
import { median, table } from "./table.ts";

const many = Number(process.env["PILOT_BENCH_CLUSTERS"] ?? 20);
const repeats = 3;
const most = 2;
const flags = ["--non-interactive"];

const clusterFile = (name: string): string => `name: ${name}
kopsVersion: 1.35.0
kubernetesVersion: 1.34.3
apiAccess: [10.20.0.0/16]
controlPlane: { count: 1, machineType: t3.medium }
nodeGroups: { nodes: { machineType: t3.large, count: 1 } }
`;

interface Figures {
  seconds: number;
  cpuSeconds: number;
  peakMiB: number;
}

/** Resident memory of a process and its descendants, in MiB. Shared memory counts for each. */
async function memoryBelow(root: number): Promise<number> {
  const { stdout } = await execa("ps", ["-eo", "pid=,ppid=,rss="]);
  const processes = stdout.split("\n").map((line) => line.trim().split(/ +/).map(Number) as [number, number, number]);
  const inside = new Set([root]);
  let kibibytes = 0;
  // A child has a higher id than its parent, unless ids have wrapped: so repeat until nothing is added.
  for (let before = -1; before !== inside.size;) {
    before = inside.size;
    for (const [pid, parent] of processes) if (inside.has(parent)) inside.add(pid);
  }
  for (const [pid, , rss] of processes) if (inside.has(pid)) kibibytes += rss;
  return kibibytes / 1024;
}

/** Runs `pulumi` in the local cloud; it must find nothing to do. */
async function measure(checkout: Checkout, ...words: string[]): Promise<Figures> {
  const began = Date.now();
  const script = `TIMEFORMAT='cpu %U %S'; time pulumi ${[...words, ...flags].join(" ")}`;
  const running = execa("npm", ["--silent", "run", "local", "--", "bash", "-c", script], {
    cwd: checkout.folder,
    all: true,
    stdin: "ignore",
  });
  const { pid } = running;
  if (pid === undefined) throw new Error("npm could not be started");
  let peakMiB = 0;
  const timer = setInterval(() => {
    void memoryBelow(pid).then(
      (now) => (peakMiB = Math.max(peakMiB, now)),
      () => undefined,
    );
  }, 250);
  try {
    const { all } = await running;
    if (!/Resources:\s+\d+ unchanged/.test(all)) throw new Error(`something changed:\n${all}`);
    const [, user = "0", system = "0"] = /^cpu ([\d.]+) ([\d.]+)$/m.exec(all) ?? [];
    return { seconds: (Date.now() - began) / 1000, cpuSeconds: Number(user) + Number(system), peakMiB };
  } finally {
    clearInterval(timer);
  }
}

const moves: [string, string[]][] = [
  ["preview", ["preview"]],
  ["up", ["up", "--yes"]],
];
const measured: Record<string, Figures[]> = {};

/** Stacks by their number of clusters; they are alike otherwise. */
const stacks = [
  { stack: "one", clusters: 1 },
  { stack: "sbx", clusters: many },
] as const;

/** Alternates, so that a temporarily slower machine affects both. */
async function measureAll(checkout: Checkout): Promise<void> {
  for (const [move, words] of moves) {
    for (let turn = 0; turn < repeats; turn += 1) {
      for (const { stack, clusters } of stacks) {
        const what = `${move}, ${clusters} cluster${clusters === 1 ? "" : "s"}`;
        const figures = await measure(checkout, ...words, "--stack", stack);
        console.log(
          `${what}: ${figures.seconds.toFixed(1)} s, ${figures.cpuSeconds.toFixed(1)} s of CPU, ` +
            `${figures.peakMiB.toFixed(0)} MiB`,
        );
        (measured[what] ??= []).push(figures);
      }
    }
  }
}

const checkout = await makeCheckout();
try {
  await rm(join(checkout.folder, "clusters/sbx/k1.yaml"));
  for (const { stack, clusters } of stacks) {
    for (let number = 1; number <= clusters; number += 1)
      await checkout.write(`clusters/${stack}/c${number}.yaml`, clusterFile(`c${number}`));
  }
  await checkout.write(
    "Pulumi.one.yaml",
    (await checkout.read("Pulumi.sbx.yaml")).replaceAll("sbx.pilot.internal", "one.pilot.internal"),
  );
  const started = await checkout.npm("start");
  if (started.exitCode !== 0) throw new Error(started.output);
  console.log(`a stack of ${many} clusters made in ${started.seconds.toFixed(0)} s`);
  await checkout.local("pulumi", "stack", "init", "one");
  await checkout.local("pulumi", "up", "--stack", "one", ...flags, "--yes", "--skip-preview");
  await measureAll(checkout);
} finally {
  await checkout.remove();
}

const rowsOf = (key: keyof Figures) =>
  Object.entries(measured).map(([move, all]) => ({ move, figures: all.map((one) => one[key]) }));
console.log(`\n${table(rowsOf("seconds"), "seconds")}`);
console.log(`\n${table(rowsOf("cpuSeconds"), "seconds of CPU")}`);
console.log(`\n${table(rowsOf("peakMiB"), "MiB at most, of Pulumi, program and plugins together")}`);
for (const [move] of moves) {
  const ratio = (key: keyof Figures): number => {
    const [one = [], all = []] = [measured[`${move}, 1 cluster`], measured[`${move}, ${many} clusters`]].map(
      (figures) => figures?.map((figure) => figure[key]),
    );
    return median(all) / median(one);
  };
  console.log(
    `${move}: ${many} clusters take ${ratio("seconds").toFixed(2)} times as long as one, ` +
      `${ratio("cpuSeconds").toFixed(2)} times the CPU`,
  );
  if (ratio("seconds") > most) process.exitCode = 1;
}
