import { dryRun } from "./dry-run.ts";
import { additionalPlan } from "./facts/additional-objects.ts";
import { imageParameters } from "./facts/images.ts";
import { storedSshKey, withDesiredSshKey } from "./facts/key-pair.ts";
import { refuseForeignChanges } from "./facts/foreign-changes.ts";
import { manifestDifferences } from "./facts/manifest-differences.ts";
import type { Plan } from "./plan.ts";
import { groupsIn } from "../store/manifests.ts";
import type { OperationContext } from "../operation/context.ts";
import { isControlPlane } from "../model/instance-groups.ts";
import { cloudNameOf } from "../model/cloud-names.ts";
import type { CloudChange } from "../kops-cli/output/index.ts";
import { writeToCopy } from "./store-copy.ts";
import { rollsOf } from "./rolls.ts";

/**
 * Adds the launch templates of existing control-plane groups: the dry run used the old secrets, whose hash is in them.
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

/** The values without the secrets of the cluster, which kOps should not print anyway. */
function withoutSecrets({ log }: Pick<OperationContext, "log">, changes: readonly CloudChange[]): CloudChange[] {
  return changes.map(({ values, ...change }) => ({
    ...change,
    ...(values && {
      values: Object.fromEntries(
        Object.entries(values).map(([field, { from, to }]) => [field, { from: log.redact(from), to: log.redact(to) }]),
      ),
    }),
  }));
}

/** Makes the plan of an `up`. Writes to neither the store nor the cloud: kOps runs on a copy of the store. */
export async function makePlan(context: OperationContext, etags: Record<string, string>): Promise<Plan> {
  const { inputs } = context;
  const sshKey = await storedSshKey(context);
  const { copy, kops, live, unwritten, images, objects } = await writeToCopy(context);
  const there = groupsIn(etags, inputs.name);
  const changes = await withDesiredSshKey(context, await dryRun(kops, inputs, context.progress), sshKey, there);
  const shown = withoutSecrets(context, changes.modify);
  const modify = unwritten.encryptionConfig ? withControlPlane(shown, inputs, there) : shown;
  await refuseForeignChanges(context, changes);
  const additional = additionalPlan(objects);
  const taken = Object.keys(imageParameters(inputs.instanceGroups)).flatMap((group) =>
    images[group] === undefined ? [] : [[group, images[group]] as const],
  );
  return {
    ...changes,
    modify,
    ...(additional && { additional }),
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
