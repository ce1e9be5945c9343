"""Tells whoever waits that something in the cloud may have changed, so that nobody has to ask all the time."""

import threading

WAIT_SECONDS = 20
"""An answer comes after this long anyway, so that a client can tell a quiet server from a dead one."""


def kind_of(service: str, path: str) -> str:
    """Under what a change is counted. Journals and locks, which Pilot keeps beside a cluster, change all the time and start no control plane: they have a count of their own."""
    return "s3/_pilot" if service == "s3" and "/_pilot/" in path else service


class Changes:
    """Counts the requests that are not mere reads, by service (see kind_of)."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._counts: dict[str, int] = {}

    def note(self, kind: str) -> None:
        """Counts one change."""
        with self._changed:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._changed.notify_all()

    def after(self, seen: int) -> dict[str, object]:
        """The counts as soon as their sum is not the one seen; a server that started anew begins at 0."""
        with self._changed:
            self._changed.wait_for(lambda: sum(self._counts.values()) != seen, WAIT_SECONDS)
            return {"count": sum(self._counts.values()), "services": dict(self._counts)}
