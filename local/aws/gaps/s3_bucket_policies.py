"""Conditions of bucket policies, for every request of S3.

AWS applies a statement only if its Condition holds for the request (IAM User Guide, Condition element). moto ignores
conditions, and so refuses everything in a bucket whose policy denies requests without TLS. The local cloud's loopback
endpoint stands for AWS's TLS endpoint, so `aws:SecureTransport` is always true here.

Upstreamable: evaluate a statement's Condition before applying it. That the loopback endpoint counts as TLS stays ours.
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from .patching import around


def _holds(condition: dict[str, dict[str, Any]]) -> bool:
    for operator, keys in condition.items():
        for key, wanted in keys.items():
            if operator == "Bool" and key.lower() == "aws:securetransport":
                values = wanted if isinstance(wanted, list) else [wanted]
                if "true" not in [str(value).lower() for value in values]:
                    return False
    return True


@around(FakeBucket, "get_permission")
def _get_permission(original: Any, self: Any, action: str, resource: str) -> Any:
    if self.policy is None:
        return original(self, action, resource)
    document = json.loads(self.policy.decode())
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    document["Statement"] = [statement for statement in statements if _holds(statement.get("Condition", {}))]
    if not document["Statement"]:
        return PermissionResult.NEUTRAL
    return IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)
