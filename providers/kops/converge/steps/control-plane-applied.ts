import { rolesFlag } from "../../kops-cli/flags.ts";
import type { UnknownVersions } from "../../kubernetes/version-guard.ts";
import { controlPlaneRoles, isKarpenter } from "../../model/instance-groups.ts";
import { managesNodePools } from "../../model/versions.ts";
import type { OperationContext } from "../../operation/context.ts";
import type { Operation } from "../../operation/operation.ts";
import { groupsIn, liveGroupSpecs, manifestEtags } from "../../store/manifests.ts";
import { apply } from "./apply.ts";
import { applyAllGroups, unknownVersion, withHold } from "./held-nodes.ts";
import type { WholeApply } from "./held-nodes.ts";

/**
 * Step ControlPlaneApplied: applies all groups before the control plane rolls, with nodes held at its version. kOps
 * renders add-ons, security groups and IAM policies from the groups that a command names (KopsModelContext in
 * pkg/model): a command for the control plane alone would take from them what the other groups need, until the roll
 * ends.
 * @returns what it did; undefined when it applied the control plane alone, or an earlier run did this step
 */
export async function applyControlPlane(operation: Operation): Promise<WholeApply | undefined> {
  let whole: WholeApply | undefined;
  await operation.step("ControlPlaneApplied", async () => {
    await withHold(operation, async (hold) => {
      if ("unknown" in hold) {
        await applyAlone(operation, hold);
        return;
      }
      operation.context.progress.say("applying the change to the cloud");
      whole = await applyAllGroups(operation, hold);
    });
    return [];
  });
  return whole;
}

/** Whether kOps's Karpenter add-on has NodePools. A removed group keeps its pool until it is drained. */
async function hasNodePools({ inputs, store }: OperationContext): Promise<boolean> {
  if (!managesNodePools(inputs.kopsVersion)) return false;
  const groups = groupsIn(await manifestEtags(store, inputs.name), inputs.name);
  return Object.values(await liveGroupSpecs(store, inputs.name, groups)).some(isKarpenter);
}

/**
 * Applies the control plane alone: nobody knows which version it runs, and nodes might get a newer one. Not with
 * Karpenter's NodePools: kOps would prune them, and Karpenter terminate their nodes (BuildPrune in
 * upup/pkg/fi/cloudup).
 */
async function applyAlone(operation: Operation, hold: UnknownVersions): Promise<void> {
  const { context } = operation;
  if (await hasNodePools(context))
    throw unknownVersion(
      operation,
      "Karpenter's nodes would otherwise get the new Kubernetes version and be newer than their API server",
      hold,
    );
  context.progress.say(
    "applying the control plane alone, because the Kubernetes API does not say which version it runs " +
      `(${hold.unknown}); until it is rolled, add-ons, security groups and IAM policies lack what is there for other ` +
      "groups",
  );
  await apply(operation, [rolesFlag(controlPlaneRoles)]);
}
