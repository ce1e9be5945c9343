"""DeleteDhcpOptions, AssociateDhcpOptions, CreateDhcpOptions.

Of a set of DHCP options that is not there AWS says InvalidDhcpOptionsID.NotFound, which kOps and Terraform take for
deleted. moto says InvalidDhcpOptionID.NotFound, which is AWS's word in DescribeDhcpOptions alone; kOps retries on it for
ever when the answer to a first call is lost.

AWS deletes a set that no VPC has. In moto a set belongs to the VPC it was last given to: it can never be deleted once that
VPC has gone over to another set, and always while a second VPC has it.

AWS makes a set with the tags that are asked for in the same request; moto leaves them out.
"""

from typing import Any

from moto.core.responses import ActionResult

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError, InvalidDHCPOptionsIdError
from moto.ec2.models.dhcp_options import DHCPOptionsSetBackend
from moto.ec2.responses.dhcp_options import DHCPOptions

from .patching import around


class InvalidDhcpOptionsIDNotFound(EC2ClientError):
    """No set of that id, in the words of a deletion."""

    def __init__(self, dhcp_options_id: str) -> None:
        super().__init__("InvalidDhcpOptionsID.NotFound", f"The dhcpOption ID '{dhcp_options_id}' does not exist")


@around(DHCPOptionsSetBackend, "delete_dhcp_options_set")
def _delete_dhcp_options_set(original: Any, self: Any, options_id: str) -> None:
    options = self.dhcp_options_sets.get(options_id)
    if options:
        if any(vpc.dhcp_options is options for vpc in self.vpcs.values()):
            raise DependencyViolationError(f"The dhcpOptions '{options_id}' has dependencies and cannot be deleted.")
        options.vpc = None
    try:
        original(self, options_id)
    except InvalidDHCPOptionsIdError as error:
        raise InvalidDhcpOptionsIDNotFound(options_id) from error


@around(DHCPOptions, "create_dhcp_options")
def _create_dhcp_options(original: Any, self: Any) -> ActionResult:
    answer = original(self)
    options = answer.result["DhcpOptions"]
    for specification in self._get_param("TagSpecifications", []):
        options.add_tags({tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags", [])})
    return answer
