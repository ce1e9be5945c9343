"""DescribeReservedInstancesOfferings.

AWS returns the offerings of the requested instance type, offering type and product in each zone that has the type; kOps
chooses its default machine types by them. moto ignores the request and knows three types.

Upstreamable: build offerings from the instance type offerings that moto already has, filtered by the request.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
from moto.ec2.responses.reserved_instances import ReservedInstances

from .patching import around

ONE_YEAR_SECONDS = 31_536_000


@around(ReservedInstances, "describe_reserved_instances_offerings")
def _describe_reserved_instances_offerings(original: Any, self: Any) -> ActionResult:
    instance_type = self._get_param("InstanceType")
    if not instance_type:
        return original(self)
    self.error_on_dryrun()
    located = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(self.region, [])
    zones = sorted(entry["Location"] for entry in located if entry["InstanceType"] == instance_type)
    offerings = [
        {
            "ReservedInstancesOfferingId": f"00000000-0000-4000-8000-{index:012d}",
            "InstanceType": instance_type,
            "AvailabilityZone": zone,
            "Duration": ONE_YEAR_SECONDS,
            "FixedPrice": 0.0,
            "UsagePrice": 0.0,
            "CurrencyCode": "USD",
            "InstanceTenancy": self._get_param("InstanceTenancy") or "default",
            "Marketplace": False,
            "OfferingClass": self._get_param("OfferingClass") or "standard",
            "OfferingType": self._get_param("OfferingType") or "No Upfront",
            "ProductDescription": self._get_param("ProductDescription") or "Linux/UNIX",
            "Scope": "Availability Zone",
        }
        for index, zone in enumerate(zones)
    ]
    return ActionResult({"ReservedInstancesOfferings": offerings})
