"""Evaluates policies: an explicit Deny wins, else an Allow is needed, inside the permissions boundary if there is one.

Source: "Policy evaluation logic" and "IAM JSON policy elements: Condition operators" of the IAM User Guide. An element
that is not known here is an error, so that no test passes because a condition was left out.
"""

import functools
import re
from collections.abc import Callable
from typing import Any

from .permission import Context, Permission

Policy = dict[str, Any]


def allows(policies: list[Policy], boundary: list[Policy] | None, permission: Permission) -> bool:
    """Whether identity policies allow it; `boundary` is None for a role without a permissions boundary."""
    sets = [policies] if boundary is None else [policies, boundary]
    return all(_decides(policy_set, permission) for policy_set in sets)


def _decides(policies: list[Policy], permission: Permission) -> bool:
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in _list(policy["Statement"])
        if _applies(statement, permission)
    }
    return "Allow" in effects and "Deny" not in effects


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@functools.cache
def _pattern(text: str, ignore_case: bool) -> re.Pattern[str]:
    parts = [".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", text)]
    return re.compile("".join(parts) + r"\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _like(value: str, pattern: str, ignore_case: bool = False) -> bool:
    return _pattern(pattern, ignore_case).match(value) is not None


def _applies(statement: dict[str, Any], permission: Permission) -> bool:
    unknown = statement.keys() - {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
    if unknown:
        raise ValueError(f"the local cloud cannot evaluate {', '.join(sorted(unknown))} of a policy")

    def actions(key: str) -> bool:
        return any(_like(permission.action, pattern, True) for pattern in _list(statement[key]))

    def resources(key: str) -> bool:
        return any(_like(permission.resource, pattern) for pattern in _list(statement[key]))

    return (
        (actions("Action") if "Action" in statement else not actions("NotAction"))
        and (resources("Resource") if "Resource" in statement else not resources("NotResource"))
        and all(
            _holds(operator, permission.context, key.lower(), _list(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
}
_NEGATED = {"StringNotEquals": "StringEquals", "StringNotLike": "StringLike", "ArnNotLike": "ArnLike"}


def _holds(operator: str, context: Context, key: str, wanted: list[str]) -> bool:
    set_operator, _, name = operator.rpartition(":")
    if name == "Null":
        return (key not in context) == (str(wanted[0]).lower() == "true")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = name in _NEGATED
    test = _TESTS.get(_NEGATED.get(name, name))
    if test is None:
        raise ValueError(f"the local cloud cannot evaluate the condition operator {operator} of a policy")
    if key not in context:
        # A missing key fails every condition, but for negated ones, …IfExists and ForAllValues.
        return if_exists or negated or set_operator == "ForAllValues"

    def matches(value: str) -> bool:
        return any(test(value, str(one)) for one in wanted) != negated

    values = context[key]
    return all(map(matches, values)) if set_operator == "ForAllValues" else any(map(matches, values))
