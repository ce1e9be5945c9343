"""CreateAutoScalingGroup and UpdateAutoScalingGroup: MaxInstanceLifetime.

AWS keeps it, gives it in DescribeAutoScalingGroups, and takes 0 for none (API reference of UpdateAutoScalingGroup). moto
ignores it. That AWS replaces an instance when its time is over is left out: it is a day at least.
"""

from typing import Any

from moto.autoscaling.responses import AutoScalingResponse

from .patching import around


def _keep(response: AutoScalingResponse) -> None:
    lifetime = response._get_int_param("MaxInstanceLifetime")
    if lifetime is None:
        return
    group = response.autoscaling_backend.autoscaling_groups[response._get_param("AutoScalingGroupName")]
    group.max_instance_lifetime = lifetime or None


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
