import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import yaml from "js-yaml";
import { elapsed } from "../../providers/kops/model/durations.ts";
import { KopsError, inOneLine } from "../../providers/kops/model/errors.ts";
import type { PulumiOptions, Ran } from "./pulumi.ts";
import { runTag, zoneOf } from "./run-name.ts";

export interface Acceptance {
  /** The run's name, which is that of its stack. */
  name: string;
  region: string;
  /** Who reaches the API of the cluster. */
  apiAccess: string;
  /** The checkout. */
  folder: string;
  pulumi(args: readonly string[], options: PulumiOptions): Promise<Ran>;
  /** Lines of what the run still has in the account. */
  left(): Promise<string[]>;
  say: (line: string) => void;
  /** Milliseconds since the epoch at which the steps must be done. */
  deadline: number;
}

/**
 * The stack's config as `pulumi config set-all --path` takes it: everything that an environment can have at small cost,
 * so that a sweep has everything to find.
 */
const stackConfig = ({ name, region }: Acceptance): Readonly<Record<string, string>> => ({
  "aws:region": region,
  "pilot:sandbox": "true",
  [`pilot:tags.${runTag}`]: name,
  "pilot:network.cidr": "10.20.0.0/16",
  "pilot:network.zones[0]": `${region}a`,
  "pilot:network.nat": "single",
  "pilot:network.endpoints.interfaces[0]": "sts",
  "pilot:network.flowLogs.to": "cloudwatch",
  "pilot:network.flowLogs.retentionDays": "1",
  "pilot:dns.type": "private",
  "pilot:dns.name": zoneOf(name),
  "pilot:stateStore.onDestroy": "purge",
  "pilot:stateStore.encryption.type": "kms",
  "pilot:stateStore.managedPolicies": "true",
});

interface Nodes {
  machineType: string;
  count: number;
}

const clusterFile = ({ apiAccess }: Acceptance, nodes: Nodes): object => ({
  name: "k1",
  kopsVersion: "1.35.0",
  kubernetesVersion: "1.34.3",
  apiAccess: [apiAccess],
  api: { loadBalancer: "public" },
  controlPlane: { count: 1, machineType: "t3.medium" },
  nodeGroups: { nodes },
});

const folderOf = ({ folder, name }: Acceptance): string => join(folder, "clusters", name);

async function change(one: Acceptance, nodes: Nodes): Promise<void> {
  await mkdir(folderOf(one), { recursive: true });
  await writeFile(join(folderOf(one), "k1.yaml"), yaml.dump(clusterFile(one, nodes)));
}

async function run(one: Acceptance, words: string, options: Partial<PulumiOptions> = {}): Promise<Ran> {
  const timeout = Math.max(one.deadline - Date.now(), 1);
  const ran = await one.pulumi([...words.split(" "), "--stack", one.name, "--non-interactive"], {
    timeout,
    ...options,
  });
  if (ran.exitCode !== 0 && ran.ended !== "killed")
    throw new KopsError({
      what: `\`pulumi ${words}\` failed`,
      why: ran.ended ?? `it ended with ${ran.exitCode}`,
      next: "read what it printed above",
    });
  return ran;
}

const up = "up --yes --skip-preview";

function expectIn(output: string, pattern: RegExp, promise: string): void {
  if (!pattern.test(output))
    throw new KopsError({
      what: `Not so: ${promise}`,
      why: `nothing in the output matches ${pattern.source}`,
      next: "read the output above",
    });
}

const noChanges = /Resources:\s+\d+ unchanged/;
const emptyUp = async (one: Acceptance): Promise<void> => {
  expectIn((await run(one, up)).output, noChanges, "another up changes nothing");
};
/** What a run does, in this order; each throws if a promise is broken. */
const steps: readonly [promise: string, work: (one: Acceptance) => Promise<void>][] = [
  [
    "up makes the environment and its cluster",
    async (one) => {
      await change(one, { machineType: "t3.medium", count: 1 });
      await run(one, "stack init");
      const values = Object.entries(stackConfig(one)).flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]);
      await run(one, ["config", "set-all", "--path", ...values].join(" "));
      await run(one, up);
    },
  ],
  ["another up changes nothing", emptyUp],
  [
    "a change rolls the nodes",
    async (one) => {
      await change(one, { machineType: "t3.large", count: 1 });
      expectIn((await run(one, up)).output, /rolling nodes 1\/1/, "the node is replaced");
      await emptyUp(one);
    },
  ],
  [
    "an interrupted change is continued by the next up",
    async (one) => {
      await change(one, { machineType: "t3.medium", count: 2 });
      const { ended } = await run(one, up, { killAt: /rolling nodes/ });
      if (ended !== "killed") throw new Error("the update was over before it could be interrupted");
      await run(one, "cancel --yes");
      expectIn((await run(one, up)).output, /continues: the update begun/, "the next up continues");
      await emptyUp(one);
    },
  ],
  [
    "destroy leaves nothing",
    async (one) => {
      await run(one, "destroy --yes --skip-preview");
      await run(one, "stack rm --yes");
      const left = await one.left();
      if (left.length > 0)
        throw new KopsError({
          what: "A destroy left something behind",
          why: left.join(", "),
          next: "find out which part made it; the sweep deletes it now",
        });
    },
  ],
];

/** The time for a destroy after a failed step; what it does not delete, the sweep does. */
export const destroyMinutes = 30;

/**
 * Runs all steps; after a failed one, it destroys what there is. Removes its files in the checkout.
 *
 * Errors: that of the failed step.
 */
export async function runSteps(one: Acceptance): Promise<void> {
  try {
    for (const [promise, work] of steps) {
      const began = Date.now();
      one.say(`== ${promise}`);
      await work(one);
      one.say(`== ${promise}: yes, in ${elapsed(Date.now() - began)}`);
    }
  } catch (error) {
    one.say("== a step failed: destroy");
    const late = { ...one, deadline: Date.now() + destroyMinutes * 60_000 };
    for (const words of ["cancel --yes", "destroy --yes --skip-preview"])
      await run(late, words).catch((other: unknown) => {
        one.say(inOneLine(other));
      });
    throw error;
  } finally {
    await rm(folderOf(one), { recursive: true, force: true });
    await rm(join(one.folder, `Pulumi.${one.name}.yaml`), { force: true });
  }
}
