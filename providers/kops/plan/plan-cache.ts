import { allowsNewImages } from "./facts/images.ts";
import { decidingEnvironment } from "../kops-cli/environment.ts";
import { updateFlags } from "../kops-cli/flags.ts";
import { parseStoreUrl } from "../store/store.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { desiredSpec, digestOf } from "../model/spec.ts";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isMissing } from "../model/errors.ts";
import { readCloudDigest } from "./facts/cloud-digest.ts";
import { kopsKeysOf } from "../store/places.ts";
import type { Plan } from "./plan.ts";
import { stateFolder } from "../runtime/scratch.ts";
import { manifestEtags } from "../store/manifests.ts";
import type { OperationContext } from "../operation/operation.ts";
import { makePlan } from "./make-plan.ts";

/** What is asked for and what is there, as far as it tells plans apart. */
export interface PlanKeyFacts {
  inputs: KopsClusterInputs;
  /** ETags of the manifests in the store. */
  etags: Readonly<Record<string, string>>;
  /** Digest of what in the cloud a plan depends on. */
  cloud: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Key of a plan that is kept: another one wherever kOps, or what it is asked to let pass, could make another plan, or
 * none.
 */
export function planKey({ inputs, etags, cloud, env }: PlanKeyFacts): string {
  return digestOf({
    spec: desiredSpec(inputs),
    etags,
    cloud,
    store: parseStoreUrl(inputs.stateStore),
    flags: updateFlags(inputs),
    env: decidingEnvironment(env),
    newImages: allowsNewImages(inputs),
    unknownFields: inputs.allow?.includes("unknownFields") === true,
  });
}

/** A plan with what it was made from, as kept in the private cache. */
interface KeptPlan {
  plan: Plan;
  /** When it was made, in milliseconds since 1970. */
  made: number;
  /** Process that last showed it: one `pulumi up` asks for a plan twice, in two plugin processes of one parent. */
  shownBy: number | undefined;
}

/**
 * Milliseconds for which a plan is kept: longer than it takes from a preview to its `up`. What the key tells nothing
 * of, such as a security group that was changed by hand, is in a plan at most this late.
 */
const lifetime = 15 * 60_000;

function keptIn(key: string, env: NodeJS.ProcessEnv): string {
  return join(stateFolder(env), "plans", `${key}.json`);
}

async function keep(file: string, kept: KeptPlan): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, JSON.stringify(kept), { mode: 0o600 });
  await rename(partial, file);
}

async function readKept(file: string, now: number): Promise<KeptPlan | undefined> {
  const text = await orAbsent(readFile(file, "utf8"));
  const kept = text === undefined ? undefined : (JSON.parse(text) as KeptPlan);
  return kept && isFresh(kept.made, now) ? kept : undefined;
}

/** A look at a file that may not be there, or not any more: another process of the same person sweeps, too. */
async function orAbsent<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether a plan made at a time may still be used. One of a program that noted no time is not. */
export function isFresh(made: number | undefined, now: number): boolean {
  return made !== undefined && now - made < lifetime;
}

/** Removes plans that are used no more. */
async function sweepPlans(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const found = await orAbsent(stat(file));
    if (found && !isFresh(found.mtimeMs, now)) await rm(file, { force: true });
  }
}

/**
 * The plan for the desired spec over what is in the store and the cloud now. Made once: the key ({@link planKey}) is a
 * digest of all of these, and the check of a preview, its diff, those of the `up` and its apply, in several processes,
 * share it.
 */
export async function planFor(
  context: OperationContext,
  now: () => number = Date.now,
): Promise<{
  plan: Plan;
  etags: Record<string, string>;
  exists: boolean;
  alreadyShown: boolean;
  shown: () => Promise<void>;
}> {
  const { inputs, store, env } = context;
  const [etags, cloud] = await Promise.all([manifestEtags(store, inputs.name), readCloudDigest(inputs)]);
  const file = keptIn(planKey({ inputs, etags, cloud, env }), env);
  const kept = await readKept(file, now());
  const plan = kept?.plan ?? (await makePlan(context, etags));
  const made = kept?.made ?? now();
  if (!kept) {
    await keep(file, { plan, made, shownBy: undefined });
    await sweepPlans(dirname(file), made);
  }
  return {
    plan,
    etags,
    exists: kopsKeysOf(inputs.name).config in etags,
    alreadyShown: kept?.shownBy === process.ppid,
    shown: () => keep(file, { plan, made, shownBy: process.ppid }),
  };
}
