"""Records which permissions each caller's calls need, and says which call AWS would deny."""

import threading
from typing import Any

from calls import Call

from . import ec2, named, s3
from .permission import Permission
from .policies import allows
from .principals import Caller, caller_of


def permissions_of(
    call: Call, environ: dict[str, Any], body: bytes, account: str, region: str, partition: str
) -> list[Permission]:
    """All permissions that a call needs. GetCallerIdentity needs none."""
    text = body.decode("utf-8", "replace")
    if call.service == "s3":
        return s3.permissions(call.action, environ, body, partition)
    if call.service == "cloudfront" and call.action == "CreateDistributionWithTags":
        # The call has no action of its own (API reference of CloudFront).
        return [Permission("cloudfront:CreateDistribution"), Permission("cloudfront:TagResource")]
    if call.service == "s3control":
        # Only the public access block of the account: the action has its name among those of S3.
        return [Permission(f"s3:{call.action.replace('PublicAccessBlock', 'AccountPublicAccessBlock')}")]
    if call.service == "ec2":
        needs = ec2.permissions(call.action, text, account, region, partition)
        if call.action == "CreateFlowLogs":
            role = named.of_query(text).get("DeliverLogsPermissionArn")
            needs += [named.pass_role(role, account, partition, "vpc-flow-logs.amazonaws.com")] if role else []
        return needs
    if call.service == "iam":
        return named.iam(call.action, text, account, partition)
    if call.service == "autoscaling":
        return named.auto_scaling(call.action, text, account, region, partition)
    if call.service == "elasticloadbalancing":
        return named.load_balancing(call.action, text, account, region, partition)
    if call.service == "route53":
        return named.route53(call.action, environ["PATH_INFO"], text, partition)
    if call.service == "sts":
        role = named.of_query(text).get("RoleArn")
        return [Permission(f"sts:{call.action}", role)] if role else []
    return named.json_calls(call.service, call.action, body if call.protocol == "json" else b"", account, region, partition)


class Authorization:
    """Holds assumed roles to their policies, and remembers what each caller needed."""

    def __init__(self, usual_account: str) -> None:
        self._usual_account = usual_account
        self._lock = threading.Lock()
        self._needed: dict[str, dict[str, set[str]]] = {}

    def denial(self, call: Call, environ: dict[str, Any], body: bytes) -> str | None:
        """The message of the denial; None if the caller may. Call it while no other request is done."""
        caller = caller_of(environ, self._usual_account)
        if caller is None or (caller.name is None and caller.role is None):
            return None
        partition = caller.partition
        needs = permissions_of(call, environ, body, caller.account, caller.region, partition)
        self._note(caller, needs)
        if caller.role is None:
            return None
        policies, boundary = caller.policies()
        for permission in needs:
            context = {"aws:requestedregion": [caller.region], **permission.context}
            if not allows(policies, boundary, Permission(permission.action, permission.resource, context)):
                return (
                    f"User: {caller.arn} is not authorized to perform: {permission.action} on resource: "
                    f"{permission.resource} because no identity-based policy allows the {permission.action} action"
                )
        return None

    def _note(self, caller: Caller, needs: list[Permission]) -> None:
        with self._lock:
            actions = self._needed.setdefault(caller.name or "", {})
            for permission in needs:
                actions.setdefault(permission.action, set()).add(permission.resource)

    def needed(self) -> dict[str, dict[str, list[str]]]:
        """Actions and resources by caller: `{"preview": {"ec2:DescribeVpcs": ["*"]}}`."""
        with self._lock:
            return {
                name: {action: sorted(resources) for action, resources in sorted(actions.items())}
                for name, actions in sorted(self._needed.items())
            }
