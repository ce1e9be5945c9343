"""Faults on demand: makes AWS throttle, refuse, answer slowly, or hold a call until it is released."""

import re
import threading
from dataclasses import dataclass
from typing import Any

from calls import Call

KNOWN = {"service", "action", "path", "body", "agent", "status", "code", "message", "times", "delayMs", "hold"}

HOLDS = ("before", "after")

WAIT_SECONDS = 20
"""The longest wait for an answer about held calls, so that a client can tell a quiet server from a dead one."""

HELD_AT_MOST_SECONDS = 300
"""The longest time that a call is held: after it the test that asked for the hold is gone."""


class BadRule(Exception):
    """A fault rule that is not valid."""


@dataclass(frozen=True)
class Request:
    """What a rule may match in a request beside its call."""

    path: str
    """With the query, as in the URL."""
    body: str
    agent: str
    """User-Agent: distinguishes the SDK of kOps (aws-sdk-go) from that of this program (aws-sdk-js)."""


@dataclass
class Rule:
    """What happens to matching calls: first the delay, then the hold, then the error if it has a code."""

    service: str | None
    action: str | None
    path: re.Pattern[str] | None
    body: re.Pattern[str] | None
    agent: re.Pattern[str] | None
    status: int
    code: str | None
    message: str
    times: int | None
    """How many more calls it hits; None: all."""
    delay: float
    """Seconds."""
    hold: str | None
    """When the call waits to be released: "before" AWS does it, or "after", before the answer."""

    def fits(self, call: Call, request: Request) -> bool:
        return (
            self.times != 0
            and self.service in (None, call.service)
            and self.action in (None, call.action)
            and all(
                pattern is None or pattern.search(text)
                for pattern, text in ((self.path, request.path), (self.body, request.body), (self.agent, request.agent))
            )
        )


def parse(content: Any) -> list[Rule]:
    """Parses rules from JSON; the error names everything that is wrong."""
    if not isinstance(content, list):
        raise BadRule("a list of rules is expected")
    wrong: list[str] = []
    rules = [_parse_rule(f"[{index}]", item, wrong) for index, item in enumerate(content)]
    if wrong:
        raise BadRule("; ".join(wrong))
    return [rule for rule in rules if rule]


def _parse_rule(path: str, item: Any, wrong: list[str]) -> Rule | None:
    if not isinstance(item, dict):
        wrong.append(f"{path}: an object is expected")
        return None
    known = ", ".join(sorted(KNOWN))
    wrong.extend(f"{path}.{key}: no such key (known: {known})" for key in sorted(item.keys() - KNOWN))
    for key in ("service", "action", "path", "body", "agent", "code", "message"):
        if not isinstance(item.get(key), str | None):
            wrong.append(f"{path}.{key}: text is expected")
    patterns = {key: _pattern(f"{path}.{key}", item.get(key), wrong) for key in ("path", "body", "agent")}
    if item.get("hold") not in (None, *HOLDS):
        wrong.append(f"{path}.hold: {' or '.join(HOLDS)} is expected")
    for key in ("status", "times", "delayMs"):
        if not isinstance(item.get(key), int | None) or isinstance(item.get(key), bool):
            wrong.append(f"{path}.{key}: a whole number is expected")
    if not item.get("code") and not item.get("delayMs") and not item.get("hold"):
        wrong.append(f"{path}: needs a code (an error), delayMs (a slow answer) or hold (an answer after a release)")
    if wrong:
        return None
    return Rule(
        service=item.get("service"),
        action=item.get("action"),
        **patterns,
        status=item.get("status") or 400,
        code=item.get("code"),
        message=item.get("message") or "asked for by POST /_pilot/faults",
        times=item.get("times"),
        delay=(item.get("delayMs") or 0) / 1000,
        hold=item.get("hold"),
    )


def _pattern(path: str, text: Any, wrong: list[str]) -> re.Pattern[str] | None:
    if not isinstance(text, str):
        return None
    try:
        return re.compile(text)
    except re.error as error:
        wrong.append(f"{path}: not a regular expression: {error}")
        return None


class Faults:
    """The active rules. A later POST adds rules; the first rule that matches a call applies."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._rules: list[Rule] = []
        self._held: dict[int, str] = {}
        self._count = 0

    def add(self, rules: list[Rule]) -> None:
        with self._lock:
            self._rules.extend(rules)

    def clear(self) -> None:
        """Removes all rules and releases the held calls."""
        with self._lock:
            self._rules.clear()
            self._release()

    def release(self) -> None:
        """Releases the held calls; the rules stay."""
        with self._lock:
            self._release()

    def _release(self) -> None:
        self._held.clear()
        self._lock.notify_all()

    def hit(self, call: Call, request: Request) -> Rule | None:
        with self._lock:
            for rule in self._rules:
                if rule.fits(call, request):
                    if rule.times is not None:
                        rule.times -= 1
                    return rule
        return None

    def hold(self, call: Call) -> None:
        """Returns when the call is released."""
        with self._lock:
            self._count += 1
            mine = self._count
            self._held[mine] = f"{call.service} {call.action}"
            self._lock.notify_all()
            self._lock.wait_for(lambda: mine not in self._held, HELD_AT_MOST_SECONDS)
            self._held.pop(mine, None)

    def holds(self, seen: int) -> dict[str, object]:
        """How many calls have been held, as soon as that differs from the number seen, and which are held now."""
        with self._lock:
            self._lock.wait_for(lambda: self._count != seen, WAIT_SECONDS)
            return {"count": self._count, "held": list(self._held.values())}
