import { milliseconds } from "../model/durations.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";

const hour = 3_600_000;

/** Hours that an admin certificate of kOps's making lasts. */
const usual = 18;

/**
 * The flag of `kops rolling-update` for how long the admin certificate must last that it makes for itself; none where
 * kOps's own 18 hours are enough. kOps makes it once, at the beginning, and keeps it in its memory alone; a roll that
 * took longer would be turned away by the API server in the middle. So: as long as the roll can last at most, which is
 * every node taking all the time that its drain and its validation are given.
 */
export function adminFlags({
  instanceGroups,
  rollingUpdate = {},
}: Pick<KopsClusterInputs, "instanceGroups" | "rollingUpdate">): string[] {
  const sizeOf = ({ maxSize, minSize }: Record<string, unknown>): number =>
    Math.max(1, ...[maxSize, minSize].filter((size) => typeof size === "number"));
  const nodes = Object.values(instanceGroups).reduce((sum, spec) => sum + sizeOf(spec), 0);
  const {
    drainTimeout = "15m",
    postDrainDelay = "5s",
    validationTimeout = "15m",
    controlPlaneInterval = "15s",
    nodeInterval = "15s",
    bastionInterval = "15s",
  } = rollingUpdate;
  const interval = Math.max(...[controlPlaneInterval, nodeInterval, bastionInterval].map(milliseconds));
  // With surge a node is validated twice: when it is detached, and when it was replaced.
  const perNode =
    milliseconds(drainTimeout) + milliseconds(postDrainDelay) + 2 * milliseconds(validationTimeout) + interval;
  const hours = Math.ceil((nodes * perNode + milliseconds(validationTimeout)) / hour);
  return hours <= usual ? [] : [`--admin=${hours}h`];
}
