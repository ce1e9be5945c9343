"""DeleteNatGateway, DescribeNatGateways.

AWS frees the network interface and the Elastic IP address of a deleted gateway. It filters by tag, and answers
NatGatewayNotFound for a gateway that never existed (EC2 error codes). The interface has an address of its subnet.

moto keeps interface and association, ignores filters by tag, answers an empty list for an unknown id, and fails when
asked to delete it. The interface has any address.

Upstreamable: release interface and address in `delete_nat_gateway`, use `generic_filter`, raise NatGatewayNotFound,
and allocate the address from the subnet.
"""

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend
from moto.ec2.utils import generic_filter

from .patching import around, instead_of


class NatGatewayNotFound(EC2ClientError):
    """No gateway has that id."""

    code = "NatGatewayNotFound"


@around(NatGateway, "__init__")
def _init(original: Any, self: NatGateway, backend: Any, subnet_id: str, *args: Any, **kwargs: Any) -> None:
    original(self, backend, subnet_id, *args, **kwargs)
    address = backend.get_subnet(subnet_id).get_available_subnet_ip(self)
    self.private_ip = self._eni.private_ip_address = address
    self._eni.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]
    self._eni.description = f"Interface for NAT Gateway {self.id}"
    self._eni.status = "in-use"
    self._eni.interface_type = "nat_gateway"
    self._eni.requester_managed = True


def _filter_value(self: NatGateway, filter_name: str, method_name: str | None = None) -> Any:
    own = {"nat-gateway-id": self.id, "vpc-id": self.vpc_id, "subnet-id": self.subnet_id, "state": self.state}
    if filter_name in own:
        return own[filter_name]
    return super(NatGateway, self).get_filter_value(filter_name, "DescribeNatGateways")


NatGateway.get_filter_value = _filter_value  # type: ignore[method-assign]


@instead_of(NatGatewayBackend, "describe_nat_gateways")
def _describe_nat_gateways(self: Any, filters: Any, nat_gateway_ids: list[str] | None) -> list[NatGateway]:
    chosen = list(self.nat_gateways.values())
    if nat_gateway_ids:
        for one in nat_gateway_ids:
            _known(self, one)
        chosen = [gateway for gateway in chosen if gateway.id in nat_gateway_ids]
    return generic_filter(filters or {}, chosen)


@instead_of(NatGatewayBackend, "delete_nat_gateway")
def _delete_nat_gateway(self: Any, nat_gateway_id: str) -> NatGateway:
    gateway = _known(self, nat_gateway_id)
    if gateway.state != "deleted":
        gateway.state = "deleted"
        for address in self.addresses:
            if address.eni is gateway._eni:
                address.eni = None
                address.association_id = None
        self.enis.pop(gateway._eni.id, None)
        self.get_subnet(gateway.subnet_id).del_subnet_ip(gateway.private_ip)
    return gateway


def _known(backend: Any, nat_gateway_id: str) -> NatGateway:
    gateway = backend.nat_gateways.get(nat_gateway_id)
    if gateway is None:
        raise NatGatewayNotFound(f"NatGateway {nat_gateway_id} was not found")
    return gateway
