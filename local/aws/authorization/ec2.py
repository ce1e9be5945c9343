"""Permissions of calls to EC2.

Source: "Actions, resources, and condition keys for Amazon EC2" in the Service Authorization Reference. EC2 checks an
action on every resource that the call names, and on the one that it makes; tags given at creation need ec2:CreateTags
on that, with the name of the call as `ec2:CreateAction`.
"""

import re
from urllib.parse import parse_qsl

from moto.ec2.models import ec2_backends

from .permission import Context, Permission, tags_in_request, tags_of_resource

KINDS = {
    "acl": "network-acl",
    "dopt": "dhcp-options",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
"""Resource types in ARNs, by the first part of ids."""

_MADE = {
    "AllocateAddress": "elastic-ip",
    "CreateDhcpOptions": "dhcp-options",
    "CreateEgressOnlyInternetGateway": "egress-only-internet-gateway",
    "CreateFlowLogs": "vpc-flow-log",
    "CreateInternetGateway": "internet-gateway",
    "CreateLaunchTemplate": "launch-template",
    "CreateNatGateway": "natgateway",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet",
    "CreateVolume": "volume",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
    "CreateVpcPeeringConnection": "vpc-peering-connection",
    "ImportKeyPair": "key-pair",
    "RunInstances": "instance",
}

_NO_RESOURCES = ("Describe", "Get", "Search")


def permissions(action: str, body: str, account: str, region: str, partition: str) -> list[Permission]:
    """What a call needs."""
    parameters = dict(parse_qsl(body, keep_blank_values=True))
    arn = f"arn:{partition}:ec2:{region}:{account}"
    if action.startswith(_NO_RESOURCES):
        return [Permission(f"ec2:{action}")]
    tags = _tags(parameters)
    given = tags_in_request(tags)
    named = {
        value
        for key, value in parameters.items()
        if re.fullmatch(r"[a-z]+-[0-9a-f]{8,17}", value) and not key.startswith(("Filter.", "TagSpecification."))
    }
    needs = [
        Permission(f"ec2:{action}", f"{arn}:{KINDS[kind]}/{one}", {**_tags_of(one, account, region), **given})
        for one in sorted(named)
        if (kind := one.split("-")[0]) in KINDS
    ]
    if action in ("DeleteKeyPair", "DeleteLaunchTemplate") and not needs:
        needs.append(Permission(f"ec2:{action}", f"{arn}:{_MADE_KIND[action]}/{_name_in(parameters)}"))
    made = _MADE.get(action)
    if made:
        needs.append(Permission(f"ec2:{action}", f"{arn}:{made}/*", given))
        if tags:
            create = {"ec2:createaction": [action], **given}
            needs.append(Permission("ec2:CreateTags", f"{arn}:{made}/*", create))
    return needs or [Permission(f"ec2:{action}", "*", given)]


_MADE_KIND = {"DeleteKeyPair": "key-pair", "DeleteLaunchTemplate": "launch-template"}


def _name_in(parameters: dict[str, str]) -> str:
    return parameters.get("KeyName") or parameters.get("LaunchTemplateName") or "*"


def _tags(parameters: dict[str, str]) -> dict[str, str]:
    """Tags that the call gives, whether by CreateTags or at creation."""
    found: dict[str, str] = {}
    for key, value in parameters.items():
        at_creation = re.fullmatch(r"(TagSpecification\.\d+\.)?Tag\.\d+\.Key", key)
        if at_creation:
            found[value] = parameters.get(key.removesuffix("Key") + "Value", "")
    return found


def _tags_of(resource: str, account: str, region: str) -> Context:
    tags = ec2_backends[account][region].tags
    return tags_of_resource(dict(tags[resource]) if resource in tags else {})
