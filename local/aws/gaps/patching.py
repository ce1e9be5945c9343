"""How moto is changed: always by name, so that a moto without that name stops the start instead of being patched in vain."""

import functools
from collections.abc import Callable
from typing import Any


def around(owner: Any, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The decorated function takes the place of owner.name and is handed the original as its first argument."""
    original = getattr(owner, name)

    def put(replacement: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def patched(*args: Any, **kwargs: Any) -> Any:
            return replacement(original, *args, **kwargs)

        setattr(owner, name, patched)
        return replacement

    return put


def instead_of(owner: Any, name: str) -> Callable[[Any], Any]:
    """The decorated function or property takes the place of owner.name, the original is never called again."""
    getattr(owner, name)

    def put(replacement: Any) -> Any:
        setattr(owner, name, replacement)
        return replacement

    return put


def adds_to(owner: Any, name: str) -> Callable[[Any], Any]:
    """The decorated function or property becomes owner.name, which moto does not have."""
    if hasattr(owner, name):
        raise AttributeError(f"moto has a {owner.__name__}.{name} of its own now; see whether this patch is still needed")

    def put(addition: Any) -> Any:
        setattr(owner, name, addition)
        return addition

    return put
