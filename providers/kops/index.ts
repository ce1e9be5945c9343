export type { KopsClusterArgs } from "./args.ts";
export type { Condition, ConditionType } from "./conditions.ts";
export { CancelledError, ConfigError, KopsError, LockedError, TimeoutError } from "./errors.ts";
export { isDuration } from "./duration.ts";
export { kopsClusterInputs, rollingUpdateOptions, validationOptions } from "./inputs.ts";
export type {
  ClusterSpec,
  InstanceGroupSpec,
  KopsClusterInputs,
  RollingUpdateOptions,
  ValidationOptions,
} from "./inputs.ts";
export { KopsCluster } from "./KopsCluster.ts";
export type { CloudNames } from "./observe/cloud-names.ts";
export type { ObservedInstanceGroup } from "./outputs.ts";
