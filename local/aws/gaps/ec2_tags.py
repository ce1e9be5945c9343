"""DescribeTags.

AWS forgets the tags of a deleted resource. moto keeps them for ever. It also searches all tags of the account with a
regular expression each time it shows one resource; after some rolling updates this takes most of the time.

Upstreamable: read `tags[id]` in `TaggedEC2Resource.get_tags`, and delete tags together with their resource.
"""

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.tags import TagBackend
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from .patching import around, instead_of

OWNERS = {
    "dopt": "dhcp_options_sets",
    "eni": "enis",
    "igw": "internet_gateways",
    "eigw": "egress_only_internet_gateways",
    "fl": "flow_logs",
    "lt": "launch_templates",
    "pcx": "vpc_pcxs",
    "rtb": "route_tables",
    "vol": "volumes",
    "vpc": "vpcs",
    "vpce": "vpc_end_points",
}


@instead_of(TaggedEC2Resource, "get_tags")
def _get_tags(self: Any) -> list[dict[str, str]]:
    tags = self.ec2_backend.tags.get(self.id) if self.id else None
    return [_entry(self.id, key, value) for key, value in (tags or {}).items()]


@around(TagBackend, "describe_tags")
def _describe_tags(original: Any, self: Any, filters: dict[str, list[str]] | None = None) -> list[dict[str, str]]:
    for resource_id in [known for known in self.tags if not _exists(self, known)]:
        del self.tags[resource_id]
    wanted = (filters or {}).get("resource-id", [])
    if set(filters or {}) == {"resource-id"} and not any(sign in one for one in wanted for sign in "*?"):
        return [_entry(one, key, value) for one in wanted for key, value in (self.tags.get(one) or {}).items()]
    return original(self, filters)


def _entry(resource_id: str, key: str, value: str) -> dict[str, str]:
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource_id), "")
    return {"resource_id": resource_id, "key": key, "value": value, "resource_type": kind}


def _exists(backend: EC2Backend, resource_id: str) -> bool:
    prefix = resource_id.split("-")[0]
    if prefix == "subnet":
        return any(resource_id in subnets for subnets in backend.subnets.values())
    if prefix == "sg":
        return any(resource_id in groups for groups in backend.groups.values())
    if prefix == "sgr":
        groups = (group for groups in backend.groups.values() for group in groups.values())
        return any(rule.id == resource_id for group in groups for rule in [*group.ingress_rules, *group.egress_rules])
    if prefix == "eipalloc":
        return any(address.allocation_id == resource_id for address in backend.addresses)
    if prefix == "key":
        return any(pair.id == resource_id for pair in backend.key_pairs.values())
    return prefix not in OWNERS or resource_id in getattr(backend, OWNERS[prefix])
