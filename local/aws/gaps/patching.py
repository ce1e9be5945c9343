"""How moto is patched: always by name, so that the start fails if moto no longer has that name."""

import functools
from collections.abc import Callable
from typing import Any


def around(owner: Any, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The decorated function replaces owner.name and gets the original as its first argument."""
    original = getattr(owner, name)

    def put(replacement: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def patched(*args: Any, **kwargs: Any) -> Any:
            return replacement(original, *args, **kwargs)

        setattr(owner, name, patched)
        return replacement

    return put


def instead_of(owner: Any, name: str) -> Callable[[Any], Any]:
    """The decorated function or property replaces owner.name; the original is never called."""
    getattr(owner, name)

    def put(replacement: Any) -> Any:
        setattr(owner, name, replacement)
        return replacement

    return put


def adds_to(owner: Any, name: str) -> Callable[[Any], Any]:
    """The decorated function or property becomes owner.name, which moto does not have."""
    if hasattr(owner, name):
        raise AttributeError(f"moto now has {owner.__name__}.{name} itself: check whether this patch is still needed")

    def put(addition: Any) -> Any:
        setattr(owner, name, addition)
        return addition

    return put
