"""DisassociateVpcCidrBlock.

AWS keeps an IPv4 or IPv6 range of a VPC while a subnet lies in it (InvalidCidrBlock.InUse, EC2 error codes). moto
releases any range but the first, so that a wrong order of deletion would go unnoticed. AWS takes no subnet in a
released range; moto does until the next range is added.

Upstreamable: raise InvalidCidrBlock.InUse while a subnet lies in the range, and remove the association at once.
"""

import ipaddress
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.vpcs import VPCBackend

from .patching import around


class InvalidCidrBlockInUse(EC2ClientError):
    """A range that is in use."""

    def __init__(self, association_id: str) -> None:
        super().__init__(
            "InvalidCidrBlock.InUse",
            f"The vpc CIDR block with association ID {association_id} may not be disassociated, subnets lie in it",
        )


@around(VPCBackend, "disassociate_vpc_cidr_block")
def _disassociate_vpc_cidr_block(original: Any, self: Any, association_id: str) -> dict[str, Any]:
    for vpc in self.vpcs.values():
        association = vpc._cidr_block_association_set.get(association_id)
        if not association or association["cidr_block"] == vpc.cidr_block:
            continue
        if _subnets_in(self, vpc.id, association["cidr_block"]):
            raise InvalidCidrBlockInUse(association_id)
    answer = original(self, association_id)
    self.vpcs[answer["vpc_id"]]._cidr_block_association_set.pop(association_id, None)
    return answer


def _subnets_in(backend: Any, vpc_id: str, cidr_block: str) -> bool:
    outer = ipaddress.ip_network(cidr_block)
    subnets = (subnet for zone in backend.subnets.values() for subnet in zone.values() if subnet.vpc_id == vpc_id)
    if outer.version == 4:
        return any(subnet.cidr.version == 4 and subnet.cidr.subnet_of(outer) for subnet in subnets)
    return any(subnet.ipv6_cidr_block_association_set for subnet in subnets)
