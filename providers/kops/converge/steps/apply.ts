import { updateCluster } from "../../kops-cli/flags.ts";
import type { Kops } from "../../kops-cli/kops.ts";
import { followApply, keptItem, noVersionGuard, overlooksRules } from "../../kops-cli/output/index.ts";
import { runUpdate } from "../../kops-cli/update.ts";
import { KopsError } from "../../model/errors.ts";
import { recordedSpec } from "../../model/spec.ts";
import type { OperationContext } from "../../operation/context.ts";
import type { Operation } from "../../operation/operation.ts";

/** The part of an operation that an apply uses. */
export type Applying = Pick<Operation, "assertManifests" | "journal" | "save"> & {
  readonly context: Pick<OperationContext, "inputs" | "progress"> & { readonly kops: Pick<Kops, "run"> };
};

/**
 * Applies the manifests to the cloud by `kops update cluster --yes` with the flags in `extra`. The journal has the spec
 * before kOps starts. `guarded`: kOps must see which version the control plane runs, and ends before it changes
 * anything if it does not.
 * @returns what kOps no longer needs and keeps until `--prune`; undefined when kOps did not look for all of it
 */
export async function apply(
  operation: Applying,
  extra: readonly string[],
  guarded = false,
): Promise<string[] | undefined> {
  const { kops, inputs, progress } = operation.context;
  await operation.assertManifests();
  operation.journal.lastApplied = recordedSpec(inputs, operation.journal.lastApplied);
  await operation.save();
  const seen = { kept: new Set<string>(), overlooked: false };
  const follow = followApply(progress);
  const { stopped } = await runUpdate(kops, inputs, "apply", {
    args: updateCluster(inputs, extra),
    onLine(line) {
      follow(line);
      seen.overlooked ||= overlooksRules(line);
      const item = keptItem(line);
      if (item !== undefined) seen.kept.add(item);
    },
    ...(guarded && { stopAt: (line: string) => noVersionGuard.test(line) }),
  });
  if (stopped === true)
    throw new KopsError({
      what: `The change of ${inputs.name} was not applied`,
      why: "kOps lost the Kubernetes API, and could have made nodes newer than their API server",
      next: "run `pulumi up` again: it continues here",
    });
  return seen.overlooked ? undefined : [...seen.kept];
}
