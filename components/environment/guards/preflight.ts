import * as pulumi from "@pulumi/pulumi";
import type { KopsClusterArgs } from "../../../providers/kops/index.ts";
import { refusedIn, refusedText } from "../../../providers/kops/model/hidden-inputs.ts";
import { planCluster } from "../../cluster/KubernetesCluster.ts";
import type { KubernetesClusterArgs, PlannedTag } from "../../cluster/KubernetesCluster.ts";
import type { PlainObject } from "../../config/merge.ts";
import type { OwnState, OwnTag } from "./own-state.ts";

/** The check of the kOps provider. */
export type CheckDesired = (olds: PlainObject, news: PlainObject) => Promise<PlainObject>;

async function checkHere(olds: PlainObject, news: PlainObject): Promise<PlainObject> {
  const [{ checkDesired }, { upgradeState }] = await Promise.all([
    import("../../../providers/kops/check/check.ts"),
    import("../../../providers/kops/model/outputs.ts"),
  ]);
  return await checkDesired(upgradeState(olds), news, new AbortController().signal, { show: false });
}

/** The SDK has these but does not declare them. */
type Resolving<T> = pulumi.Output<T> & { isKnown: Promise<boolean>; promise: () => Promise<T> };

/** A value with all its outputs resolved; undefined when some are known only after an update. */
async function resolved<T>(value: T): Promise<pulumi.Unwrap<T> | undefined> {
  const output = pulumi.output(value) as unknown as Resolving<pulumi.Unwrap<T>>;
  return (await output.isKnown) ? await output.promise() : undefined;
}

/** Whether tags would be made, moved or overwritten. */
export function changesTags(
  desired: readonly (Omit<PlannedTag, "id"> & { id: string })[],
  current: Readonly<Record<string, OwnTag>>,
): boolean {
  return desired.some(({ name, id, key, value }) => {
    const there = current[name];
    return there?.resourceId !== id || there.key !== key || there.value !== value;
  });
}

/**
 * Why the provider would refuse a cluster, before anything of it is registered: the engine makes its tags on the
 * environment's subnets before it checks the cluster. Runs the check only if tags would change: otherwise the
 * provider's own check is in time (it finds the plan made here in the cache). Undefined while an input is unknown.
 */
export async function refusedBeforehand(
  name: string,
  args: KubernetesClusterArgs,
  current: OwnState,
  checkDesired: CheckDesired = checkHere,
): Promise<string | undefined> {
  const { kops, tags } = planCluster(name, args);
  const desiredTags = await resolved(tags);
  if (desiredTags && !changesTags(desiredTags, current.tags)) return undefined;
  const owner = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const inputs = await resolved<KopsClusterArgs>({ owner, ...kops });
  if (inputs === undefined) return undefined;
  // As the engine passes it: without undefined values.
  const news = JSON.parse(JSON.stringify(inputs)) as PlainObject;
  const reasons = refusedIn(
    await checkDesired(current.clusters.find(({ resource }) => resource === name)?.state ?? {}, news),
  );
  return reasons.length === 0 ? undefined : refusedText(inputs.name, reasons, args.locate);
}
