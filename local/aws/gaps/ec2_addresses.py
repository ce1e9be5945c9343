"""ReleaseAddress.

AWS refuses to release an Elastic IP address that is associated (InvalidIPAddress.InUse, EC2 error codes). moto
disassociates it silently.

Upstreamable: raise InvalidIPAddress.InUse in `release_address` while the address has an association.
"""

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend

from .patching import around


class AddressInUse(EC2ClientError):
    """The address is associated."""

    code = "InvalidIPAddress.InUse"


@around(ElasticAddressBackend, "release_address")
def _release_address(original: Any, self: Any, address: str | None = None, allocation_id: str | None = None) -> None:
    for known in self.addresses:
        if known.association_id and (known.public_ip == address or known.allocation_id == allocation_id):
            raise AddressInUse(f"Address {known.public_ip} is in use.")
    original(self, address=address, allocation_id=allocation_id)
