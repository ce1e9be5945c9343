"""CreateLoadBalancer and DescribeLoadBalancers of classic load balancers.

AWS names a classic load balancer NAME-DIGITS.REGION.elb.amazonaws.com, an internal one internal-NAME-..., and returns
the hosted zone of that name (CanonicalHostedZoneNameID), which an alias record must name. There is one zone per region
(AWS General Reference, Elastic Load Balancing endpoints). moto puts all names into us-east-1 and returns no zone.

Upstreamable: build the name from region and scheme, and return the region's zone from a table.
"""

from typing import Any

from moto.elb.models import ELBBackend, LoadBalancer
from moto.moto_api._internal import mock_random

from .patching import around

ZONES = {
    "ap-southeast-1": "Z1LMS91P8CMLE5",
    "ap-southeast-2": "Z1GM3OXH4ZPM65",
    "eu-central-1": "Z215JYRZR1TBD5",
    "eu-west-1": "Z32O12XQLNTSW2",
    "us-east-1": "Z35SXDOTRQ7X7K",
    "us-west-2": "Z1H1FL5HABSF5",
}


@around(ELBBackend, "create_load_balancer")
def _create_load_balancer(original: Any, self: ELBBackend, *args: Any, **kwargs: Any) -> LoadBalancer:
    if self.region_name not in ZONES:
        raise NotImplementedError(
            f"the local cloud does not know the hosted zone of load balancers in {self.region_name}"
        )
    balancer = original(self, *args, **kwargs)
    prefix = "internal-" if balancer.scheme == "internal" else ""
    digits = mock_random.randint(10**8, 10**10)
    balancer.dns_name = f"{prefix}{balancer.name}-{digits}.{self.region_name}.elb.amazonaws.com"
    balancer.canonical_hosted_zone_name_id = ZONES[self.region_name]
    return balancer
