import { takesNewImages } from "../model/new-images.ts";
import { groupsWithNewImages } from "./facts/images.ts";
import { decidingEnvironment } from "../kops-cli/environment.ts";
import { updateFlags } from "../kops-cli/flags.ts";
import { parseStoreUrl } from "../store/object-store.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { desiredSpec, digestOf } from "../model/spec.ts";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isMissing } from "../model/errors.ts";
import { readCloudDigest } from "./facts/cloud-digest.ts";
import { kopsKeysOf } from "../store/keys.ts";
import type { Plan } from "./plan.ts";
import { ownerPrefix } from "../runtime/process-identity.mjs";
import { stateFolder } from "../runtime/scratch.ts";
import { manifestEtags } from "../store/manifests.ts";
import type { OperationContext } from "../operation/context.ts";
import { makePlan } from "./make-plan.ts";

/** What a plan depends on. */
export interface PlanKeyFacts {
  inputs: KopsClusterInputs;
  /** ETags of the manifests in the store. */
  etags: Readonly<Record<string, string>>;
  /** Digest of the cloud (cloud-digest.ts). */
  cloud: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Key of a cached plan. It differs wherever kOps, or what the inputs allow, could lead to another plan or a refusal.
 */
export function planKey({ inputs, etags, cloud, env }: PlanKeyFacts): string {
  return digestOf({
    spec: desiredSpec(inputs),
    etags,
    cloud,
    store: parseStoreUrl(inputs.stateStore),
    flags: updateFlags(inputs),
    env: decidingEnvironment(env),
    newImages: takesNewImages(inputs) && groupsWithNewImages(inputs),
    unknownFields: inputs.allow?.includes("unknownFields") === true,
  });
}

/** A plan in the private cache. */
interface KeptPlan {
  plan: Plan;
  /** When it was made, in milliseconds since 1970. */
  made: number;
  /**
   * The engine that last printed it ({@link ownerPrefix}): one `pulumi up` asks for a plan twice, from two plugin
   * processes.
   */
  shownBy: string | undefined;
  /** Digest of the document that was printed. */
  digest?: string;
}

/**
 * Milliseconds for which a plan is cached: longer than from a preview to its `up`. A change that the key does not see,
 * such as a security group edited by hand, appears in a plan at most this late.
 */
const lifetime = 15 * 60_000;

function keptIn(key: string, env: NodeJS.ProcessEnv): string {
  return join(stateFolder(env), "plans", `${key}.json`);
}

async function keep(file: string, kept: KeptPlan): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Unlike a process id, unique also where machines or containers share the folder.
  const partial = `${file}.${randomUUID()}`;
  await writeFile(partial, JSON.stringify(kept), { mode: 0o600 });
  await rename(partial, file);
}

async function readKept(file: string, now: number): Promise<KeptPlan | undefined> {
  const text = await orAbsent(readFile(file, "utf8"));
  const kept = text === undefined ? undefined : (JSON.parse(text) as KeptPlan);
  return kept && isFresh(kept.made, now) ? kept : undefined;
}

/** Reads a file that may not exist: another process of the same user may delete expired plans too. */
async function orAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether a plan is young enough to use. A plan of an older version, without a time, is not; nor one of the future. */
export function isFresh(made: number | undefined, now: number): boolean {
  return made !== undefined && Math.abs(now - made) < lifetime;
}

/** Removes expired plans. */
async function sweepPlans(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const found = await orAbsent(stat(file));
    if (found && !isFresh(found.mtimeMs, now)) await rm(file, { force: true });
  }
}

/**
 * The plan for the desired spec, the store and the cloud as they are now. It is made once per key ({@link planKey}):
 * the check and diff of a preview, those of the `up` and its apply share it, across processes.
 */
export async function planFor(
  context: OperationContext,
  now: () => number = Date.now,
): Promise<{
  plan: Plan;
  etags: Record<string, string>;
  exists: boolean;
  /** Digest of what this engine has printed already. */
  alreadyShown: string | undefined;
  shown: (digest: string) => Promise<void>;
}> {
  const { inputs, store, env } = context;
  const [etags, cloud] = await Promise.all([manifestEtags(store, inputs.name), readCloudDigest(inputs)]);
  const file = keptIn(planKey({ inputs, etags, cloud, env }), env);
  const kept = await readKept(file, now());
  const engine = ownerPrefix(process.ppid);
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
    alreadyShown: kept?.shownBy === engine ? kept.digest : undefined,
    shown: (digest) => keep(file, { plan, made, shownBy: engine, digest }),
  };
}
