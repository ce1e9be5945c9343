import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { clientOf, quick, region } from "../e2e/bare/index.ts";
import type { BareArgs, BareCheckout } from "../e2e/bare/index.ts";
import { inventory } from "../e2e/inventory.ts";
import { deedsIn } from "./events.ts";
import type { Deed } from "./events.ts";
import type { Manifest, Origin } from "./manifest.ts";

export const kopsVersion = "1.35.0";

/** Features that kOps has only if the environment asks for them. */
const featureFlags = ["APIServerNodes"];

export const stages = ["create", "again", "refresh", "destroy"] as const;
export type Stage = (typeof stages)[number];

/** The outcome of one manifest: seconds of each passed stage, and what stopped it. */
export interface Outcome {
  slug: string;
  seconds: Partial<Record<Stage, number>>;
  /** Undefined if all four stages passed. */
  problem: string | undefined;
}

export interface Entry {
  slug: string;
  manifest: Manifest;
  origin: Origin;
  /** The manifest as plain kOps takes it. */
  text: string;
  /** Instance group that an update removes after the create. */
  removes?: string | undefined;
}

function argsOf({ manifest, origin: way }: Entry, stateStore: string): BareArgs {
  // Plain kOps created it without them.
  return {
    ...manifest,
    stateStore,
    region,
    kopsVersion,
    ...quick,
    ...(way === "adopted" ? { adopt: true } : { featureFlags }),
  };
}

/** Creates a cluster with plain kOps, for a later adoption. */
async function makeByKops(bare: BareCheckout, { slug, manifest, text }: Entry): Promise<void> {
  const at = ["--state", bare.infrastructure.stateStore];
  // The channel is a file on the internet.
  await bare.write(`${slug}.yaml`, text.replace(/^ {2}channel: .*$/m, "  channel: none"));
  await bare.local("kops", "create", "-f", `${slug}.yaml`, ...at);
  await bare.local("kops", "update", "cluster", "--name", manifest.name, "--yes", "--create-kube-config=false", ...at);
}

/** Reports, with kOps's output, that a cluster was not adopted as it is. */
function notAsItIs({ origin: way, manifest: { name } }: Entry, output: string): string | undefined {
  if (way !== "adopted" || output.includes("adopted as it is")) return undefined;
  const said = output.split("\n").flatMap((line) => /"message":"([^"]*)"/.exec(line)?.[1] ?? []);
  return `${name} was not adopted as it is: ${said
    .filter((line) => /plan|adopts|applying/.test(line))
    .join(" ")
    .slice(0, 1500)}`;
}

/** The same entry without the group to remove. */
function withoutRemoved(entry: Entry): Entry {
  const { removes, manifest } = entry;
  return {
    ...entry,
    manifest: {
      ...manifest,
      instanceGroups: Object.fromEntries(
        Object.entries(manifest.instanceGroups).filter(([group]) => group !== removes),
      ),
    },
  };
}

/** Removes the groups that manifests name for it in one update, and records each failure with its cluster. */
async function removeGroups(
  bare: BareCheckout,
  batch: readonly Entry[],
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<void> {
  const meant = batch.filter(({ slug, removes }) => removes !== undefined && outcomes.get(slug)?.problem === undefined);
  if (meant.length === 0) return;
  await bare.declare(
    Object.fromEntries(
      batch.map((entry) => [entry.slug, argsOf(withoutRemoved(entry), bare.infrastructure.stateStore)]),
    ),
  );
  const { deeds, output } = await perform(
    bare,
    "again",
    meant.map(({ slug }) => slug),
  );
  for (const { slug, removes = "" } of meant) {
    const deed = deeds.get(slug);
    const outcome = outcomes.get(slug);
    const done = deed?.op === "update" && !deed.failed && deed.untrue.length === 0;
    if (outcome && !done)
      outcome.problem =
        `create: ${removes} was not removed: ${deed?.errors.join("; ") ?? ""} ` + (deed?.op ?? output.slice(-1500));
  }
}

/** Runs a command of Pulumi with its event log. Returns what it did to each cluster, and its output. */
async function perform(
  bare: BareCheckout,
  stage: Stage,
  targets: readonly string[],
): Promise<{ deeds: Map<string, Deed>; output: string }> {
  const command = stage === "create" || stage === "again" ? "up" : stage;
  const only = targets.flatMap((slug) => [
    "--target",
    `urn:pulumi:sbx::pilot::pulumi-nodejs:dynamic/kops:Cluster::${slug}`,
  ]);
  const flags = ["--stack", "sbx", "--non-interactive", "--yes", "--skip-preview", "--json"];
  // A failed cluster must not keep the others of its batch from running.
  const { output } = await bare.npm(
    "run",
    "local",
    "--",
    "pulumi",
    command,
    ...flags,
    ...(stage === "refresh" ? [] : ["--continue-on-error"]),
    ...only,
  );
  return { deeds: deedsIn(output), output };
}

/** What a stage did to a cluster beyond its task; undefined if all is well. */
export function complaint(stage: Stage, deed: Deed | undefined, output: string): string | undefined {
  if (!deed) return `pulumi did not come to it: ${output.slice(-1500)}`;
  if (deed.failed || deed.errors.length > 0) return deed.errors.join("\n") || "pulumi says only that it failed";
  const untrue = deed.untrue.length > 0 ? `: ${deed.untrue.join("; ")}` : "";
  switch (stage) {
    case "create":
      return deed.op === "create" && untrue === "" ? undefined : `${deed.op}${untrue}`;
    case "again":
      return deed.op === "same" ? undefined : `the second up is not empty: ${deed.op}${untrue}`;
    case "refresh":
      return (deed.op === "same" || deed.op === "refresh") && untrue === ""
        ? undefined
        : `the refresh is not empty: ${deed.op}${untrue}`;
    case "destroy":
      return deed.op === "delete" ? undefined : `destroy did ${deed.op}`;
  }
}

/** What a destroyed cluster has left in the state store and the discovery bucket; its archive must stay. */
async function leftInBuckets(bare: BareCheckout): Promise<string[]> {
  const s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
  const buckets = [bare.infrastructure.stateStore.replace("s3://", ""), bare.infrastructure.discoveryBucket];
  const lists = await Promise.all(
    buckets.map(async (Bucket) =>
      ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(
        ({ Key }) => `s3://${Bucket}/${Key ?? ""}`,
      ),
    ),
  );
  return lists.flat().filter((key) => !/\/_pilot\/[^/]+\/(archive|history)\//.test(key));
}

/** Everything that exists and could be left behind, one line each. */
async function everythingIn(bare: BareCheckout): Promise<string[]> {
  const found = Object.entries(await inventory(bare.endpoint)).flatMap(([kind, names]) =>
    names.map((name) => `${kind} ${name}`),
  );
  return [...found, ...(await leftInBuckets(bare))];
}

/** Failures inside the local cloud: gaps of the emulation, which kOps would only report as errors or retry. */
async function troublesOf(bare: BareCheckout): Promise<string[]> {
  const answer = (await (await fetch(`${bare.endpoint}/_pilot/errors`)).json()) as {
    service: string;
    action: string;
    status: number;
    detail: string[];
  }[];
  return answer.map(
    ({ service, action, status, detail }) =>
      `the local cloud failed at ${service} ${action} (${status}): ${detail.at(-1) ?? ""}`,
  );
}

/**
 * Brings a batch of clusters through create, a second `up`, refresh and destroy together, because each start of Pulumi
 * takes seconds. Each cluster must be created, then cause no difference twice, then be gone without a trace.
 */
export async function cycle(bare: BareCheckout, batch: readonly Entry[]): Promise<Outcome[]> {
  const before = await everythingIn(bare);
  const knownTroubles = (await troublesOf(bare)).length;
  const outcomes = new Map<string, Outcome>(batch.map(({ slug }) => [slug, { slug, seconds: {}, problem: undefined }]));
  const well = (): string[] =>
    [...outcomes.values()].filter(({ problem }) => problem === undefined).map(({ slug }) => slug);

  for (const entry of batch) if (entry.origin === "adopted") await makeByKops(bare, entry);
  await bare.declare(
    Object.fromEntries(batch.map((entry) => [entry.slug, argsOf(entry, bare.infrastructure.stateStore)])),
  );
  for (const stage of stages) {
    const targets = well();
    if (targets.length === 0 && stage !== "destroy") continue;
    // Failed clusters must go, too.
    const all = stage === "create" || stage === "destroy";
    const { deeds, output } = await perform(bare, stage, all ? [] : targets);
    for (const slug of targets) {
      const outcome = outcomes.get(slug);
      const deed = deeds.get(slug);
      if (!outcome) continue;
      const entry = batch.find((one) => one.slug === slug);
      const problem =
        complaint(stage, deed, output) ?? (stage === "create" && entry ? notAsItIs(entry, output) : undefined);
      if (problem === undefined) outcome.seconds[stage] = deed?.seconds ?? 0;
      else outcome.problem = `${stage}: ${problem}`;
    }
    if (stage === "create") await removeGroups(bare, batch, outcomes);
  }
  const left = (await everythingIn(bare)).filter((one) => !before.includes(one));
  for (const entry of batch) blame(entry, batch, left, outcomes.get(entry.slug));
  const troubles = [...new Set((await troublesOf(bare)).slice(knownTroubles))];
  for (const outcome of outcomes.values()) {
    if (troubles.length > 0 && (outcome.problem !== undefined || batch.length === 1))
      outcome.problem = [outcome.problem, ...troubles].filter(Boolean).join("\n");
  }
  return [...outcomes.values()];
}

/** Attributes what is left to the cluster whose name it has, else to the whole batch. */
function blame(
  { manifest }: Entry,
  batch: readonly Entry[],
  left: readonly string[],
  outcome: Outcome | undefined,
): void {
  if (!outcome || outcome.problem !== undefined) return;
  const others = batch.map((entry) => entry.manifest.name).filter((name) => name !== manifest.name);
  const own = left.filter((one) => one.includes(manifest.name) || !others.some((name) => one.includes(name)));
  if (own.length > 0) outcome.problem = `destroy: left behind: ${own.join(", ")}`;
}
