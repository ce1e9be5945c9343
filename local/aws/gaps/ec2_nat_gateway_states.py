"""CreateNatGateway, DeleteNatGateway: gateways that do not work yet, or are not gone yet.

A new gateway is "pending" and a deleted one "deleting" for a minute or two; until it is "deleted" it keeps its network
interface and its Elastic IP address (Amazon VPC User Guide, NAT gateway states). moto leaves both states out. Here they
last on demand (states.py).

Not upstreamable: moto has no time in which gateways come up and end.
"""

from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend

import states

from . import ec2_nat_gateways  # noqa: F401 - this one goes around its patches
from .patching import around


@around(NatGatewayBackend, "create_nat_gateway")
def _create(original: Any, self: Any, *args: Any, **kwargs: Any) -> NatGateway:
    gateway = original(self, *args, **kwargs)
    if states.lasts("nat-gateways"):
        gateway.state = "pending"
    return gateway


@around(NatGatewayBackend, "delete_nat_gateway")
def _delete(original: Any, self: Any, nat_gateway_id: str) -> NatGateway:
    gateway = self.nat_gateways.get(nat_gateway_id)
    if not states.lasts("nat-gateways") or gateway is None or gateway.state == "deleted":
        return original(self, nat_gateway_id)
    gateway.state = "deleting"
    return gateway


@states.at_end
def _end() -> None:
    for regions in ec2_backends.values():
        for backend in regions.values():
            for gateway in backend.nat_gateways.values():
                if gateway.state == "pending":
                    gateway.state = "available"
                elif gateway.state == "deleting":
                    backend.delete_nat_gateway(gateway.id)
