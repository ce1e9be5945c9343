"""DeleteDhcpOptions, AssociateDhcpOptions, CreateDhcpOptions.

AWS answers InvalidDhcpOptionsID.NotFound to the deletion of DHCP options that do not exist; kOps and Terraform take
that for deleted. moto answers InvalidDhcpOptionID.NotFound, which AWS uses in DescribeDhcpOptions only. If the answer
to the first call is lost, kOps then retries for ever.

AWS deletes options that no VPC uses. In moto, options belong to the VPC that they were last associated with. They can
never be deleted once that VPC has other options, and can always be deleted while a second VPC uses them.

AWS creates options with the tags of the same request. moto drops these tags.

Upstreamable: use the code InvalidDhcpOptionsID.NotFound in the deletion, look for VPCs that use the options, and pass
TagSpecifications on in `create_dhcp_options`.
"""

from typing import Any

from moto.core.responses import ActionResult

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError, InvalidDHCPOptionsIdError
from moto.ec2.models.dhcp_options import DHCPOptionsSetBackend
from moto.ec2.responses.dhcp_options import DHCPOptions

from .patching import around


class InvalidDhcpOptionsIDNotFound(EC2ClientError):
    """No options have that id: the error code of a deletion."""

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
