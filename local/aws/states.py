"""States between alive and gone, which AWS shows for seconds to minutes.

By default they end at once, so that everything on the local cloud is quick. POST /_pilot/states makes them last until
DELETE /_pilot/states ends them: a test then looks at a cloud that is still working. A restart of the server ends them.
"""

from collections.abc import Callable

KINDS = ("groups", "instances", "nat-gateways", "public-access-blocks", "volumes", "vpc-endpoints")

_lasting: set[str] = set()
_endings: list[Callable[[], None]] = []


class UnknownKind(Exception):
    """There are no such states."""


def lasts(kind: str) -> bool:
    """Whether a resource of this kind stays in such a state for now."""
    return kind in _lasting


def at_end(ending: Callable[[], None]) -> Callable[[], None]:
    """The decorated function ends the states of one kind: what comes up is there, what goes is gone."""
    _endings.append(ending)
    return ending


def keep(kinds: object) -> None:
    """Makes the states of these kinds last, and of no others from now on."""
    if not isinstance(kinds, list) or any(kind not in KINDS for kind in kinds):
        raise UnknownKind(f"a list of kinds is expected: {', '.join(KINDS)}")
    _lasting.clear()
    _lasting.update(kinds)


def end() -> None:
    """Ends all states."""
    _lasting.clear()
    for ending in _endings:
        ending()
