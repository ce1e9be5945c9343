"""Faults on demand: makes AWS throttle, refuse or answer slowly."""

import threading
from dataclasses import dataclass
from typing import Any

from calls import Call

KNOWN = {"service", "action", "status", "code", "message", "times", "delayMs"}


class BadRule(Exception):
    """A fault rule that says nothing that can be done."""


@dataclass
class Rule:
    """What happens to the calls it fits: first the delay, then the error when it has a code."""

    service: str | None
    action: str | None
    status: int
    code: str | None
    message: str
    times: int | None
    """How many calls it still hits; None: all."""
    delay: float
    """Seconds."""

    def fits(self, call: Call) -> bool:
        return self.times != 0 and self.service in (None, call.service) and self.action in (None, call.action)


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
    for key in ("service", "action", "code", "message"):
        if not isinstance(item.get(key), str | None):
            wrong.append(f"{path}.{key}: text is expected")
    for key in ("status", "times", "delayMs"):
        if not isinstance(item.get(key), int | None) or isinstance(item.get(key), bool):
            wrong.append(f"{path}.{key}: a whole number is expected")
    if not item.get("code") and not item.get("delayMs"):
        wrong.append(f"{path}: needs a code (an error) or delayMs (a slow answer)")
    if wrong:
        return None
    return Rule(
        service=item.get("service"),
        action=item.get("action"),
        status=item.get("status") or 400,
        code=item.get("code"),
        message=item.get("message") or "asked for by POST /_pilot/faults",
        times=item.get("times"),
        delay=(item.get("delayMs") or 0) / 1000,
    )


class Faults:
    """The rules in force. A later POST adds to them; the first that fits a call is the one that hits it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []

    def add(self, rules: list[Rule]) -> None:
        with self._lock:
            self._rules.extend(rules)

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def hit(self, call: Call) -> Rule | None:
        with self._lock:
            for rule in self._rules:
                if rule.fits(call):
                    if rule.times is not None:
                        rule.times -= 1
                    return rule
        return None
