"""Tells waiting clients that something in the cloud may have changed, so that they need not poll."""

import threading

WAIT_SECONDS = 20
"""The longest wait for an answer, so that a client can tell a quiet server from a dead one."""


def kind_of(service: str, path: str) -> str:
    """The name under which a change is counted.

    Pilot's journals and locks change often and start no control plane, so they are counted separately.
    """
    return "s3/_pilot" if service == "s3" and "/_pilot/" in path else service


class Changes:
    """Counts the requests that may change something, by service (see kind_of)."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._counts: dict[str, int] = {}

    def note(self, kind: str) -> None:
        """Counts one change."""
        with self._changed:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._changed.notify_all()

    def after(self, seen: int) -> dict[str, object]:
        """The counts, as soon as their sum differs from the one seen. A restarted server begins at 0."""
        with self._changed:
            self._changed.wait_for(lambda: sum(self._counts.values()) != seen, WAIT_SECONDS)
            return {"count": sum(self._counts.values()), "services": dict(self._counts)}
