import { ConfigError } from "../../../providers/kops/model/errors.ts";
import { livingIn, openBucket, unlessGone, clusterNames } from "../../../providers/state-store/index.ts";
import type { LivingCluster, Place } from "../../../providers/state-store/index.ts";
import type { DesiredEnvironment } from "./losses.ts";
import type { OwnState } from "./own-state.ts";

/** Whether Pulumi's state has nothing of an environment: a stack's first `up`, or one whose state was lost. */
export function isEmptyState({ stateBucket, network, zone, clusters, referenced }: OwnState): boolean {
  return [stateBucket, network, zone, referenced].every((one) => one === undefined) && clusters.length === 0;
}

/** What would be made a second time, beside that in which clusters live. */
function madeAnew({ shared }: DesiredEnvironment): string[] {
  return [
    ...(shared?.network.made === true ? ["network"] : []),
    ...(shared?.dns?.made === true ? ["hosted zone"] : []),
  ];
}

/** Why a stack without state must not make its environment; undefined if none of its clusters lives. */
export function lostStateRefusal(
  stack: string,
  bucket: string,
  desired: DesiredEnvironment,
  living: readonly LivingCluster[],
): ConfigError | undefined {
  const anew = madeAnew(desired);
  if (living.length === 0 || anew.length === 0) return undefined;
  return new ConfigError({
    what: `The stack ${stack} has lost its Pulumi state (nothing was changed)`,
    why:
      `its state has no environment, but the bucket ${bucket} is of this stack, and in it live ` +
      `${clusterNames(living)}: an \`up\` would make ${anew.join(" and ")} a second time`,
    next: "bring the state back, or adopt network and zone, as docs/guide/losses.md shows",
  });
}

/**
 * Fails, before anything is registered, if a stack's state was lost while clusters live in its store. Asks S3 only if
 * the state is empty. `isOwn`: whether the bucket's policy names this stack.
 */
export async function refuseLostState(
  stack: string,
  current: OwnState,
  desired: DesiredEnvironment,
  place: Place,
  isOwn: () => Promise<boolean>,
): Promise<void> {
  if (!isEmptyState(current) || madeAnew(desired).length === 0 || !(await isOwn())) return;
  const living = (await unlessGone(() => livingIn(openBucket(place)))) ?? [];
  const refusal = lostStateRefusal(stack, place.bucket, desired, living);
  if (refusal) throw refusal;
}
