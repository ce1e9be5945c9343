"""DeleteSubnet, CreateSubnet, ModifySubnetAttribute, AssociateSubnetCidrBlock.

AWS refuses to delete a subnet that has network interfaces or load balancers (DependencyViolation), and deletes its
route table association with it. moto deletes any subnet and keeps the association, so that the route table can never be
deleted.

AWS has DNS64 and all private DNS name options in ModifySubnetAttribute; moto has one of them and silently drops the
others. On AWS names in an IPv6-only subnet are by resource from the start (EC2 user guide, hostname types), and a
subnet without IPv6 range assigns no IPv6 addresses (InvalidParameterValue). On AWS a new subnet does not map public
addresses; in moto the first one of a zone does.

AWS takes one IPv6 range per subnet. It must be a part of the VPC's range (InvalidSubnet.Range) that no other subnet has
(InvalidSubnet.Conflict). moto takes anything, and shows a Python dictionary in place of the range's state.

AvailableIpAddressCount is the number of unused private IPv4 addresses (API reference of Subnet), so it is 0 in an
IPv6-only subnet. moto counts the IPv6 addresses, more than the 32-bit integer of the answer can hold.

Upstreamable: all except the refusal to delete a subnet in use; each is a small change in `Subnet` or `SubnetBackend`.
"""

import ipaddress
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import (
    DependencyViolationError,
    InvalidParameterValueError,
    InvalidSubnetConflictError,
    InvalidSubnetRangeError,
)
from moto.ec2.models.subnets import Subnet, SubnetBackend
from moto.ec2.responses.subnets import Subnets
from moto.elb.models import elb_backends
from moto.elbv2.models import elbv2_backends

from .patching import adds_to, around, instead_of

PRIVATE_DNS_OPTIONS = {
    "EnableResourceNameDnsARecordOnLaunch": "EnableResourceNameDnsARecord",
    "EnableResourceNameDnsAAAARecordOnLaunch": "EnableResourceNameDnsAAAARecord",
}


@around(SubnetBackend, "delete_subnet")
def _delete_subnet(original: Any, self: Any, subnet_id: str) -> Subnet:
    self.get_subnet(subnet_id)
    if any(eni.subnet_id == subnet_id for eni in self.enis.values()) or _has_load_balancer(self, subnet_id):
        raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    for route_table in self.route_tables.values():
        for association_id, target_id in list(route_table._associations.items()):
            if target_id == subnet_id:
                del route_table._associations[association_id]
    return original(self, subnet_id)


def _has_load_balancer(backend: Any, subnet_id: str) -> bool:
    # On AWS a load balancer has an interface in each of its subnets; moto creates none.
    modern = elbv2_backends[backend.account_id][backend.region_name].load_balancers.values()
    classic = elb_backends[backend.account_id][backend.region_name].load_balancers.values()
    subnets = {subnet.id for balancer in modern for subnet in balancer.subnets}
    return subnet_id in subnets.union(*(set(balancer.subnets or []) for balancer in classic))


@around(SubnetBackend, "create_subnet")
def _create_subnet(original: Any, self: Any, *args: Any, **kwargs: Any) -> Subnet:
    ipv6_cidr_block = kwargs.get("ipv6_cidr_block") or (args[2] if len(args) > 2 else None)
    if ipv6_cidr_block:
        _check_ipv6(self, args[0] if args else kwargs["vpc_id"], ipv6_cidr_block)
    subnet = original(self, *args, **kwargs)
    subnet.default_for_az = False
    subnet.map_public_ip_on_launch = False
    if subnet.ipv6_native:
        subnet.private_dns_name_options_on_launch["HostnameType"] = "resource-name"
    return subnet


@around(SubnetBackend, "associate_subnet_cidr_block")
def _associate_subnet_cidr_block(original: Any, self: Any, subnet_id: str, ipv6_cidr_block: str) -> dict[str, Any]:
    subnet = self.get_subnet(subnet_id)
    if subnet.ipv6_cidr_block_association_set:
        raise InvalidSubnetConflictError(ipv6_cidr_block)
    _check_ipv6(self, subnet.vpc_id, ipv6_cidr_block)
    return original(self, subnet_id, ipv6_cidr_block)


def _check_ipv6(backend: Any, vpc_id: str, ipv6_cidr_block: str) -> None:
    block = ipaddress.IPv6Network(ipv6_cidr_block)
    associations = backend.get_vpc(vpc_id).get_cidr_block_association_set(ipv6=True)
    ranges = [ipaddress.IPv6Network(one["cidr_block"]) for one in associations]
    if not any(block.subnet_of(one) for one in ranges):
        raise InvalidSubnetRangeError(ipv6_cidr_block)
    for other in backend.describe_subnets(filters={"vpc-id": vpc_id}):
        taken = [ipaddress.IPv6Network(one["ipv6CidrBlock"]) for one in other.ipv6_cidr_block_association_set]
        if any(block.overlaps(one) for one in taken):
            raise InvalidSubnetConflictError(ipv6_cidr_block)


@around(SubnetBackend, "create_default_subnet")
def _create_default_subnet(original: Any, self: Any, *args: Any, **kwargs: Any) -> Subnet:
    subnet = original(self, *args, **kwargs)
    subnet.default_for_az = True
    subnet.map_public_ip_on_launch = True
    return subnet


@around(Subnets, "modify_subnet_attribute")
def _modify_subnet_attribute(original: Any, self: Any) -> ActionResult:
    subnet = self.ec2_backend.get_subnet(self._get_param("SubnetId"))
    if _given(self, "AssignIpv6AddressOnCreation") and not subnet.ipv6_cidr_block_association_set:
        raise InvalidParameterValueError("true for assignIpv6AddressOnCreation: the subnet has no IPv6 range, it")
    original(self)
    if self._get_param("EnableDns64.Value") is not None:
        subnet.enable_dns64 = _given(self, "EnableDns64")
    options = subnet.private_dns_name_options_on_launch
    for parameter, option in PRIVATE_DNS_OPTIONS.items():
        value = self._get_param(f"{parameter}.Value")
        if value is not None:
            options[option] = value
    host_name_type = self._get_param("PrivateDnsHostnameTypeOnLaunch")
    if host_name_type:
        options["HostnameType"] = host_name_type
    return EmptyResult()


def _given(request: Any, attribute: str) -> bool:
    return request._get_param(f"{attribute}.Value") in (True, "true")


adds_to(Subnet, "enable_dns64")(False)


_associations = Subnet.ipv6_cidr_block_association_set


@instead_of(Subnet, "ipv6_cidr_block_association_set")
@property
def _ipv6_cidr_block_association_set(self: Subnet) -> list[dict[str, Any]]:
    return [{**one, "ipv6CidrBlockState": {"state": "associated"}} for one in _associations.fget(self)]


_count = Subnet.available_ip_address_count


@instead_of(Subnet, "available_ip_address_count")
@property
def _available_ip_address_count(self: Subnet) -> int:
    return _count.fget(self) if self.cidr_block else 0
