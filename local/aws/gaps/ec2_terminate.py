"""TerminateInstances: what else notices that an instance is gone.

AWS takes a terminated instance out of its target groups and classic load balancers, and its Auto Scaling group launches
another, whichever API was called. moto tells the groups only if EC2's API was called, and registers the replacement
with classic load balancers only.

AWS answers success for an instance that is already terminated, and frees interfaces that outlive the instance (API
reference of TerminateInstances). moto looks for the deleted interface and fails, and leaves other interfaces attached.

Not upstreamable: models behaviour that moto leaves out on purpose.
"""

import copy

from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models.instances import Instance, InstanceBackend, InstanceState
from moto.elb.models import elb_backends
from moto.elbv2.models import elbv2_backends

from .patching import around


@around(InstanceBackend, "terminate_instances")
def _terminate_instances(original: Any, self: Any, instance_ids: list[str]) -> Any:
    terminated = original(self, instance_ids)
    gone = [instance.id for instance, _ in terminated]
    elbv2_backends[self.account_id][self.region_name].notify_terminate_instances(gone)
    classic = elb_backends[self.account_id][self.region_name]
    for load_balancer in classic.load_balancers.values():
        classic.deregister_instances(load_balancer.name, gone, from_autoscaling=True)
        classic.deregister_instances(load_balancer.name, gone)
    autoscaling_backends[self.account_id][self.region_name].notify_terminate_instances(gone)
    return terminated


@around(Instance, "terminate")
def _terminate(original: Any, self: Instance) -> InstanceState:
    if self.state == "terminated":
        return copy.copy(self.instance_state)
    before = original(self)
    for interface in self.nics.values():
        if not interface.delete_on_termination:
            interface.instance = interface.attachment_id = interface.attach_time = interface.device_index = None
            interface.status = "available"
    return before
