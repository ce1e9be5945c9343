"""Who makes a call, and which policies that caller has."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from .policies import Policy

USUAL = "local"
"""The usual access key of the local cloud."""

RECORDED = "local-"
"""Access keys of the local cloud that begin so name the role of a verb: its calls are recorded, all are allowed."""


@dataclass(frozen=True)
class Caller:
    """The caller of one request."""

    name: str | None
    """Under which its calls are recorded; None: not recorded."""
    account: str
    region: str
    arn: str = ""
    role: Any = None
    """The role that it assumed, if it exists."""

    @property
    def partition(self) -> str:
        return partition_of(self.region)

    def policies(self) -> tuple[list[Policy], list[Policy] | None]:
        """Policies of the role, and its permissions boundary if it has one."""
        backend = iam_backends[self.account][self.partition]
        inline = [_parsed(text) for text in self.role.policies.values()]
        attached = [_text_of(policy) for policy in self.role.managed_policies.values()]
        boundary = self.role.permissions_boundary_arn
        limits = None if not boundary else [_text_of(backend.managed_policies[boundary])]
        return inline + attached, limits


def partition_of(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _parsed(text: Any) -> Policy:
    policy: Policy = json.loads(unquote(text) if text.startswith("%") else text)
    return policy


def _text_of(policy: Any) -> Policy:
    used = next(one for one in policy.versions if one.version_id == policy.default_version_id)
    return _parsed(used.document)


def caller_of(environ: dict[str, Any], usual_account: str) -> Caller | None:
    """None for a request without a signature, such as a public read."""
    found = re.search(r"Credential=([^/,]+)/[^/]*/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    if not found:
        return None
    key, region = found.groups()
    # kOps writes the key of a store that is not on AWS into its nodes' user data, so it is the same for all roles. The
    # key of the role is then the application id of the SDKs (AWS_SDK_UA_APP_ID).
    named = re.search(r"\bapp/key-([\w-]+)", environ.get("HTTP_USER_AGENT", ""))
    if named and key == USUAL:
        key = named.group(1)
    partition = partition_of(region)
    if key.startswith(RECORDED):
        return Caller(key.removeprefix(RECORDED), usual_account, region)
    for account, backends in list(sts_backends.items()):
        session = backends[partition].get_assumed_role_from_access_key(key)
        if session:
            # A role in a path: its ARN has the path, its name has not.
            roles = iam_backends[account][partition].roles.values()
            role = next((one for one in roles if one.arn == session.role_arn), None)
            return Caller(session.role_arn.split("/")[-1], account, region, session.arn, role)
    return Caller(None, usual_account, region)
