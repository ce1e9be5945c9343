"""SimulatePrincipalPolicy.

IAM answers for each action and resource whether the policies of a user or role allow it: an explicit Deny wins, else an
Allow is needed. A condition is compared with the given context entries (API reference of SimulatePrincipalPolicy;
"Policy evaluation logic" of the IAM User Guide). The answer tells whether the permissions boundary allows it.

moto has no simulation. The usual key of the local cloud belongs to nobody in IAM and may do everything, so all is
allowed to it.

Upstreamable: add the action, with the evaluation that moto has for its optional authentication.
"""

import json
import re
from typing import Any
from urllib.parse import unquote

from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

from .patching import adds_to

Policy = dict[str, Any]
Context = dict[str, list[str]]

_ANYBODY = re.compile(r"^arn:[^:]+:sts::\d+:user/moto$")
_CONDITIONS = {"StringEquals", "StringLike", "ForAllValues:StringEquals", "ForAllValues:StringLike"}


@adds_to(IamResponse, "simulate_principal_policy")
def _simulate_principal_policy(self: Any) -> ActionResult:
    source = self._get_param("PolicySourceArn")
    actions = self._get_param("ActionNames", [])
    resources = self._get_param("ResourceArns", []) or ["*"]
    entries = self._get_param("ContextEntries", [])
    context = {one["ContextKeyName"].lower(): one.get("ContextKeyValues", []) for one in entries}
    policies, boundary = _policies_of(self.backend, source)
    results = [
        _result(action, resource, policies, boundary, context) for action in actions for resource in resources
    ]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _result(
    action: str, resource: str, policies: list[Policy] | None, boundary: list[Policy] | None, context: Context
) -> dict[str, Any]:
    decision = "allowed" if policies is None else _decide(policies, action, resource, context)
    result: dict[str, Any] = {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision}
    if boundary is not None:
        inside = _decide(boundary, action, resource, context)
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": inside == "allowed"}
        if inside != "allowed" and decision == "allowed":
            result["EvalDecision"] = inside
    return result


def _policies_of(backend: IAMBackend, source: str) -> tuple[list[Policy] | None, list[Policy] | None]:
    """Policies of a principal, None if it may do everything; and its permissions boundary, None without one."""
    if _ANYBODY.match(source):
        return None, None
    kind, name = source.split(":")[-1].split("/")[0], source.rsplit("/", 1)[-1]
    if kind == "role":
        owners: list[Any] = [one for one in backend.roles.values() if one.arn == source]
    else:
        owners = [one for one in backend.users.values() if one.arn == source]
        owners += [group for group in backend.groups.values() if owners and owners[0] in group.users]
    if not owners:
        raise NotFoundException(f"The principal {name} cannot be found.")
    found = [_text(text) for owner in owners for text in owner.policies.values()]
    found += [_default(policy) for owner in owners for policy in owner.managed_policies.values()]
    arn = getattr(owners[0], "permissions_boundary_arn", None) or ""
    return found, [_default(backend.managed_policies[arn])] if arn else None


def _text(text: Any) -> Policy:
    policy: Policy = json.loads(unquote(text) if text.startswith("%") else text)
    return policy


def _default(policy: Any) -> Policy:
    return _text(next(one for one in policy.versions if one.version_id == policy.default_version_id).document)


def _decide(policies: list[Policy], action: str, resource: str, context: Context) -> str:
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in _list(policy["Statement"])
        if _applies(statement, action, resource, context)
    }
    return "explicitDeny" if "Deny" in effects else "allowed" if "Allow" in effects else "implicitDeny"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _like(value: str, pattern: str, flags: int = 0) -> bool:
    parts = [".*" if one == "*" else "." if one == "?" else re.escape(one) for one in re.split(r"([*?])", pattern)]
    return re.fullmatch("".join(parts), value, re.DOTALL | flags) is not None


def _applies(statement: dict[str, Any], action: str, resource: str, context: Context) -> bool:
    def any_like(key: str, value: str, flags: int = 0) -> bool:
        return any(_like(value, pattern, flags) for pattern in _list(statement[key]))

    acts = any_like("Action", action, re.I) if "Action" in statement else not any_like("NotAction", action, re.I)
    # Asked about all resources, IAM finds every statement that is about any.
    within = resource == "*" or (
        any_like("Resource", resource) if "Resource" in statement else not any_like("NotResource", resource)
    )
    return acts and within and all(
        _holds(operator, context.get(key.lower()), _list(wanted))
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, values: list[str] | None, wanted: list[str]) -> bool:
    if operator not in _CONDITIONS:
        raise ValueError(f"the local cloud cannot simulate the condition operator {operator}")
    if values is None:
        return operator.startswith("ForAllValues:")
    same = _like if operator.endswith("Like") else lambda value, one: value == one
    matches = [any(same(value, one) for one in wanted) for value in values]
    return all(matches) if operator.startswith("ForAllValues:") else any(matches)
