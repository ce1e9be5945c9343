export type { KopsClusterArgs } from "./args.ts";
export type { Condition, ConditionType } from "./model/conditions.ts";
export { CancelledError, ConfigError, KopsError, LockedError, TimeoutError } from "./model/errors.ts";
export { isDuration } from "./model/durations.ts";
export { kopsClusterInputs, rollingUpdateOptions, validationOptions } from "./model/inputs.ts";
export type {
  ClusterSpec,
  InstanceGroupSpec,
  KopsClusterInputs,
  RollingUpdateOptions,
  ValidationOptions,
} from "./model/inputs.ts";
export { KopsCluster, kopsClusterType } from "./KopsCluster.ts";
export type { CloudNames } from "./model/cloud-names.ts";
export type { ObservedInstanceGroup } from "./model/outputs.ts";
