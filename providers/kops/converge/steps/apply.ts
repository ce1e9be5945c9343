import { updateCluster } from "../../kops-cli/flags.ts";
import type { Kops } from "../../kops-cli/kops.ts";
import { followApply, keptItem, overlooksRules } from "../../kops-cli/output/index.ts";
import { withVersionGuard } from "../../kubernetes/version-guard.ts";
import type { ControlPlaneVersions } from "../../kubernetes/version-guard.ts";
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
 * before kOps starts.
 * @returns what kOps no longer needs and keeps until `--prune`; undefined when kOps did not look for all of it
 */
export async function apply(operation: Applying, extra: readonly string[]): Promise<string[] | undefined> {
  const { kops, inputs, progress } = operation.context;
  await operation.assertManifests();
  operation.journal.lastApplied = recordedSpec(inputs);
  await operation.save();
  const seen = { kept: new Set<string>(), overlooked: false };
  const follow = followApply(progress);
  await kops.run({
    args: updateCluster(inputs, extra),
    onLine(line) {
      follow(line);
      seen.overlooked ||= overlooksRules(line);
      const item = keptItem(line);
      if (item !== undefined) seen.kept.add(item);
    },
  });
  return seen.overlooked ? undefined : [...seen.kept];
}

/**
 * Runs `act` while kOps can see which version the control plane runs, so that it keeps nodes at that version. Fails
 * where kOps cannot see it. `why`: why the version matters.
 */
export async function underVersionGuard<T>(
  context: OperationContext,
  why: string,
  act: (versions: ControlPlaneVersions) => Promise<T>,
): Promise<T> {
  return await withVersionGuard(context, async (versions) => {
    if (!("unreachable" in versions)) return await act(versions);
    throw new KopsError({
      what: `The nodes of ${context.inputs.name} cannot be applied`,
      why: `${why}, and the Kubernetes API does not say which version it runs: ${versions.unreachable}`,
      next:
        "make the API reachable from here (PILOT_ACCESS), or allow the roll of the control plane, and run " +
        "`pulumi up` again",
    });
  });
}
