"""DescribeVpcEndpointServices.

AWS lists the services of a region that can have endpoints, with their zones: S3 and DynamoDB with gateway endpoints,
and more than a hundred with interface endpoints ("AWS services that integrate with AWS PrivateLink").

moto loads the code of all its services to ask each, which fails where optional packages are missing, and takes seconds.
Its table of names is enough. It also fails on every filter, because it reads `Value` instead of `Values`.

Upstreamable: the names of the services that moto implements, as data; the filters.
"""

from typing import Any

from moto.core.base_backend import BaseBackend
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES, VPCBackend

from .patching import around, instead_of

_services: dict[str, list[dict[str, Any]]] = {}


@instead_of(VPCBackend, "_collect_default_endpoint_services")
@staticmethod
def _collect_default_endpoint_services(account_id: str, region: str) -> list[dict[str, Any]]:
    if region not in _services:
        zones = [zone.name for zone in RegionsAndZonesBackend.zones.get(region, [])]
        factory = BaseBackend.default_vpc_endpoint_service_factory
        found = [one for name in sorted(set(AWS_ENDPOINT_SERVICES)) for one in factory(region, zones, name)]
        for name in ("s3", "dynamodb"):
            found += factory(region, zones, name, "Gateway", private_dns_names=False)
        _services[region] = found
    return _services[region]


@around(VPCBackend, "describe_vpc_endpoint_services")
def _describe_vpc_endpoint_services(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    filters = [{**one, "Value": one["Values"]} for one in kwargs.pop("filters") or []]
    return original(self, *args, filters=filters, **kwargs)
