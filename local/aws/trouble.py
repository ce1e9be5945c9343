"""Keeps the requests at which the AWS server itself failed.

An SDK takes a 5xx for a passing failure of AWS and silently retries for minutes. Here it is always a gap in the
emulation, and the user must see it.
"""

import logging
import threading
import time
import traceback
from collections import deque
from typing import Any

from calls import Call

LOG = logging.getLogger("trouble")

KEPT = 200
LINES = 8


class Trouble:
    """The last failures, newest last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def add(self, call: Call, status: int, detail: list[str]) -> None:
        with self._lock:
            self._failures.append(
                {
                    "service": call.service,
                    "action": call.action,
                    "status": status,
                    "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                    "detail": detail,
                }
            )
        text = "\n    ".join(detail)
        LOG.error("!!! %s %s failed inside the local cloud (%d):\n    %s", call.service, call.action, status, text)

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._failures)


def last_lines(error: BaseException) -> list[str]:
    """The end of a traceback, where the reason is."""
    lines = "".join(traceback.format_exception(error)).rstrip().splitlines()
    return lines[-LINES:]
