"""CreateVpcEndpoint, DeleteVpcEndpoints: interface endpoints that do not work yet, or are not gone yet.

A new interface endpoint is "pending" and a deleted one "deleting" for some minutes; a deleted one keeps its network
interfaces until then (AWS PrivateLink Guide, interface endpoint states). A gateway endpoint is available at once. moto
leaves both states out. Here they last on demand (states.py).

Not upstreamable: moto has no time in which endpoints come up and end.
"""

from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint

import states

from . import ec2_vpc_endpoints  # noqa: F401 - this one goes around its patches
from .ec2_interface_endpoints import has_interfaces
from .patching import around


@around(VPCBackend, "create_vpc_endpoint")
def _create(original: Any, self: Any, *args: Any, **kwargs: Any) -> VPCEndPoint:
    endpoint = original(self, *args, **kwargs)
    if states.lasts("vpc-endpoints") and has_interfaces(endpoint):
        endpoint.state = "pending"
    return endpoint


@around(VPCBackend, "delete_vpc_endpoints")
def _delete(original: Any, self: Any, vpce_ids: list[str] | None = None) -> None:
    slow = [
        endpoint
        for endpoint_id in vpce_ids or []
        if (endpoint := self.vpc_end_points.get(endpoint_id)) is not None
        and states.lasts("vpc-endpoints")
        and has_interfaces(endpoint)
    ]
    for endpoint in slow:
        endpoint.state = "deleting"
    ids = {endpoint.id for endpoint in slow}
    original(self, [endpoint_id for endpoint_id in vpce_ids or [] if endpoint_id not in ids])


@states.at_end
def _end() -> None:
    for regions in ec2_backends.values():
        for backend in regions.values():
            for endpoint in list(backend.vpc_end_points.values()):
                if endpoint.state == "pending":
                    endpoint.state = "available"
                elif endpoint.state == "deleting":
                    backend.delete_vpc_endpoints([endpoint.id])
