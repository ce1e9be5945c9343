"""DescribeEgressOnlyInternetGateways.

AWS filters by tag (`tag:KEY`, `tag-key`; API reference) and ignores `attachment.vpc-id`, a filter of internet
gateways: it answers with all gateways (kubernetes-sigs/cluster-api-provider-aws#5683, kubernetes/kops#18088). moto has
no filters.

Upstreamable: apply the tag filters.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.egress_only_internet_gateways import EgressOnlyInternetGateway as Responses
from moto.ec2.utils import generic_filter

from .patching import instead_of


@instead_of(Responses, "describe_egress_only_internet_gateways")
def _describe(self: Any) -> ActionResult:
    ids = self._get_param("EgressOnlyInternetGatewayIds", [])
    found = self.ec2_backend.describe_egress_only_internet_gateways(ids)
    by_tag = {name: values for name, values in self._filters_from_querystring().items() if name.startswith("tag")}
    return ActionResult({"EgressOnlyInternetGateways": generic_filter(by_tag, found)})
