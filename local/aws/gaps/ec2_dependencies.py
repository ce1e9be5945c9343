"""DeleteSecurityGroup, DetachInternetGateway, DeleteVpc.

AWS answers DependencyViolation (EC2 error codes) to three deletions in the wrong order:
- a security group that an interface, a load balancer or a rule of another group uses;
- the detachment of an internet gateway while addresses in the VPC are mapped;
- a VPC that has an internet gateway (of either kind), an endpoint or a security group.
It leaves the DHCP options of a deleted VPC alone.

moto allows all three, so that a wrong order would go unnoticed. It deletes the DHCP options with the VPC, and whoever
made them cannot delete them any more.

Not upstreamable: models checks that moto leaves out on purpose.
"""

from typing import Any

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models.internet_gateways import InternetGatewayBackend
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.vpcs import VPC, VPCBackend
from moto.elb.models import elb_backends
from moto.elbv2.models import elbv2_backends

from .patching import around


@around(SecurityGroupBackend, "delete_security_group")
def _delete_security_group(original: Any, self: Any, name: str | None = None, group_id: str | None = None) -> None:
    if group_id and _group_in_use(self, group_id):
        raise DependencyViolationError(f"resource {group_id} has a dependent object")
    return original(self, name=name, group_id=group_id)


def _group_in_use(backend: Any, group_id: str) -> bool:
    if any(group_id in [group.id for group in eni.group_set] for eni in backend.enis.values()):
        return True
    for balancers in (elbv2_backends, elb_backends):
        for balancer in balancers[backend.account_id][backend.region_name].load_balancers.values():
            if group_id in (balancer.security_groups or []):
                return True
    for groups in backend.groups.values():
        for other in groups.values():
            if other.id != group_id and any(
                rule.source_group.get("GroupId") == group_id for rule in [*other.ingress_rules, *other.egress_rules]
            ):
                return True
    return False


@around(InternetGatewayBackend, "detach_internet_gateway")
def _detach_internet_gateway(original: Any, self: Any, internet_gateway_id: str, vpc_id: str) -> None:
    if any(eni.vpc_id == vpc_id and eni.public_ip for eni in self.enis.values()):
        raise DependencyViolationError(
            f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before "
            "detaching the gateway."
        )
    original(self, internet_gateway_id, vpc_id)


@around(VPCBackend, "delete_vpc")
def _delete_vpc(original: Any, self: Any, vpc_id: str) -> VPC:
    left = (
        any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in self.internet_gateways.values())
        or any(gateway.vpc_id == vpc_id for gateway in self.egress_only_internet_gateways.values())
        or any(endpoint.vpc_id == vpc_id for endpoint in self.vpc_end_points.values() if endpoint.state != "deleted")
        or any(group.name != "default" for group in self.groups.get(vpc_id, {}).values())
    )
    if left:
        raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    self.disassociate_dhcp_options(self.get_vpc(vpc_id))
    return original(self, vpc_id)
