import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { ConfigError, isMissing, messageOf } from "../../model/errors.ts";
import { planDocument, describePlan } from "./plan-document.ts";
import type { PlanDocument } from "./plan-document.ts";
import type { OperationContext } from "../../operation/context.ts";

/*
 * Passes plans from a preview to its `up` in a pipeline. Both settings come from the environment: as inputs they would
 * be a change of the resource.
 *
 * - `PILOT_PLAN_DIR=<folder>`: a preview writes `<cluster>.json` there for every cluster that changes.
 * - `PILOT_REVIEWED_PLAN=<that folder, one such file, or a digest>`: an `up` stops before its first write when it would
 *   do more than the plan says, or has another desired spec; with a digest, when it would do anything else.
 */

const digestForm = /^[0-9a-f]{16}$/;

/** Writes a plan to `PILOT_PLAN_DIR`, if it is set. */
export async function writePlanDocument(document: PlanDocument, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = env["PILOT_PLAN_DIR"];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${document.cluster}.json`);
  // By rename, so that the file is always whole: two plugin processes of one `up` may write the same plan.
  const partial = `${file}.${randomUUID()}`;
  await writeFile(partial, `${JSON.stringify(document, null, 2)}\n`);
  await rename(partial, file);
}

/** What a pipeline reviewed. */
export type Review = { digest: string } | { document: PlanDocument | undefined; source: string };

/** The reviewed plan of a cluster that the environment names. A folder without its plan means: no changes. */
async function reviewOf(cluster: string, env: NodeJS.ProcessEnv): Promise<Review | undefined> {
  const named = env["PILOT_REVIEWED_PLAN"];
  if (!named) return undefined;
  const isFolder = await stat(named).then(
    (found) => found.isDirectory(),
    (error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    },
  );
  if (isFolder === undefined) {
    if (digestForm.test(named)) return { digest: named };
    throw new ConfigError({
      what: "There is no reviewed plan",
      why: `PILOT_REVIEWED_PLAN is ${named}, and ${resolve(named)} does not exist`,
      next:
        "set it to the PILOT_PLAN_DIR of the preview, to a file in that folder or to a digest, or unset the " +
        "variable",
    });
  }
  const source = isFolder ? join(named, `${cluster}.json`) : named;
  let text: string;
  try {
    text = await readFile(source, "utf8");
  } catch (error) {
    if (isFolder && isMissing(error)) return { document: undefined, source };
    throw error;
  }
  try {
    return { document: planDocument.parse(JSON.parse(text)), source };
  } catch (error) {
    throw new ConfigError(
      {
        what: `The reviewed plan ${source} cannot be read`,
        why: error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error),
        next: "make it again with PILOT_PLAN_DIR and this version of the program",
      },
      error,
    );
  }
}

/**
 * Groups whose nodes a reviewed plan replaces. A plan of an older version does not mark which rolls are held back: if
 * any is, none counts, and the worst case is a second review.
 */
function rolledBy({ rolls, heldBack }: PlanDocument): Set<string> {
  return new Set(rolls.filter(({ held = heldBack.length > 0 }) => held === false).map(({ group }) => group));
}

const nameOf = ({ kind, name }: PlanDocument["create"][number]): string => `${kind}/${name}`;

/** What a plan creates and changes, in words, one line for each field. Rolls and deletions are compared apart. */
function changedBy({ create, modify, images = {}, additional }: PlanDocument): string[] {
  return [
    ...create.map((one) => `creates ${nameOf(one)}`),
    ...modify.flatMap((one) =>
      one.fields.length === 0
        ? [`changes ${nameOf(one)}`]
        : one.fields.map((field) => `changes ${nameOf(one)} (${field})`),
    ),
    ...Object.entries(images).map(([group, image]) => `gives instance group ${group} the image ${image}`),
    ...(additional?.changes ?? []).map((line) => `changes the object ${line}`),
  ];
}

const deletedBy = ({ remove, prune }: PlanDocument): string[] =>
  [...remove, ...prune].map((one) => `deletes ${nameOf(one)}`);

/** Everything that a plan does now, in words. What it holds back is not among it. */
export function workOf(plan: PlanDocument): string[] {
  return [
    ...plan.rolls.filter(({ held }) => !held).map(({ group }) => `rolls ${group}`),
    ...plan.leaves.map((group) => `deletes instance group ${group}`),
    ...deletedBy(plan),
    ...changedBy(plan),
  ];
}

/**
 * What a plan does that the reviewed one does not, in words. Doing less is fine. So is another number of nodes, which
 * an autoscaler changes by the minute. A held-back roll replaces no node and counts only once released.
 */
export function unreviewedClusterChanges(planned: PlanDocument, reviewed: PlanDocument | undefined): string[] {
  const other =
    reviewed !== undefined && (reviewed.cluster !== planned.cluster || reviewed.stateStore !== planned.stateStore);
  const known = other ? undefined : reviewed;
  const named = new Set(known?.rolls.map(({ group }) => group));
  const rolled = known === undefined ? new Set<string>() : rolledBy(known);
  const gone = new Set(known === undefined ? [] : deletedBy(known));
  const left = new Set(known?.leaves);
  const changed = new Set(known === undefined ? [] : changedBy(known));
  const made = new Set(known?.create.map(nameOf));
  return [
    ...planned.rolls
      .filter(({ group, held }) => !held && !rolled.has(group))
      .map(({ group }) => `rolls ${group}${named.has(group) ? ", whose roll was held back" : ""}`),
    ...planned.leaves.filter((group) => !left.has(group)).map((group) => `deletes instance group ${group}`),
    ...deletedBy(planned).filter((line) => !gone.has(line)),
    // An interrupted run may have made a part of what it was to create.
    ...changedBy({ ...planned, modify: planned.modify.filter((one) => !made.has(nameOf(one))) }).filter(
      (line) => !changed.has(line),
    ),
  ];
}

/** Lines of a message at most. */
const longest = 20;

function listed(lines: readonly string[]): string {
  const more = lines.length - longest;
  return `${lines.slice(0, longest).join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}

/** Refuses an `up` whose plan was not reviewed. */
export function refusalByReview(planned: PlanDocument, review: Review): ConfigError | undefined {
  const next =
    "run `pulumi preview` again and have its plan reviewed, then `pulumi up` with that plan; nothing of the " +
    "cluster was touched";
  const what = `The update of ${planned.cluster} is not the reviewed one`;
  if ("digest" in review) {
    if (review.digest === planned.digest) return undefined;
    return new ConfigError({
      what,
      why: `its plan has the digest ${planned.digest}, the reviewed plan has ${review.digest}`,
      next,
    });
  }
  const all = unreviewedClusterChanges(planned, review.document);
  // While its environment is new a new cluster has no plan: its preview is the resource that Pulumi creates.
  const more =
    review.document === undefined && planned.new === true ? all.filter((line) => !/^creates /.test(line)) : all;
  if (more.length === 0) {
    if (review.document === undefined || review.document.spec === planned.spec) return undefined;
    return new ConfigError({
      what,
      why: `its desired spec is another one: ${planned.spec}, not ${review.document.spec} of ${review.source}`,
      next,
    });
  }
  const lacks =
    review.document === undefined
      ? `${review.source} does not exist, so no change was reviewed`
      : `the plan in ${review.source} does not include that`;
  return new ConfigError({ what, why: `in addition it ${listed(more)}; ${lacks}`, next });
}

/**
 * Refuses an operation, before its first write, that would do more than was reviewed. Returns the digest of the
 * reviewed plan, where there is one.
 */
export async function refuseUnreviewed(context: OperationContext): Promise<string | undefined> {
  const review = await reviewOf(context.inputs.name, context.env);
  if (!review) return undefined;
  const { planFor } = await import("../plan-cache.ts");
  const refusal = refusalByReview(
    await describePlan(context, await planFor(context), { old: undefined, difference: undefined }, { asksAll: false }),
    review,
  );
  if (refusal) throw refusal;
  return "digest" in review ? review.digest : review.document?.digest;
}
