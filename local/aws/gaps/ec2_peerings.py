"""DescribeVpcPeeringConnections.

On AWS each side of a VPC peering has its own tags (VPC Peering Guide). moto shows the requester's tags to both sides.

Upstreamable: return the connection with the backend of the caller, so that `get_tags` reads the caller's tags.
"""

import copy
from typing import Any

from moto.ec2.models.vpc_peering_connections import VPCPeeringConnection, VPCPeeringConnectionBackend

from .patching import around


@around(VPCPeeringConnectionBackend, "describe_vpc_peering_connections")
def _describe(original: Any, self: Any, *args: Any, **kwargs: Any) -> list[VPCPeeringConnection]:
    return [_seen_from(self, one) for one in original(self, *args, **kwargs)]


def _seen_from(backend: Any, connection: VPCPeeringConnection) -> VPCPeeringConnection:
    seen = copy.copy(connection)
    seen.ec2_backend = backend
    return seen
