"""Reads from an HTTP request which AWS API is called, and writes errors as that API writes them."""

import json
import re
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.core.request import Request
from moto.core.routing import get_service_router
from werkzeug.exceptions import HTTPException

SAFE_PREFIXES = ("Describe", "Get", "List", "Head", "Lookup", "Search", "Test", "Simulate", "Validate")


@dataclass(frozen=True)
class Call:
    """One call of the AWS API."""

    service: str
    """Signing name: ec2, autoscaling, elasticloadbalancing, s3, ..."""
    action: str
    protocol: str
    """ec2, query, rest-xml, s3, json or rest-json: decides how an error is written."""

    @property
    def reads_only(self) -> bool:
        return self.action.startswith(SAFE_PREFIXES)

    @property
    def denial_code(self) -> str:
        """What this API calls a request that IAM denies."""
        if self.protocol == "ec2":
            return "UnauthorizedOperation"
        return "AccessDeniedException" if self.protocol in ("json", "rest-json") else "AccessDenied"

    def error(self, status: int, code: str, message: str) -> tuple[int, list[tuple[str, str]], bytes]:
        """An error answer in the form that the SDKs expect from this API."""
        detail = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        if self.protocol == "ec2":
            body = f"<Response><Errors><Error>{detail}</Error></Errors><RequestID>pilot</RequestID></Response>"
        elif self.protocol == "s3":
            body = f"<Error>{detail}<RequestId>pilot</RequestId></Error>"
        elif self.protocol in ("query", "rest-xml"):
            kind = "Sender" if status < 500 else "Receiver"
            error = f"<Error><Type>{kind}</Type>{detail}</Error>"
            body = f"<ErrorResponse>{error}<RequestId>pilot</RequestId></ErrorResponse>"
        else:
            content = json.dumps({"__type": code, "message": message}).encode()
            return status, [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-errortype", code)], content
        return status, [("Content-Type", "text/xml")], f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode()


def identify(environ: dict[str, Any], body: bytes) -> Call:
    """Which API a request calls. A request that names none is one to S3, as in moto."""
    service = _signing_name(environ)
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return Call(service or target.split(".")[0].lower(), target.split(".")[-1], "json")
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        action = parse_qs(body.decode("utf-8", "replace")).get("Action", ["?"])[0]
        return Call(service or "sts", action, "ec2" if service == "ec2" else "query")
    action_in_query = parse_qs(environ.get("QUERY_STRING", "")).get("Action")
    if action_in_query and service != "s3":
        return Call(service or "sts", action_in_query[0], "ec2" if service == "ec2" else "query")
    if service == "s3" and environ["PATH_INFO"].startswith("/v20180820/"):
        # The settings of an account. They are signed for S3, and their paths begin with the version of the API.
        return Call("s3control", _routed(environ, "s3control"), "rest-xml")
    if service in (None, "s3"):
        return Call("s3", _routed(environ, "s3"), "s3")
    if service in ("route53", "cloudfront"):
        return Call(service, _routed(environ, service), "rest-xml")
    return Call(service, _routed(environ, service), "rest-json")


def _signing_name(environ: dict[str, Any]) -> str | None:
    try:
        # AWS4-HMAC-SHA256 Credential=KEY/20260101/ap-southeast-2/ec2/aws4_request, SignedHeaders=...
        return environ["HTTP_AUTHORIZATION"].split("Credential=")[1].split(",")[0].split("/")[3].lower()
    except (KeyError, IndexError):
        return None


def _routed(environ: dict[str, Any], service: str) -> str:
    try:
        operation, _ = get_service_router(service).match(Request(dict(environ)))
        return operation.name
    except (HTTPException, NotImplementedError, LookupError, ValueError):
        # The model has no such operation. The verb still tells whether something may have changed.
        return f"{environ['REQUEST_METHOD'].capitalize()}Something"


class CallCounts:
    """Counts calls by caller and API call: `{"kops": {"ec2 DescribeInstances": 3}}`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, dict[str, int]] = {}

    def note(self, call: Call, user_agent: str) -> None:
        """Counts one call."""
        with self._lock:
            calls = self._counts.setdefault(caller_of(user_agent), {})
            name = f"{call.service} {call.action}"
            calls[name] = calls.get(name, 0) + 1

    def all(self) -> dict[str, dict[str, int]]:
        """All counts since this server began."""
        with self._lock:
            return {caller: dict(calls) for caller, calls in self._counts.items()}


def caller_of(user_agent: str) -> str:
    """`kops`, `pilot` (the provider, by the name that it gives itself), or `other`, such as a Pulumi plugin."""
    if "aws-sdk-go" in user_agent:
        return "kops"
    return "pilot" if re.search(r"(^| )pilot(/|$| )", user_agent) else "other"
