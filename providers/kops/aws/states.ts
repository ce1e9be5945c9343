import type { AutoScalingGroup, LifecycleState } from "@aws-sdk/client-auto-scaling";
import type { InstanceStateName, NatGatewayState, VolumeState } from "@aws-sdk/client-ec2";

/** Whether a resource exists or comes up, or AWS is removing it, or has done so and still lists it. */
type Life = "here" | "leaving";

/** Amazon EC2 User Guide, instance lifecycle. */
export const instanceStates: Readonly<Record<InstanceStateName, Life>> = {
  pending: "here",
  running: "here",
  stopping: "here",
  stopped: "here",
  "shutting-down": "leaving",
  terminated: "leaving",
};

/** Amazon EBS User Guide, volume state. A volume in `error` exists, but its data is lost. */
export const volumeStates: Readonly<Record<VolumeState, Life>> = {
  creating: "here",
  available: "here",
  "in-use": "here",
  error: "here",
  deleting: "leaving",
  deleted: "leaving",
};

/** Amazon VPC User Guide, NAT gateway states. A failed one never works and AWS deletes it after an hour. */
export const natGatewayStates: Readonly<Record<NatGatewayState, Life>> = {
  pending: "here",
  available: "here",
  failed: "here",
  deleting: "leaving",
  deleted: "leaving",
};

/**
 * Instances of a group (Amazon EC2 Auto Scaling User Guide, instance lifecycle). One that leaves stays in the list,
 * for minutes if a lifecycle hook waits, and its replacement is beside it. `warm`: in the warm pool.
 */
export const lifecycleStates: Readonly<Record<LifecycleState, Life | "warm">> = {
  Pending: "here",
  "Pending:Wait": "here",
  "Pending:Proceed": "here",
  Quarantined: "here",
  InService: "here",
  EnteringStandby: "here",
  Standby: "here",
  ReplacingRootVolume: "here",
  "ReplacingRootVolume:Wait": "here",
  "ReplacingRootVolume:Proceed": "here",
  RootVolumeReplaced: "here",
  Detaching: "leaving",
  Detached: "leaving",
  Terminating: "leaving",
  "Terminating:Wait": "leaving",
  "Terminating:Proceed": "leaving",
  "Terminating:Retained": "leaving",
  Terminated: "leaving",
  "Warmed:Pending": "warm",
  "Warmed:Pending:Wait": "warm",
  "Warmed:Pending:Proceed": "warm",
  "Warmed:Pending:Retained": "warm",
  "Warmed:Terminating": "warm",
  "Warmed:Terminating:Wait": "warm",
  "Warmed:Terminating:Proceed": "warm",
  "Warmed:Terminating:Retained": "warm",
  "Warmed:Terminated": "warm",
  "Warmed:Stopped": "warm",
  "Warmed:Running": "warm",
  "Warmed:Hibernated": "warm",
};

/** Whether a resource exists. A state that this program does not know counts as one: AWS has listed the resource. */
export function isHere<State extends string>(
  states: Readonly<Record<State, Life | "warm">>,
  state: State | undefined,
): boolean {
  const life = state === undefined ? undefined : (states[state] as Life | "warm" | undefined);
  return life === undefined || life === "here";
}

/** The states of instances that exist, as a filter. */
export const existingInstances = {
  Name: "instance-state-name",
  Values: Object.entries(instanceStates).flatMap(([state, life]) => (life === "here" ? [state] : [])),
};

/**
 * Whether AWS is deleting an Auto Scaling group: "Delete in progress" is the only status there is. kOps does not see
 * such a group (FindAutoscalingGroups in upup/pkg/fi/cloudup/awsup).
 */
export function isBeingDeleted({ Status }: Pick<AutoScalingGroup, "Status">): boolean {
  return Status !== undefined;
}
