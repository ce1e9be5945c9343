import { isKarpenter } from "../../model/instance-groups.ts";
import type { Operation } from "../../operation/operation.ts";

/** Step GroupsKept: uncordons groups whose removal was reverted while they were drained. */
export async function keepGroups(operation: Operation): Promise<void> {
  const { context, journal } = operation;
  const kept = (journal.cordoned ?? []).filter((group) => group in context.inputs.instanceGroups);
  if (kept.length === 0) return;
  await operation.step("GroupsKept", async () => {
    const { loginTo, uncordonInstanceGroup } = await import("../../kubernetes/drain.ts");
    const login = loginTo(context);
    for (const group of kept) {
      context.progress.say(`instance group ${group} stays after all: its nodes take pods again`);
      await uncordonInstanceGroup(login, group, context);
      if (isKarpenter(context.inputs.instanceGroups[group] ?? {})) {
        const { releasePools } = await import("../../kubernetes/node-pools.ts");
        await releasePools(context, group);
      }
    }
    journal.cordoned = (journal.cordoned ?? []).filter((group) => !kept.includes(group));
    return [];
  });
}
