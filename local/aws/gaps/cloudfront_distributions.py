"""CloudFront: origin access controls of distributions, and deletions.

AWS returns the OriginAccessControlId of each origin, and an empty OriginAccessIdentity beside it. DeleteDistribution of
an enabled distribution fails with DistributionNotDisabled, DeleteOriginAccessControl of one that a distribution uses
with OriginAccessControlInUse, and one that does not exist with NoSuchOriginAccessControl (API reference of both). moto
forgets the id of the origin access control, and deletes whatever it is told to.

Upstreamable: all of it.
"""

from typing import Any

from moto.cloudfront.exceptions import CloudFrontException
from moto.cloudfront.models import CloudFrontBackend, Origin

from .patching import around


class _NotDisabled(CloudFrontException):
    def __init__(self) -> None:
        super().__init__("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.")


class _InUse(CloudFrontException):
    def __init__(self) -> None:
        super().__init__(
            "OriginAccessControlInUse",
            "Cannot delete the origin access control because it's in use by one or more distributions.",
        )


@around(Origin, "__init__")
def _origin(original: Any, self: Any, origin: dict[str, Any]) -> None:
    original(self, origin)
    self.origin_access_control_id = origin.get("OriginAccessControlId") or ""
    if "S3OriginConfig" in origin:
        self.s3_origin_config = {"OriginAccessIdentity": origin["S3OriginConfig"]["OriginAccessIdentity"] or ""}


@around(CloudFrontBackend, "delete_distribution")
def _delete_distribution(original: Any, self: Any, distribution_id: str, if_match: bool) -> None:
    distribution = self.distributions.get(distribution_id)
    if if_match and distribution is not None and str(distribution.distribution_config.Enabled).lower() == "true":
        raise _NotDisabled
    original(self, distribution_id, if_match)


@around(CloudFrontBackend, "delete_origin_access_control")
def _delete_control(original: Any, self: Any, control_id: str) -> None:
    self.get_origin_access_control(control_id)
    for distribution in self.distributions.values():
        origins = distribution.distribution_config.Origins["Items"]
        if any(origin.origin_access_control_id == control_id for origin in origins):
            raise _InUse
    original(self, control_id)
