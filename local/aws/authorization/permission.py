"""One permission that a call needs: an action on a resource, under conditions."""

from dataclasses import dataclass, field

Context = dict[str, list[str]]
"""Condition keys in lower case, with their values in this request. A key that the request does not have is absent."""


@dataclass(frozen=True)
class Permission:
    """An action as IAM names it, on one resource."""

    action: str
    resource: str = "*"
    context: Context = field(default_factory=dict)


def tags_in_request(tags: dict[str, str]) -> Context:
    """Context of a request that gives tags."""
    if not tags:
        return {}
    return {"aws:tagkeys": list(tags), **{f"aws:requesttag/{key.lower()}": [value] for key, value in tags.items()}}


def tags_of_resource(tags: dict[str, str]) -> Context:
    """Context of a resource that has tags."""
    return {f"aws:resourcetag/{key.lower()}": [value] for key, value in tags.items()}
