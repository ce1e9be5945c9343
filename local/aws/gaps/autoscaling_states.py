"""TerminateInstances, TerminateInstanceInAutoScalingGroup, DeleteAutoScalingGroup: what is not gone yet.

A terminated instance is shutting down for a while (Amazon EC2 User Guide, instance lifecycle). It stays in the list of
its group, in Terminating:Wait while a lifecycle hook of the termination waits, else in Terminating; the hook also waits
for an instance that EC2's API terminated, but only one that the group itself terminates still runs meanwhile (Amazon
EC2 Auto Scaling User Guide, lifecycle hooks). The group launches the replacement at once. A deleted group shows the status "Delete in progress" until its instances
are gone (API reference of AutoScalingGroup); forced, the deletion waits for no hook (DeleteAutoScalingGroup). In
between AWS refuses a change of the group (kubernetes/kops#844) and another group of its name (hashicorp/terraform#1105).

moto removes both at once. Here they last on demand (states.py).

Not upstreamable: moto has no time in which instances end.
"""

import copy
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState, autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance
from moto.ec2.models.instances import InstanceState as Ec2State

import states

from . import autoscaling_groups, ec2_terminate  # noqa: F401 - this one goes around its patches
from .autoscaling_groups import deregister, group_named
from .patching import around

DELETING = "Delete in progress"


class AlreadyExists(AutoscalingClientError):
    """Another group has the name."""

    code = "AlreadyExists"


def is_deleting(group: FakeAutoScalingGroup) -> bool:
    """Whether the group is deleted and still listed."""
    return getattr(group, "status", None) == DELETING


def is_ending(state: InstanceState) -> bool:
    """Whether the instance has left its group and is still listed."""
    return state.lifecycle_state.startswith("Terminating")


def _waits(group: FakeAutoScalingGroup) -> bool:
    return not is_deleting(group) and any(
        hook.lifecycle_transition == "autoscaling:EC2_INSTANCE_TERMINATING"
        for hook in group.autoscaling_backend.describe_lifecycle_hooks(group.name)
    )


def _begin_to_end(group: FakeAutoScalingGroup, leaving: list[InstanceState]) -> None:
    deregister(group, leaving)
    for state in leaving:
        state.lifecycle_state = "Terminating:Wait" if _waits(group) else "Terminating"


@around(Instance, "terminate")
def _shut_down(original: Any, self: Instance) -> Ec2State:
    if not states.lasts("instances") or self.state == "terminated":
        return original(self)
    before = copy.copy(self._state)
    self._state.name, self._state.code = "shutting-down", 32
    return before


@around(AutoScalingBackend, "notify_terminate_instances")
def _notify(original: Any, self: AutoScalingBackend, instance_ids: list[str]) -> None:
    if not states.lasts("instances"):
        original(self, instance_ids)
        return
    for group in self.autoscaling_groups.values():
        gone = [state for state in group.active_instances() if state.instance.id in instance_ids]
        if gone:
            _begin_to_end(group, gone)
            autoscaling_groups.settle(group)


@around(autoscaling_groups, "terminate")
def _terminate(original: Any, group: FakeAutoScalingGroup, leaving: list[InstanceState]) -> None:
    if not states.lasts("instances"):
        original(group, leaving)
        return
    _begin_to_end(group, [state for state in leaving if not is_ending(state) or is_deleting(group)])
    for state in leaving:
        if state.lifecycle_state == "Terminating":
            state.instance.terminate()


@around(autoscaling_groups, "settle")
def _settle(original: Any, group: FakeAutoScalingGroup) -> None:
    if not is_deleting(group):
        original(group)


@around(AutoScalingBackend, "delete_auto_scaling_group")
def _delete(original: Any, self: AutoScalingBackend, group_name: str) -> None:
    group = group_named(self, group_name)
    if not states.lasts("groups") and not states.lasts("instances"):
        original(self, group_name)
        return
    group.status = DELETING  # type: ignore[attr-defined]
    autoscaling_groups.terminate(group, list(group.instance_states))


@around(AutoScalingBackend, "create_auto_scaling_group")
def _create(original: Any, self: AutoScalingBackend, name: str, *args: Any, **kwargs: Any) -> FakeAutoScalingGroup:
    existing = self.autoscaling_groups.get(name)
    if existing is not None and is_deleting(existing):
        raise AlreadyExists(
            f"AutoScalingGroup by this name already exists - A group with the name {name} already exists and is "
            "pending delete.  Please wait until Autoscaling completes the deletion process before creating another "
            "group with the same name."
        )
    return original(self, name, *args, **kwargs)


@around(AutoScalingBackend, "update_auto_scaling_group")
def _update(original: Any, self: AutoScalingBackend, name: str, *args: Any, **kwargs: Any) -> FakeAutoScalingGroup:
    if is_deleting(group_named(self, name)):
        raise ValidationError("The AutoScaling group may not be modified while it is pending delete")
    return original(self, name, *args, **kwargs)


@states.at_end
def _end() -> None:
    for account_id, regions in autoscaling_backends.items():
        for region, backend in regions.items():
            ec2 = ec2_backends[account_id][region]
            ending = {one.id for one in ec2.all_instances() if one.state == "shutting-down"}
            for group in backend.autoscaling_groups.values():
                ending.update(state.instance.id for state in group.instance_states if is_ending(state))
            if ending:
                ec2.terminate_instances(sorted(ending))
            for name, group in list(backend.autoscaling_groups.items()):
                if is_deleting(group):
                    backend.delete_auto_scaling_group(name)
