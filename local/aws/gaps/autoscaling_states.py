"""TerminateInstanceInAutoScalingGroup, DeleteAutoScalingGroup: instances and groups that are not gone yet.

An instance that leaves its group stays in the group's list: in Terminating:Wait, still running, while a lifecycle hook
of its termination waits, else in Terminating, shutting down (Amazon EC2 Auto Scaling User Guide, instance lifecycle).
The group launches its replacement meanwhile. A deleted group shows the status "Delete in progress" until its instances
are gone (API reference of AutoScalingGroup); forced, the deletion waits for no hook (DeleteAutoScalingGroup). In
between AWS refuses a change of the group (kubernetes/kops#844) and another group of its name (hashicorp/terraform#1105).

moto removes both at once. Here they last on demand (states.py).

Not upstreamable: moto has no time in which instances end.
"""

from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState, autoscaling_backends
from moto.ec2.models import ec2_backends

import states

from . import autoscaling_groups
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


@around(autoscaling_groups, "terminate")
def _terminate(original: Any, group: FakeAutoScalingGroup, leaving: list[InstanceState]) -> None:
    if not states.lasts("instances"):
        original(group, leaving)
        return
    leaving = [state for state in leaving if not is_ending(state) or is_deleting(group)]
    deregister(group, leaving)
    for state in leaving:
        state.lifecycle_state = "Terminating:Wait" if _waits(group) else "Terminating"
        if state.lifecycle_state == "Terminating":
            state.instance._state.name, state.instance._state.code = "shutting-down", 32


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
            ending = [
                state.instance.id
                for group in backend.autoscaling_groups.values()
                for state in group.instance_states
                if is_ending(state)
            ]
            if ending:
                ec2_backends[account_id][region].terminate_instances(ending)
            for name, group in list(backend.autoscaling_groups.items()):
                if is_deleting(group):
                    backend.delete_auto_scaling_group(name)
