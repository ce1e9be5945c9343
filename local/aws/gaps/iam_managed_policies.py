"""GetPolicy, AttachRolePolicy, AttachUserPolicy, AttachGroupPolicy, GetPolicyVersion of policies that AWS manages.

Every AWS account has the policies below `arn:aws:iam::aws:policy/`. moto has their texts, but its accounts have none of
them. A setting of moto loads all 1,500 into each account: megabytes that would be saved at every change. The patch adds
a policy to the account when it is first named.

Not upstreamable: moto has the setting for it.
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
    """Adds the policy to the account if AWS manages it and the account does not have it yet."""
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
