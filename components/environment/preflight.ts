import * as pulumi from "@pulumi/pulumi";
import type { KopsClusterArgs } from "../../providers/kops/index.ts";
import { refusedIn, refusedText } from "../../providers/kops/model/hidden-inputs.ts";
import { planCluster, type KubernetesClusterArgs, type PlannedTag } from "../cluster/KubernetesCluster.ts";
import type { PlainObject } from "../config/merge.ts";
import type { OwnState, OwnTag } from "./own-state.ts";

/** The check of the kOps provider. */
export type CheckDesired = (olds: PlainObject, news: PlainObject) => Promise<PlainObject>;

async function checkHere(olds: PlainObject, news: PlainObject): Promise<PlainObject> {
  const [{ checkDesired }, { upgradeState }] = await Promise.all([
    import("../../providers/kops/check/check.ts"),
    import("../../providers/kops/model/outputs.ts"),
  ]);
  return await checkDesired(upgradeState(olds), news, new AbortController().signal, { show: false });
}

/** The SDK has these, but leaves them out of its declarations. */
type Resolving<T> = pulumi.Output<T> & { isKnown: Promise<boolean>; promise: () => Promise<T> };

/** A value with all outputs in it, as soon as they are there; nothing when some are only known after an update. */
async function resolved<T>(value: T): Promise<pulumi.Unwrap<T> | undefined> {
  const output = pulumi.output(value) as unknown as Resolving<pulumi.Unwrap<T>>;
  return (await output.isKnown) ? await output.promise() : undefined;
}

/** Whether tags would be made, moved or written over. */
export function changesTags(
  desired: readonly (Omit<PlannedTag, "id"> & { id: string })[],
  had: Readonly<Record<string, OwnTag>>,
): boolean {
  return desired.some(({ name, id, key, value }) => {
    const there = had[name];
    return there?.resourceId !== id || there.key !== key || there.value !== value;
  });
}

/**
 * Why a cluster would be refused, found before anything of it is registered: its tags on the environment's subnets are
 * made before the cluster itself is looked at. Asked only where tags would change: the provider looks at the rest
 * anyway, and finds the plan that was made here in the cache. Nothing while something is not known yet.
 */
export async function refusedBeforehand(
  name: string,
  args: KubernetesClusterArgs,
  had: OwnState,
  checkDesired: CheckDesired = checkHere,
): Promise<string | undefined> {
  const { kops, tags } = planCluster(name, args);
  const desiredTags = await resolved(tags);
  if (desiredTags && !changesTags(desiredTags, had.tags)) return undefined;
  const owner = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const inputs = await resolved<KopsClusterArgs>({ owner, ...kops });
  if (inputs === undefined) return undefined;
  // As the engine hands it over: without what is undefined.
  const news = JSON.parse(JSON.stringify(inputs)) as PlainObject;
  const reasons = refusedIn(
    await checkDesired(had.clusters.find(({ resource }) => resource === name)?.state ?? {}, news),
  );
  return reasons.length === 0 ? undefined : refusedText(inputs.name, reasons);
}
