"""GetServiceQuota, GetAWSDefaultServiceQuota and RequestServiceQuotaIncrease.

Service Quotas has quotas of every service by code, each with AWS's default; GetServiceQuota answers the value that the
account has, which AWS also raises by itself as an account grows (API reference of Service Quotas; "Amazon EC2 service
quotas", "Quotas for your Elastic Load Balancing" and "IAM and AWS STS quotas" of the user guides).

moto knows the defaults of VPC only. Added are those of EC2, of load balancers and of IAM that limit a cluster. The
local account is one in use: its quotas of vCPUs are above the default of new accounts, 5. An increase that is requested
has effect at once; on AWS, somebody or something decides.

Upstreamable: the calls, and the defaults of further services.
"""

import json
from typing import Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse

from .patching import adds_to, around

# Service, code, name, AWS's default, and the local account's value where that is another.
_QUOTAS: list[tuple[str, str, str, float, float | None]] = [
    ("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5, None),
    ("ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5, 128),
    ("ec2", "L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 5, 128),
    ("ec2", "L-DB2E81BA", "Running On-Demand G and VT instances", 0, None),
    ("ec2", "L-3819A6DF", "All G and VT Spot Instance Requests", 0, None),
    ("ec2", "L-417A185B", "Running On-Demand P instances", 0, None),
    ("ec2", "L-7212CCBC", "All P Spot Instance Requests", 0, None),
    ("ec2", "L-7295265B", "Running On-Demand X instances", 0, None),
    ("ec2", "L-E3A00192", "All X Spot Instance Requests", 0, None),
    ("elasticloadbalancing", "L-69A177A2", "Network Load Balancers per Region", 50, None),
    ("elasticloadbalancing", "L-E9E9831D", "Classic Load Balancers per Region", 20, None),
    ("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region", 50, None),
    ("iam", "L-FE177D64", "Roles per account", 1000, None),
    ("iam", "L-6E65F664", "Instance profiles per account", 1000, None),
]


def _quota(service: str, code: str, name: str, value: float) -> dict[str, Any]:
    return {
        "Adjustable": True,
        "GlobalQuota": service == "iam",
        "QuotaCode": code,
        "QuotaName": name,
        "ServiceCode": service,
        "Unit": "None",
        "Value": float(value),
    }


_BY_CODE = {(service, code): (name, default, own) for service, code, name, default, own in _QUOTAS}


def _raised(backend: Any) -> dict[tuple[str, str], float]:
    """Values that were requested, by service and code."""
    if not hasattr(backend, "raised"):
        backend.raised = {}
    raised: dict[tuple[str, str], float] = backend.raised
    return raised


@around(ServiceQuotasBackend, "get_service_quota")
def _get_service_quota(original: Any, self: Any, service_code: str, quota_code: str) -> dict[str, Any]:
    key = (service_code, quota_code)
    if key in _BY_CODE:
        name, default, own = _BY_CODE[key]
        quota = _quota(service_code, quota_code, name, default if own is None else own)
    else:
        quota = dict(original(self, service_code, quota_code))
    return {**quota, "Value": _raised(self).get(key, quota["Value"])}


@adds_to(ServiceQuotasResponse, "get_aws_default_service_quota")
def _get_aws_default_service_quota(self: Any) -> str:
    params = json.loads(self.body)
    key = (params["ServiceCode"], params["QuotaCode"])
    if key in _BY_CODE:
        name, default, _ = _BY_CODE[key]
        return json.dumps({"Quota": _quota(*key, name, default)})
    if key[0] != "vpc":
        raise NoSuchResource
    quotas = self.backend.list_aws_default_service_quotas("vpc")
    found = next((one for one in quotas if one["QuotaCode"] == key[1]), None)
    if found is None:
        raise NoSuchResource
    return json.dumps({"Quota": found})


@adds_to(ServiceQuotasResponse, "request_service_quota_increase")
def _request_service_quota_increase(self: Any) -> str:
    params = json.loads(self.body)
    key = (params["ServiceCode"], params["QuotaCode"])
    quota = self.backend.get_service_quota(*key)
    _raised(self.backend)[key] = float(params["DesiredValue"])
    change = {"Id": f"increase-{key[1]}", "DesiredValue": float(params["DesiredValue"]), "Status": "APPROVED"}
    return json.dumps({"RequestedQuota": {**quota, **change}})
