"""CreateVpcEndpoint, ModifyVpcEndpoint: endpoints of type Interface.

AWS creates one network interface in each subnet of the endpoint, with an address of the subnet and the endpoint's
security groups. It follows changes of both lists, and changes private DNS in place (API reference of
ModifyVpcEndpoint).

moto gives the interfaces any address and the default security group, does not follow changes of the lists, and ignores
changes of private DNS. A security group or a subnet that an endpoint still uses could then be deleted.

Upstreamable: allocate the interface's address from its subnet, set its groups, and apply SubnetIds, SecurityGroupIds
and PrivateDnsEnabled in `VPCEndPoint.modify`.
"""

from typing import Any

from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.responses.vpcs import VPCs

from .patching import around


@around(VPCBackend, "create_vpc_endpoint")
def _create_vpc_endpoint(original: Any, self: Any, *args: Any, **kwargs: Any) -> VPCEndPoint:
    endpoint = original(self, *args, **kwargs)
    if has_interfaces(endpoint):
        _follow(self, endpoint)
    return endpoint


@around(VPCEndPoint, "modify")
def _modify(original: Any, self: VPCEndPoint, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    if has_interfaces(self):
        _follow(self.ec2_backend, self)


@around(VPCs, "modify_vpc_endpoint")
def _modify_vpc_endpoint(original: Any, self: Any) -> Any:
    answer = original(self)
    private_dns = self._get_bool_param("PrivateDnsEnabled")
    if private_dns is not None:
        self.ec2_backend.vpc_end_points[self._get_param("VpcEndpointId")].private_dns_enabled = private_dns
    return answer


def has_interfaces(endpoint: VPCEndPoint) -> bool:
    """Whether it is of type Interface."""
    return (endpoint.vpc_endpoint_type or "").lower() == "interface"


def _follow(backend: Any, endpoint: VPCEndPoint) -> None:
    kept = []
    wanted = list(endpoint.subnet_ids or [])
    for interface_id in endpoint.network_interface_ids:
        interface = backend.enis.get(interface_id)
        if interface is None:
            continue
        if interface.subnet.id in wanted and interface.interface_type == "vpc_endpoint":
            wanted.remove(interface.subnet.id)
            groups = [backend.get_security_group_from_id(one) for one in endpoint.security_group_ids]
            interface._group_set = groups or interface._group_set
            kept.append(interface_id)
        else:
            interface.subnet.del_subnet_ip(interface.private_ip_address)
            backend.enis.pop(interface_id)
    for subnet_id in wanted:
        kept.append(_make(backend, endpoint, subnet_id))
    endpoint.network_interface_ids = kept


def _make(backend: Any, endpoint: VPCEndPoint, subnet_id: str) -> str:
    subnet = backend.get_subnet(subnet_id)
    interface = backend.create_network_interface(
        subnet,
        subnet.get_available_subnet_ip(endpoint),
        group_ids=endpoint.security_group_ids,
        description=f"VPC Endpoint Interface {endpoint.id}",
    )
    interface.status = "in-use"
    interface.interface_type = "vpc_endpoint"
    interface.requester_managed = True
    return interface.id
