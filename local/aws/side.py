"""What the AWS server answers below /_pilot/, beside the AWS API."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from moto.ec2.models import ec2_backends
from moto.s3.models import s3_backends

import states
from authorization import Authorization
from calls import CallCounts
from changes import Changes
from faults import BadRule, Faults, parse
from trouble import Trouble

PREFIX = "/_pilot/"

Answer = tuple[int, list[tuple[str, str]], bytes]


def _json(status: int, content: Any) -> Answer:
    return status, [("Content-Type", "application/json")], json.dumps(content).encode() + b"\n"


def _accounts() -> list[str]:
    """Accounts that have used EC2 or S3. moto creates an account at the first request with its credentials."""
    return sorted({*list(ec2_backends), *list(s3_backends)})


class Side:
    """Health, failures, faults, and the file server from which kOps reads the hashes of its assets."""

    def __init__(
        self,
        faults: Faults,
        trouble: Trouble,
        changes: Changes,
        calls: CallCounts,
        authorization: Authorization,
        change: Callable[[Callable[[], None]], None],
    ) -> None:
        """`change` does something to the cloud while no request does."""
        self._change = change
        self._faults = faults
        self._trouble = trouble
        self._changes = changes
        self._calls = calls
        self._authorization = authorization

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        name = path.removeprefix(PREFIX)
        if name == "health" and method in ("GET", "HEAD"):
            return _json(200, {"ok": True})
        if name == "accounts" and method == "GET":
            return _json(200, {"accounts": _accounts()})
        if name == "calls" and method == "GET":
            return _json(200, self._calls.all())
        if name == "permissions" and method == "GET":
            return _json(200, self._authorization.needed())
        if name == "errors" and method == "GET":
            return _json(200, self._trouble.all())
        if name == "faults" and method == "POST":
            return self._add_faults(body)
        if name == "faults" and method == "DELETE":
            self._faults.clear()
            return _json(200, {})
        if name == "holds" and method == "DELETE":
            self._faults.release()
            return _json(200, {})
        if name == "states" and method == "POST":
            return self._keep_states(body)
        if name == "states" and method == "DELETE":
            self._change(states.end)
            return _json(200, {})
        if name.startswith("holds/") and name.removeprefix("holds/").isdecimal() and method == "GET":
            return _json(200, self._faults.holds(int(name.removeprefix("holds/"))))
        if name.startswith("changes/") and name.removeprefix("changes/").isdecimal() and method == "GET":
            return _json(200, self._changes.after(int(name.removeprefix("changes/"))))
        if name.startswith("assets/") and method in ("GET", "HEAD"):
            return self._asset(name)
        known = "health, accounts, calls, permissions, errors, faults, holds, holds/N, states, changes/N and assets/"
        return _json(404, {"error": f"{method} {path}: no such endpoint; there are {known}"})

    def _add_faults(self, body: bytes) -> Answer:
        try:
            self._faults.add(parse(json.loads(body)))
        except (ValueError, BadRule) as error:
            return _json(400, {"error": str(error)})
        return _json(200, {})

    def _keep_states(self, body: bytes) -> Answer:
        try:
            kinds = json.loads(body)
            self._change(lambda: states.keep(kinds))
        except (ValueError, states.UnknownKind) as error:
            return _json(400, {"error": str(error)})
        return _json(200, {})

    def _asset(self, name: str) -> Answer:
        # kOps puts the hashes of nodeup, protokube and its images into the nodes' user data. No node downloads them
        # here, so any hash will do, but it must not change: another hash is another template, and so a rolling update.
        if not name.endswith(".sha256"):
            return _json(404, {"error": f"{name}: the local cloud has hashes of kOps's assets, not the assets"})
        return 200, [("Content-Type", "text/plain")], hashlib.sha256(name.encode()).hexdigest().encode() + b"\n"
