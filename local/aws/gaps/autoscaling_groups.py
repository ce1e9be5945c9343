"""CreateAutoScalingGroup, UpdateAutoScalingGroup, SetDesiredCapacity: what a group launches and terminates.

AWS launches from the template version that the group names and spreads instances evenly over the group's subnets. For
each instance it reports the version that the instance was launched with. It registers and deregisters only the group's
own instances at target groups and classic load balancers. To shrink a group, it takes instances from the zone with the
most, oldest template first (Amazon EC2 Auto Scaling User Guide, default termination policy).

moto launches from the default version and puts everything into the first subnet. It reports the template's current
default version for every instance. It never deregisters from target groups, takes other groups' instances out of a
shared classic load balancer, and removes whichever instance comes first.

Not upstreamable: models behaviour that moto leaves out on purpose.
"""

import copy
from typing import Any

from moto.autoscaling.models import (
    ASG_NAME_TAG,
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
)
from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.core.exceptions import ServiceException
from moto.elbv2.exceptions import TargetGroupNotFoundError

from .patching import around, instead_of

TEMPLATE_ID_TAG = "aws:ec2launchtemplate:id"
TEMPLATE_VERSION_TAG = "aws:ec2launchtemplate:version"


class ResourceInUse(AutoscalingClientError):
    """The group still has instances."""

    code = "ResourceInUse"


def group_named(backend: AutoScalingBackend, name: str) -> FakeAutoScalingGroup:
    """The group, or AWS's error if no group has that name."""
    group = backend.autoscaling_groups.get(name)
    if group is None:
        raise ValidationError("AutoScalingGroup name not found - null")
    return group


def tags_of(instance: Any) -> dict[str, str]:
    """Tags as a dictionary."""
    return {tag["key"]: tag["value"] for tag in instance.get_tags()}


@instead_of(InstanceState, "launch_template")
@property
def _launch_template(self: InstanceState) -> dict[str, str] | None:
    # EC2 writes the template and its version into tags of each instance at launch. Nothing changes them later.
    tags = tags_of(self.instance)
    if TEMPLATE_ID_TAG not in tags:
        return None
    template = self.instance.ec2_backend.launch_templates.get(tags[TEMPLATE_ID_TAG])
    return {
        "LaunchTemplateId": tags[TEMPLATE_ID_TAG],
        "LaunchTemplateName": template.name if template else None,
        "Version": tags[TEMPLATE_VERSION_TAG],
    }


@instead_of(FakeAutoScalingGroup, "launch_template")
@property
def _group_launch_template(self: FakeAutoScalingGroup) -> dict[str, Any] | None:
    if self.ec2_launch_template is None or self.mixed_instances_policy:
        return None
    return {
        "LaunchTemplateId": self.ec2_launch_template.id,
        "LaunchTemplateName": self.ec2_launch_template.name,
        "Version": self.provided_launch_template_version,
    }


@instead_of(FakeAutoScalingGroup, "instance_type")
@property
def _instance_type(self: FakeAutoScalingGroup) -> str:
    if self.ec2_launch_template is None:
        return self.launch_config.instance_type
    overrides = ((self.mixed_instances_policy or {}).get("LaunchTemplate") or {}).get("Overrides") or []
    named = [override["InstanceType"] for override in overrides if override.get("InstanceType")]
    return named[0] if named else self.ec2_launch_template.get_version(self.launch_template_version).instance_type


@instead_of(FakeAutoScalingGroup, "set_desired_capacity")
def _set_desired_capacity(self: FakeAutoScalingGroup, new_capacity: int | None) -> None:
    self.desired_capacity = self.min_size if new_capacity is None else new_capacity
    settle(self)


@instead_of(FakeAutoScalingGroup, "replace_autoscaling_group_instances")
def _replace_instances(self: FakeAutoScalingGroup, count_needed: int, propagated_tags: dict[str, str]) -> None:
    launch(self, count_needed)


def suspended(group: FakeAutoScalingGroup, process: str) -> bool:
    """Whether SuspendProcesses stopped this process of the group."""
    return any(entry["ProcessName"] == process for entry in group.suspended_processes)


def settle(group: FakeAutoScalingGroup) -> None:
    """Launches or terminates instances until the group has its desired capacity."""
    missing = (group.desired_capacity or 0) - len(group.active_instances())
    if missing > 0 and not suspended(group, "Launch"):
        launch(group, missing)
    if missing < 0 and not suspended(group, "Terminate"):
        terminate(group, _excess(group, -missing))


def launch(group: FakeAutoScalingGroup, count: int) -> None:
    """Launches instances, each in the subnet (or zone) with the fewest of the group."""
    for _ in range(count):
        subnet_id, zone = _emptiest_place(group)
        tags = {**group.get_propagated_tags(), **group.instance_tags, ASG_NAME_TAG: group.name}
        template = None
        if group.ec2_launch_template:
            version = group.ec2_launch_template.get_version(group.launch_template_version)
            template = {"LaunchTemplateId": group.ec2_launch_template.id, "Version": str(version.number)}
        try:
            reservation = group.ec2_backend.run_instances(
                group.image_id,
                1,
                group.user_data,
                group.security_groups,
                instance_type=group.instance_type,
                is_instance_type_default=False,
                region_name=group.region,
                placement=zone,
                subnet_id=subnet_id,
                launch_config=group.launch_config,
                launch_template=template,
                associate_public_ip=group.launch_config.associate_public_ip_address if group.launch_config else None,
                tags={"instance": tags},
            )
        except ServiceException:
            # On AWS a group's launch fails in the background (template, subnet or instance profile deleted). No request
            # fails because of it.
            return
        states = []
        for instance in reservation.instances:
            instance.autoscaling_group = group
            states.append(InstanceState(instance, protected_from_scale_in=group.new_instances_protected_from_scale_in))
        group.instance_states.extend(states)
        register(group, states)


def terminate(group: FakeAutoScalingGroup, states: list[InstanceState]) -> None:
    """Terminates instances of the group without replacing them."""
    if states:
        leave(group, states)
        group.ec2_backend.terminate_instances([state.instance.id for state in states])


def leave(group: FakeAutoScalingGroup, states: list[InstanceState]) -> None:
    """Removes instances from the group and from its load balancers."""
    deregister(group, states)
    ids = {state.instance.id for state in states}
    group.instance_states = [state for state in group.instance_states if state.instance.id not in ids]
    for state in states:
        if hasattr(state.instance, "autoscaling_group"):
            del state.instance.autoscaling_group


def _emptiest_place(group: FakeAutoScalingGroup) -> tuple[str | None, str]:
    subnet_ids = [entry.strip() for entry in group.vpc_zone_identifier.split(",")] if group.vpc_zone_identifier else []
    subnets = group.ec2_backend.describe_subnets(subnet_ids=subnet_ids) if subnet_ids else []
    places = [(subnet.id, subnet.availability_zone) for subnet in subnets]
    places = places or [(None, zone) for zone in group.availability_zones]
    return min(places, key=lambda place: (_in_zone(group, place[1]), _in_subnet(group, place[0]), place[1]))


def _in_zone(group: FakeAutoScalingGroup, zone: str) -> int:
    return sum(1 for state in group.active_instances() if state.availability_zone == zone)


def _in_subnet(group: FakeAutoScalingGroup, subnet_id: str | None) -> int:
    return sum(1 for state in group.active_instances() if state.instance.subnet_id == subnet_id)


def _excess(group: FakeAutoScalingGroup, count: int) -> list[InstanceState]:
    # The default termination policy: the zone with the most instances, there the oldest template version, then the
    # oldest instance.
    left = [state for state in group.active_instances() if not state.protected_from_scale_in]
    chosen: list[InstanceState] = []
    while left and len(chosen) < count:
        zones = [state.availability_zone for state in group.active_instances() if state not in chosen]
        state = min(left, key=lambda one: (-zones.count(one.availability_zone), _age(one)))
        left.remove(state)
        chosen.append(state)
    return chosen


def _age(state: InstanceState) -> tuple[int, Any]:
    return int(tags_of(state.instance).get(TEMPLATE_VERSION_TAG, "0")), state.instance.launch_time


def register(group: FakeAutoScalingGroup, states: list[InstanceState]) -> None:
    """Registers instances with the target groups and classic load balancers of the group."""
    backend = group.autoscaling_backend
    if not states or suspended(group, "AddToLoadBalancer"):
        return
    for arn in group.target_group_arns:
        target_group = backend.elbv2_backend.target_groups.get(arn)
        if target_group:
            target_group.register([{"Id": state.instance.id, "Port": target_group.port} for state in states])
    for name in _classic_load_balancers(group):
        known = backend.elb_backend.get_load_balancer(name).instance_autoscaling_ids
        new = [state.instance.id for state in states if state.instance.id not in known]
        backend.elb_backend.register_instances(name, new, from_autoscaling=True)


def deregister(group: FakeAutoScalingGroup, states: list[InstanceState]) -> None:
    """Deregisters instances from the target groups and classic load balancers of the group."""
    backend = group.autoscaling_backend
    ids = [state.instance.id for state in states]
    for arn in group.target_group_arns:
        target_group = backend.elbv2_backend.target_groups.get(arn)
        if target_group:
            target_group.deregister([{"Id": one} for one in ids if one in target_group.targets])
    for name in _classic_load_balancers(group):
        backend.elb_backend.deregister_instances(name, ids, from_autoscaling=True)


def _classic_load_balancers(group: FakeAutoScalingGroup) -> list[str]:
    """Those of the group that still exist: AWS lets kOps delete a load balancer before its group."""
    return [name for name in group.load_balancer_names if name in group.autoscaling_backend.elb_backend.load_balancers]


@instead_of(AutoScalingBackend, "update_attached_elbs")
def _update_attached_elbs(self: AutoScalingBackend, group_name: str) -> None:
    group = self.autoscaling_groups[group_name]
    register(group, group.active_instances())


@instead_of(AutoScalingBackend, "update_attached_target_groups")
def _update_attached_target_groups(self: AutoScalingBackend, group_name: str) -> None:
    group = self.autoscaling_groups[group_name]
    for arn in group.target_group_arns:
        if arn not in self.elbv2_backend.target_groups:
            raise TargetGroupNotFoundError()
    register(group, group.active_instances())


@around(AutoScalingBackend, "detach_load_balancer_target_groups")
def _detach_target_groups(
    original: Any, self: AutoScalingBackend, group_name: str, target_group_arns: list[str]
) -> None:
    group = group_named(self, group_name)
    for arn in target_group_arns:
        if arn not in group.target_group_arns:
            raise ValidationError("Trying to remove Target Groups that are not part of the group")
        target_group = self.elbv2_backend.target_groups.get(arn)
        group.target_group_arns = [kept for kept in group.target_group_arns if kept != arn]
        if target_group:
            ids = [state.instance.id for state in group.instance_states]
            target_group.deregister([{"Id": one} for one in ids if one in target_group.targets])


@around(FakeAutoScalingGroup, "update")
def _update(original: Any, self: FakeAutoScalingGroup, **changes: Any) -> None:
    # What a request leaves out stays as it is. A template replaces a policy, and a policy a template.
    if not any(changes.get(source) for source in ("mixed_instances_policy", "launch_template", "launch_config_name")):
        changes["mixed_instances_policy"] = _by_id(self.mixed_instances_policy)
    if changes.get("desired_capacity") is None:
        low = changes["min_size"] if changes.get("min_size") is not None else self.min_size
        high = changes["max_size"] if changes.get("max_size") is not None else self.max_size
        changes["desired_capacity"] = max(low or 0, min(high or 0, self.desired_capacity or 0))
    original(self, **changes)


def _by_id(policy: dict[str, Any] | None) -> dict[str, Any] | None:
    # moto stores the template's id and name, but accepts only one of them.
    kept = copy.deepcopy(policy)
    if kept:
        kept["LaunchTemplate"]["LaunchTemplateSpecification"].pop("LaunchTemplateName", None)
    return kept


@instead_of(AutoScalingBackend, "set_desired_capacity")
def _backend_set_desired_capacity(self: AutoScalingBackend, group_name: str, desired_capacity: int | None) -> None:
    group = group_named(self, group_name)
    wanted = desired_capacity or 0
    of_group = "for the AutoScalingGroup."
    if wanted > (group.max_size or 0):
        raise ValidationError(f"New SetDesiredCapacity value {wanted} is above max value {group.max_size} {of_group}")
    if wanted < (group.min_size or 0):
        raise ValidationError(f"New SetDesiredCapacity value {wanted} is below min value {group.min_size} {of_group}")
    group.set_desired_capacity(wanted)
