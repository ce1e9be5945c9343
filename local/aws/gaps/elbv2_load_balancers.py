"""CreateLoadBalancer and DescribeLoadBalancers.

AWS names a network load balancer .../loadbalancer/net/NAME/ID, gives it a host name below elb.REGION.amazonaws.com, and
refuses a second load balancer of the same name (DuplicateLoadBalancerName, API reference of CreateLoadBalancer). moto
names all of them like application load balancers, and creates a second one.

AWS answers LoadBalancerNotFound, "One or more load balancers not found", if any of the names or ARNs asked for does not
exist (API reference of DescribeLoadBalancers, errors). moto leaves out those after the first one that it finds.

Upstreamable: choose "app", "net" or "gwy" by type, and raise DuplicateLoadBalancerName; look for each name and ARN anew
in describe_load_balancers.
"""

from typing import Any

from moto.elbv2.exceptions import DuplicateLoadBalancerName, LoadBalancerNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer

from .patching import around

KINDS = {"network": "net", "gateway": "gwy"}


@around(ELBv2Backend, "create_load_balancer")
def _create_load_balancer(original: Any, self: ELBv2Backend, name: str, *args: Any, **kwargs: Any) -> FakeLoadBalancer:
    if any(balancer.name == name for balancer in self.load_balancers.values()):
        raise DuplicateLoadBalancerName()
    balancer = original(self, name, *args, **kwargs)
    kind = KINDS.get(balancer.type)
    if kind:
        moto_arn = balancer.arn
        balancer.arn = moto_arn.replace(":loadbalancer/app/", f":loadbalancer/{kind}/")
        balancer.dns_name = f"{name}-{balancer.arn.split('/')[-1]}.elb.{self.region_name}.amazonaws.com"
        self.load_balancers[balancer.arn] = self.load_balancers.pop(moto_arn)
        self.tagging_service.tags[balancer.arn] = self.tagging_service.tags.pop(moto_arn, {})
    return balancer


@around(ELBv2Backend, "describe_load_balancers")
def _describe_load_balancers(
    original: Any, self: ELBv2Backend, arns: list[str] | None, names: list[str] | None
) -> list[FakeLoadBalancer]:
    balancers = self.load_balancers.values()
    known = {balancer.arn for balancer in balancers} | {balancer.name for balancer in balancers}
    if any(asked not in known for asked in [*(arns or []), *(names or [])]):
        raise LoadBalancerNotFoundError()
    return original(self, arns, names)
