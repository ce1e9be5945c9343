"""CreateAutoScalingGroup and UpdateAutoScalingGroup: MaxInstanceLifetime and CapacityRebalance.

AWS keeps both and returns them in DescribeAutoScalingGroups; a lifetime of 0 means none (API reference of
UpdateAutoScalingGroup). moto ignores the first always, and the second in updates. The patch only stores them: the
shortest lifetime is a day, and no spot instance is interrupted here.

Upstreamable: read both parameters in create and update, and store them on the group.
"""

from typing import Any

from moto.autoscaling.responses import AutoScalingResponse

from .patching import around


def _keep(response: AutoScalingResponse) -> None:
    group = response.autoscaling_backend.autoscaling_groups[response._get_param("AutoScalingGroupName")]
    lifetime = response._get_int_param("MaxInstanceLifetime")
    if lifetime is not None:
        group.max_instance_lifetime = lifetime or None
    rebalance = response._get_bool_param("CapacityRebalance")
    if rebalance is not None:
        group.capacity_rebalance = rebalance


@around(AutoScalingResponse, "create_auto_scaling_group")
def _create_auto_scaling_group(original: Any, self: AutoScalingResponse) -> Any:
    answer = original(self)
    _keep(self)
    return answer


@around(AutoScalingResponse, "update_auto_scaling_group")
def _update_auto_scaling_group(original: Any, self: AutoScalingResponse) -> Any:
    answer = original(self)
    _keep(self)
    return answer
