"""DeleteDhcpOptions.

Of a set of DHCP options that is not there AWS says InvalidDhcpOptionsID.NotFound, which kOps and Terraform take for
deleted. moto says InvalidDhcpOptionID.NotFound, which is AWS's word in DescribeDhcpOptions alone; kOps retries on it for
ever when the answer to a first call is lost.
"""

from typing import Any

from moto.ec2.exceptions import EC2ClientError, InvalidDHCPOptionsIdError
from moto.ec2.models.dhcp_options import DHCPOptionsSetBackend

from .patching import around


class InvalidDhcpOptionsIDNotFound(EC2ClientError):
    """No set of that id, in the words of a deletion."""

    def __init__(self, dhcp_options_id: str) -> None:
        super().__init__("InvalidDhcpOptionsID.NotFound", f"The dhcpOption ID '{dhcp_options_id}' does not exist")


@around(DHCPOptionsSetBackend, "delete_dhcp_options_set")
def _delete_dhcp_options_set(original: Any, self: Any, options_id: str) -> None:
    try:
        original(self, options_id)
    except InvalidDHCPOptionsIdError as error:
        raise InvalidDhcpOptionsIDNotFound(options_id) from error
