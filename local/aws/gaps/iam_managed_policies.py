"""GetPolicy, AttachRolePolicy, AttachUserPolicy, AttachGroupPolicy, GetPolicyVersion of policies that AWS manages.

In each account of AWS the policies under `arn:aws:iam::aws:policy/` are there. moto has their texts, but an account of it
has none of them. (A setting of moto puts all 1,500 into each account: megabytes that would be saved at every change.) Here
one comes into the account when it is first named.
"""

import functools
import json
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from .patching import around


@functools.cache
def _texts() -> dict[str, dict[str, Any]]:
    texts: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return texts


def _bring(backend: IAMBackend, arn: str) -> None:
    """Puts the policy into the account, when it is one of AWS and not there yet."""
    name = arn.rsplit("/", 1)[-1]
    if ":iam::aws:policy/" not in arn or arn in backend.managed_policies or name not in _texts():
        return
    policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, _texts()[name])
    # The same name under another path is another policy.
    if policy.arn == arn:
        backend.managed_policies[arn] = policy


def _bringing(original: Any, self: IAMBackend, policy_arn: str, *args: Any, **kwargs: Any) -> Any:
    _bring(self, policy_arn)
    return original(self, policy_arn, *args, **kwargs)


for _action in ("get_policy", "attach_role_policy", "attach_user_policy", "attach_group_policy"):
    around(IAMBackend, _action)(_bringing)
