"""Faults on demand: makes AWS throttle, refuse, answer slowly, or hold a call until it is let go."""

import re
import threading
from dataclasses import dataclass
from typing import Any

from calls import Call

KNOWN = {"service", "action", "path", "body", "agent", "status", "code", "message", "times", "delayMs", "hold"}

HOLDS = ("before", "after")

WAIT_SECONDS = 20
"""An answer about held calls comes after this long anyway, so that a client can tell a quiet server from a dead one."""

HELD_AT_MOST_SECONDS = 300
"""Nobody waits longer for an answer; whoever asked for the hold is gone."""


class BadRule(Exception):
    """A fault rule that says nothing that can be done."""


@dataclass(frozen=True)
class Request:
    """What of a request a rule may look at beside its call."""

    path: str
    """With the query, as in the URL."""
    body: str
    agent: str
    """User-Agent: tells the SDK of kOps (aws-sdk-go) from that of this program (aws-sdk-js)."""


@dataclass
class Rule:
    """What happens to the calls it fits: first the delay, then the hold, then the error when it has a code."""

    service: str | None
    action: str | None
    path: re.Pattern[str] | None
    body: re.Pattern[str] | None
    agent: re.Pattern[str] | None
    status: int
    code: str | None
    message: str
    times: int | None
    """How many calls it still hits; None: all."""
    delay: float
    """Seconds."""
    hold: str | None
    """The call waits until it is let go: "before" AWS has done it, or "after", with only the answer outstanding."""

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
    """Rules from JSON; raises with everything that is wrong with them."""
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
    wrong.extend(f"{path}.{key}: no such key (known: {', '.join(sorted(KNOWN))})" for key in sorted(item.keys() - KNOWN))
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
        wrong.append(f"{path}: needs a code (an error), delayMs (a slow answer) or hold (none until it is let go)")
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
    """The rules in force. A later POST adds to them; the first that fits a call is the one that hits it."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._rules: list[Rule] = []
        self._held: dict[int, str] = {}
        self._count = 0

    def add(self, rules: list[Rule]) -> None:
        with self._lock:
            self._rules.extend(rules)

    def clear(self) -> None:
        """Takes all rules away, and lets go what is held."""
        with self._lock:
            self._rules.clear()
            self._let_go()

    def let_go(self) -> None:
        """Lets go the calls held now; the rules stay."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
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
        """Comes back when the call is let go."""
        with self._lock:
            self._count += 1
            mine = self._count
            self._held[mine] = f"{call.service} {call.action}"
            self._lock.notify_all()
            self._lock.wait_for(lambda: mine not in self._held, HELD_AT_MOST_SECONDS)
            self._held.pop(mine, None)

    def holds(self, seen: int) -> dict[str, object]:
        """How many calls have been held so far, as soon as that is not the number seen, and which are held now."""
        with self._lock:
            self._lock.wait_for(lambda: self._count != seen, WAIT_SECONDS)
            return {"count": self._count, "held": list(self._held.values())}
