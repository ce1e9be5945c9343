"""CreateNetworkInterface, RunInstances: addresses and names by IPv6.

On AWS an interface in an IPv6-only subnet has no IPv4 address. One in a subnet with AssignIpv6AddressOnCreation gets
an IPv6 address, and one with Ipv6AddressCount, also in a launch template, as many: 0 overrides the subnet (API
references of Subnet, CreateNetworkInterface and InstanceNetworkInterfaceSpecification). Ipv6Address of an instance is
the first. An instance's private DNS name has its id instead of its IPv4 address if its subnet says so, always in an
IPv6-only one (hostname types, EC2 user guide).

moto has the count of a RunInstances request alone, gives an IPv6-only interface an IPv4 address, and fails to make a
name of an IPv6 address.

Upstreamable: assign by subnet and template, leave the IPv4 address out, name by id.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces as Responses

from .patching import adds_to, around, instead_of

# Not in any subnet: moto needs an IPv4 address to make an interface.
NOWHERE = "0.0.0.0"  # noqa: S104


@around(NetworkInterface, "__init__")
def _init(
    original: Any, self: Any, ec2_backend: Any, subnet: Any, private_ip_address: Any, *args: Any, **kwargs: Any
) -> None:
    home = ec2_backend.get_subnet(subnet) if isinstance(subnet, str) else subnet
    given = kwargs.get("ipv6_addresses") or []
    asked = kwargs.get("ipv6_address_count")
    count = int(not given and _assigns(home)) if asked is None else int(asked)
    if not home.ipv6_native:
        kwargs["ipv6_address_count"] = count
        original(self, ec2_backend, subnet, private_ip_address, *args, **kwargs)
        return
    # The subnet's own count of addresses, which are IPv6 here.
    reserved = private_ip_address if isinstance(private_ip_address, str) and ":" in private_ip_address else None
    kwargs["ipv6_addresses"] = given or [reserved or home.get_available_subnet_ip(self)]
    kwargs["ipv6_address_count"] = max(count, 1)
    original(self, ec2_backend, subnet, NOWHERE, *args, **kwargs)
    self.private_ip_address = None
    self.private_ip_addresses = []
    self.private_dns_name = None


def _assigns(subnet: Any) -> bool:
    return bool(subnet.ipv6_cidr_block_association_set) and subnet.assign_ipv6_address_on_creation in (True, "true")


@around(Responses, "create_network_interface")
def _create_network_interface(original: Any, self: Any) -> ActionResult:
    # moto takes a count that is not given for 0.
    given = self._get_param("Ipv6AddressCount") is not None or self._get_param("Ipv6Addresses")
    if not given and _assigns(self.ec2_backend.get_subnet(self._get_param("SubnetId"))):
        self.params["Ipv6AddressCount"] = 1
    return original(self)


@around(NetworkInterface, "delete")
def _delete(original: Any, self: NetworkInterface) -> None:
    original(self)
    for address in self.ipv6_addresses:
        self.subnet.del_subnet_ip(address)


@adds_to(Instance, "ipv6_address")
@property
def _ipv6_address(self: Instance) -> str | None:
    return next(iter(self.nics[0].ipv6_addresses), None)


_by_address = Instance.private_dns_name


@instead_of(Instance, "private_dns_name")
@property
def _private_dns_name(self: Instance) -> str:
    if _names_by_id(self):
        domain = "ec2" if self.region_name == "us-east-1" else f"{self.region_name}.compute"
        return f"{self.id}.{domain}.internal"
    return _by_address.fget(self)


def _names_by_id(instance: Instance) -> bool:
    subnet = instance.nics[0].subnet
    return bool(subnet.private_dns_name_options_on_launch["HostnameType"] == "resource-name")
