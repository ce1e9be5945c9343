import yaml from "js-yaml";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { replaceManifests } from "../kops-cli/kops.ts";
import type { CloudChange } from "../kops-cli/output/index.ts";
import { cloudNameOf } from "../model/cloud-names.ts";
import { isMissing } from "../model/errors.ts";
import { isControlPlane } from "../model/instance-groups.ts";
import { desiredSpec, isRecord, manifestOf, withAssignments, withImages, withoutSshKeys } from "../model/spec.ts";
import type { DesiredSpec } from "../model/spec.ts";
import type { OperationContext } from "../operation/context.ts";
import { stateFolder } from "../runtime/scratch.ts";
import { kopsKeysOf } from "../store/keys.ts";
import { groupsIn, liveCluster, manifestEtags } from "../store/manifests.ts";
import { lookUpCloudDigest } from "./cloud-digest.ts";
import { refuseDropped } from "./dropped-fields.ts";
import { dryRun } from "./dry-run.ts";
import { refuseForeignChanges } from "./foreign-changes.ts";
import { imageParameters, plannedImages } from "./images.ts";
import { sshKeyThere, withDesiredKey } from "./key-pair.ts";
import { manifestDifferences } from "./manifest-differences.ts";
import { planKey } from "./plan-digest.ts";
import { documentOf } from "./plan-document.ts";
import type { PlanDocument, PlanFacts } from "./plan-document.ts";
import { rollsOf } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { secretsAhead, withoutMissingSecrets, withoutSecrets } from "./planned-secrets.ts";
import { refusalByReview, reviewOf } from "./reviewed-plan.ts";

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

/** How many objects of the store are fetched at a time. */
const parallel = 16;

/**
 * Copies a cluster's part of the store into a private folder. Left out: the etcd backups, which are large, and what is
 * secret and a dry run does not need.
 */
async function copyStore(context: OperationContext, target: string): Promise<void> {
  const { store, inputs } = context;
  const objects = (await store.list(`${inputs.name}/`)).filter(({ key }) => !key.startsWith(`${inputs.name}/backups/`));
  const queue = [...objects];
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const object = await store.get(next.key);
      if (!object) continue;
      const body = withoutSecrets(inputs.name, next.key, object.body);
      if (body === undefined) continue;
      const file = join(target, next.key);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, body, { mode: 0o600 });
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

/**
 * In the copy kOps must compose the same URLs as in the real store, or everything that holds one would seem to change.
 * It then reads keys and secrets in the real store, and would write them there.
 */
function withRealBase(spec: DesiredSpec, store: string): DesiredSpec {
  const has = spec.cluster["configBase"] !== undefined || spec.cluster["configStore"] !== undefined;
  return has ? spec : { ...spec, cluster: { ...spec.cluster, configBase: `${store.replace(/\/$/, "")}/${spec.name}` } };
}

/**
 * The modified resources with the templates of the control plane that is there: the dry run went by the secrets of
 * before.
 */
function withControlPlane(
  modify: readonly CloudChange[],
  { name, instanceGroups }: OperationContext["inputs"],
  there: readonly string[],
): CloudChange[] {
  const groups = Object.entries(instanceGroups).filter(
    ([group, spec]) => there.includes(group) && isControlPlane(spec),
  );
  const templates = groups
    .map(([group, spec]) => cloudNameOf(group, spec, name))
    .filter((template) => !modify.some(({ kind, name: one }) => kind === "LaunchTemplate" && one === template));
  return [
    ...modify,
    ...templates.map((template) => ({ kind: "LaunchTemplate", name: template, fields: ["UserData"] })),
  ];
}

/** kOps on a copy of the store whose groups have these images. */
export async function onCopyWithImages(
  context: OperationContext,
  images: Readonly<Record<string, string>>,
): Promise<OperationContext["kops"]> {
  const copy = join(context.folder, "seen");
  await copyStore(context, copy);
  for (const [group, image] of Object.entries(images)) {
    const file = join(copy, `${kopsKeysOf(context.inputs.name).instanceGroups}${group}`);
    const object = yaml.load(await readFile(file, "utf8"));
    if (isRecord(object) && isRecord(object["spec"]))
      await writeFile(
        file,
        yaml.dump({ ...object, spec: { ...object["spec"], image } }, { lineWidth: -1, noRefs: true }),
        { mode: 0o600 },
      );
  }
  return context.kops.on(`file://${copy}`);
}

/**
 * The store's copy with the desired manifests in it, and a kOps that works on it. Stops where kOps does not know a field
 * of them.
 */
export async function writeToCopy(context: OperationContext) {
  const { inputs, folder } = context;
  const copy = join(folder, "store");
  await copyStore(context, copy);
  const live = await liveCluster(context.store, inputs.name);
  const images = await plannedImages(context.store, inputs);
  const desired = withRealBase(withImages(withAssignments(desiredSpec(inputs), live?.spec), images), inputs.stateStore);
  const ahead = await secretsAhead(context);
  const spec = withoutMissingSecrets(desired, ahead.missing);
  const kops = context.kops.on(`file://${copy}`);
  await replaceManifests({ kops, folder }, manifestOf(withoutSshKeys(spec), live?.metadata), "preview.yaml");
  if (inputs.allow?.includes("unknownFields") !== true) await refuseDropped(copy, spec);
  return { copy, kops, live, ahead, images };
}

/**
 * What an `up` would do to a cluster that exists. Touches neither the live store nor the cloud: kOps runs on a copy.
 */
async function makePlan(context: OperationContext, etags: Record<string, string>): Promise<Plan> {
  const { inputs } = context;
  const sshKey = await sshKeyThere(context);
  const { copy, kops, live, ahead, images } = await writeToCopy(context);
  const there = groupsIn(etags, inputs.name);
  const changes = await withDesiredKey(context, await dryRun(kops, inputs, context.progress), sshKey, there);
  const modify = ahead.encryptionConfig ? withControlPlane(changes.modify, inputs, there) : changes.modify;
  await refuseForeignChanges(context, changes);
  const taken = Object.keys(imageParameters(inputs.instanceGroups)).flatMap((group) =>
    images[group] === undefined ? [] : [[group, images[group]] as const],
  );
  return {
    ...changes,
    modify,
    ...(taken.length > 0 && { images: { ...changes.images, ...Object.fromEntries(taken) } }),
    ...(live === undefined
      ? {}
      : {
          differences: await manifestDifferences(context.store, inputs.name, copy, Object.keys(inputs.instanceGroups)),
        }),
    rolls: rollsOf(modify, inputs.instanceGroups, inputs.name),
    leaves: there.filter((group) => !(group in inputs.instanceGroups)),
  };
}

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
  const [etags, cloud] = await Promise.all([manifestEtags(store, inputs.name), lookUpCloudDigest(inputs)]);
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

/**
 * The plan with what can be seen now that matters to it: how many nodes each group has, which wait for a roll already,
 * and, where nodes are to be drained, what the Kubernetes API says of budgets and versions. Looked at anew each time.
 */
export async function lookAhead(
  context: OperationContext,
  { plan, exists }: { plan: Plan; exists: boolean },
  change: Pick<PlanFacts, "old" | "difference">,
  { asksApi }: { asksApi: boolean },
): Promise<PlanDocument> {
  const { inputs } = context;
  const { askApi, lookAtGroups } = await import("./outlook.ts");
  const sizes = exists ? await lookAtGroups(inputs) : {};
  const facts: PlanFacts = { inputs, plan, sizes, api: undefined, now: new Date(), ...change };
  const first = documentOf(facts);
  const drains =
    exists && (first.rolls.length > 0 || first.leaves.length > 0) && inputs.rollingUpdate?.cloudOnly !== true;
  return asksApi && drains ? documentOf({ ...facts, api: await askApi(context) }) : first;
}

/** Stops an operation before its first write when it would roll or delete more than was reviewed. */
export async function refuseUnreviewed(context: OperationContext): Promise<void> {
  const review = await reviewOf(context.inputs.name, context.env);
  if (!review) return;
  const refusal = refusalByReview(
    await lookAhead(context, await planFor(context), { old: undefined, difference: undefined }, { asksApi: false }),
    review,
  );
  if (refusal) throw refusal;
}
