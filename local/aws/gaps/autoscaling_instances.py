"""TerminateInstanceInAutoScalingGroup, DetachInstances, SetInstanceHealth, DeleteAutoScalingGroup, DescribeWarmPool.

AWS replaces a terminated or unhealthy instance unless the request decrements the capacity, and refuses a decrement
below the minimum. It takes a detached instance out of the load balancers and lets it run. It deletes a group with
instances only by force, and answers ValidationError for a group or instance that does not exist (API reference of each
action).

moto leaves detached instances in target groups, only records bad health, always deletes by force, and fails with a 500
for what does not exist.

Upstreamable: raise ValidationError instead of a KeyError for unknown groups and instances. The rest models behaviour
that moto leaves out on purpose.
"""

from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import (
    ASG_NAME_TAG,
    AutoScalingBackend,
    DetachInstanceActivity,
    InstanceState,
    TerminateInstanceActivity,
)
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from . import autoscaling_groups
from .autoscaling_groups import ResourceInUse, group_named, leave
from .patching import around, instead_of


def _managed(backend: AutoScalingBackend, instance_id: str) -> tuple[Any, InstanceState]:
    for group in backend.autoscaling_groups.values():
        for state in group.instance_states:
            if state.instance.id == instance_id:
                return group, state
    raise ValidationError(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")


def _decrement(group: Any, count: int) -> None:
    if group.desired_capacity - count < group.min_size:
        raise ValidationError(
            f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without replacement will "
            "violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower "
            "group's min size."
        )
    group.desired_capacity -= count


@instead_of(AutoScalingBackend, "notify_terminate_instances")
def _notify_terminate_instances(self: AutoScalingBackend, instance_ids: list[str]) -> None:
    for group in self.autoscaling_groups.values():
        gone = [state for state in group.instance_states if state.instance.id in instance_ids]
        if gone:
            leave(group, gone)
            autoscaling_groups.settle(group)


@instead_of(AutoScalingBackend, "terminate_instance")
def _terminate_instance(
    self: AutoScalingBackend, instance_id: str, should_decrement: bool
) -> TerminateInstanceActivity:
    group, state = _managed(self, instance_id)
    before = group.desired_capacity
    if should_decrement:
        _decrement(group, 1)
    activity = TerminateInstanceActivity(state.instance, before)
    autoscaling_groups.terminate(group, [state])
    autoscaling_groups.settle(group)
    return activity


@instead_of(AutoScalingBackend, "detach_instances")
def _detach_instances(
    self: AutoScalingBackend, group_name: str, instance_ids: list[str], should_decrement: bool
) -> list[DetachInstanceActivity]:
    group = group_named(self, group_name)
    states = [state for state in group.instance_states if state.instance.id in instance_ids]
    others = sorted(set(instance_ids) - {state.instance.id for state in states})
    if others:
        raise ValidationError(f"The instance {others[0]} is not part of Auto Scaling group {group_name}.")
    if should_decrement:
        _decrement(group, len(states))
    activities = [DetachInstanceActivity(state.instance) for state in states]
    for state in states:
        self.ec2_backend.delete_tags([state.instance.id], {ASG_NAME_TAG: group.name})
    leave(group, states)
    autoscaling_groups.settle(group)
    return activities


@around(AutoScalingBackend, "set_instance_health")
def _set_instance_health(original: Any, self: AutoScalingBackend, instance_id: str, health_status: str) -> None:
    group, state = _managed(self, instance_id)
    original(self, instance_id, health_status)
    if health_status == "Unhealthy":
        autoscaling_groups.terminate(group, [state])
        autoscaling_groups.settle(group)


@instead_of(AutoScalingResponse, "delete_auto_scaling_group")
def _delete_auto_scaling_group(self: AutoScalingResponse) -> ActionResult:
    name = self._get_param("AutoScalingGroupName")
    group = group_named(self.autoscaling_backend, name)
    if group.instance_states and not self._get_bool_param("ForceDelete", False):
        raise ResourceInUse(
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still "
            "in the group."
        )
    self.autoscaling_backend.delete_auto_scaling_group(name)
    return EmptyResult()


@instead_of(AutoScalingBackend, "delete_auto_scaling_group")
def _backend_delete_auto_scaling_group(self: AutoScalingBackend, group_name: str) -> None:
    group = group_named(self, group_name)
    autoscaling_groups.terminate(group, group.instance_states)
    del self.autoscaling_groups[group_name]
    for key, hook in list(self.lifecycle_hooks.items()):
        if hook.auto_scaling_group_name == group_name:
            del self.lifecycle_hooks[key]


@around(AutoScalingBackend, "describe_warm_pool")
def _describe_warm_pool(original: Any, self: AutoScalingBackend, group_name: str) -> Any:
    group_named(self, group_name)
    return original(self, group_name)


@around(AutoScalingBackend, "delete_warm_pool")
def _delete_warm_pool(original: Any, self: AutoScalingBackend, group_name: str) -> None:
    group_named(self, group_name)
    original(self, group_name)


@around(AutoScalingBackend, "put_warm_pool")
def _put_warm_pool(original: Any, self: AutoScalingBackend, group_name: str, *args: Any, **kwargs: Any) -> None:
    group_named(self, group_name)
    original(self, group_name, *args, **kwargs)
