"""The AWS API of the local cloud: moto in this process, patched where it differs from AWS.

    python local/aws/server.py --dir DIR --port PORT

Prints one line of JSON, {"endpoint": "http://127.0.0.1:PORT"}, as soon as it answers, and logs to stderr.
Keeps its state in DIR over restarts. SIGTERM and SIGINT end it.
"""

import argparse
import io
import ipaddress
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import seal

HERE = Path(__file__).resolve().parent

seal.drop_settings(os.environ)  # type: ignore[arg-type]
# moto reads these while it is imported. kOps looks images up by owner and name; only the images in this file exist.
os.environ["MOTO_AMIS_PATH"] = str(HERE / "amis.json")
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
os.environ["MOTO_ENABLE_AMI_VALIDATION"] = "true"

from moto.core.models import DEFAULT_ACCOUNT_ID  # noqa: E402
from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import ThreadedWSGIServer  # noqa: E402

import gaps  # noqa: E402, F401 - importing it completes moto
import memoised  # noqa: E402, F401 - importing it speeds moto up
import states  # noqa: E402
from authorization import Authorization  # noqa: E402
from calls import Call, CallCounts, identify  # noqa: E402
from changes import Changes, kind_of  # noqa: E402
from faults import Faults, Request  # noqa: E402
from memory import Memory, MemoryUnreadable  # noqa: E402
from side import PREFIX, Side  # noqa: E402
from trouble import Trouble, last_lines  # noqa: E402

LOG = logging.getLogger("aws")

GAP_STATUS = 501
"""The status when moto fails, instead of 500. No SDK retries a 501, so the caller fails at once with the reason."""


SAVING = Call("pilot", "SaveMemory", "json")
"""The entry of a failed save in the list of failures."""


LATENCIES = {"DescribeSecurityGroupRules": 0.1}
"""The shortest duration of a call in seconds.

kOps compares the rules of security groups in parallel, and finds rules to delete in a group only after it has found the
others (SecurityGroup.FindDeletions in upup/pkg/fi/cloudup/awstasks). On AWS it has found them by then. Here the threads
answer in any order, and without the delay every fifth run of kOps misses some.
"""


class App:
    """Routes each request to an endpoint of the local cloud, to a fault, or to moto."""

    def __init__(self, memory: Memory, lock: threading.Lock, faults: Faults, trouble: Trouble) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._memory = memory
        self._lock = lock
        self._faults = faults
        self._trouble = trouble
        self._changes = Changes()
        self._calls = CallCounts()
        self._authorization = Authorization(DEFAULT_ACCOUNT_ID)
        self._side = Side(faults, trouble, self._changes, self._calls, self._authorization, self._change)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        body = _body(environ)
        if len(body) < int(environ.get("CONTENT_LENGTH") or 0):
            # The client was killed while it sent. AWS does nothing then either.
            status, headers, content = 400, [], b"IncompleteBody: the request ended before its body"
        elif path.startswith(PREFIX):
            status, headers, content = self._side.answer(environ["REQUEST_METHOD"], path, body)
        else:
            status, headers, content = self._call(environ, body)
        if environ["REQUEST_METHOD"] == "HEAD":
            content = b""
        else:
            # A client needs the length to find the next answer on the same connection.
            framing = ("content-length", "transfer-encoding")
            headers = [(name, value) for name, value in headers if name.lower() not in framing]
            headers.append(("Content-Length", str(len(content))))
        start_response(f"{status} -", headers)
        return [content]

    def _change(self, work: Callable[[], None]) -> None:
        with self._lock:
            work()
            self._memory.change()
        for service in ("autoscaling", "ec2"):
            self._changes.note(service)

    def _call(self, environ: dict[str, Any], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        started = time.monotonic()
        call = identify(environ, body)
        self._calls.note(call, environ.get("HTTP_USER_AGENT", ""))
        status, headers, content = self._answer(call, environ, body)
        if not call.reads_only or status >= 400:
            LOG.info("%s %s %d %.0fms", call.service, call.action, status, (time.monotonic() - started) * 1000)
        return status, headers, content

    def _answer(self, call: Call, environ: dict[str, Any], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        fault = self._faults.hit(call, _request(environ, body))
        if fault:
            time.sleep(fault.delay)
            if fault.hold == "before":
                self._faults.hold(call)
            if fault.code:
                return call.error(fault.status, fault.code, fault.message)
        time.sleep(LATENCIES.get(call.action, 0))
        answer = self._do(call, environ, body)
        if fault and fault.hold == "after":
            self._faults.hold(call)
        return answer

    def _do(self, call: Call, environ: dict[str, Any], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        try:
            # One request at a time: moto's state has no locks, and what is atomic on AWS (a conditional write to S3)
            # must be atomic here.
            with self._lock:
                denial = self._authorization.denial(call, environ, body)
                if denial:
                    return call.error(403, call.denial_code, denial)
                try:
                    status, headers, content = _run(self._moto, environ)
                finally:
                    if not call.reads_only:
                        self._memory.change()
                        self._changes.note(kind_of(call.service, environ["PATH_INFO"]))
        except Exception as error:
            self._trouble.add(call, GAP_STATUS, last_lines(error))
            message = f"the local cloud cannot do {call.service} {call.action}: {type(error).__name__}: {error}"
            return call.error(GAP_STATUS, "LocalCloudGap", message)
        if status >= 500:
            self._trouble.add(call, status, content.decode("utf-8", "replace").splitlines()[:8])
        return status, headers, content


def _request(environ: dict[str, Any], body: bytes) -> Request:
    query = environ.get("QUERY_STRING", "")
    path = environ["PATH_INFO"] + (f"?{query}" if query else "")
    return Request(path, body.decode("utf-8", "replace"), environ.get("HTTP_USER_AGENT", ""))


def _body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    if length:
        body = environ["wsgi.input"].read(int(length))
    elif environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read()
    else:
        body = b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _run(app: Any, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    answer: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        answer.append((status, headers))

    chunks = app(environ, start_response)
    try:
        content = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = answer[-1]
    return int(status.split(" ")[0]), list(headers), content


class Handler(MotoRequestHandler):
    """moto's handler without a log line per request, and with connections that stay open, as on AWS.

    werkzeug closes each connection, because it cannot know whether an application has read the whole request. This one
    has. The application writes its own log lines.
    """

    protocol_version = "HTTP/1.1"
    # Send head and body in one piece.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_request(self, *_: Any) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            # The client was killed, perhaps by a test.
            pass

    def handle_expect_100(self) -> bool:
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def run_wsgi(self) -> None:
        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            code, reason = status.split(" ", 1)
            self.send_response(int(code), reason)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()

        for chunk in self.server.app(self.make_environ(), start_response):
            self.wfile.write(chunk)
        self.wfile.flush()


class Server(ThreadedWSGIServer):
    """Answers on loopback only. Its threads end with the process."""

    daemon_threads = True
    request_queue_size = 256


def _loopback(text: str) -> str:
    try:
        if ipaddress.ip_address(text).is_loopback:
            return text
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(
        f"{text} is not a loopback address; the local cloud answers this machine only, use 127.0.0.1"
    )


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def main() -> int:
    """Runs the server until a signal stops it."""
    parser = argparse.ArgumentParser(description="The AWS API of the local cloud.")
    parser.add_argument("--dir", type=Path, required=True, help="where the state is kept")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--host", type=_loopback, default="127.0.0.1")
    options = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    options.dir.mkdir(parents=True, exist_ok=True)
    lock = threading.Lock()
    trouble = Trouble()
    memory = Memory(options.dir / "aws.pickle", lock, lambda error: trouble.add(SAVING, GAP_STATUS, last_lines(error)))
    try:
        if memory.load():
            states.end()
            LOG.info("restored the state of %s", options.dir)
    except MemoryUnreadable as error:
        print(f"The local AWS server cannot start: {error}. Delete it with: npm run local:reset", file=sys.stderr)
        return 1

    app = App(memory, lock, Faults(), trouble)
    try:
        listener = socket.create_server(
            (options.host, options.port), family=_family(options.host), backlog=Server.request_queue_size
        )
    except OSError as error:
        print(
            f"The local AWS server cannot start: port {options.port} of {options.host}: {error.strerror}. "
            "Find out what uses it, or stop the local cloud with: npm run local:stop",
            file=sys.stderr,
        )
        return 1
    # Passed as a descriptor, because werkzeug ends the process when a port is busy.
    port = listener.getsockname()[1]
    server = Server(options.host, port, app, Handler, fd=listener.fileno())
    seal.refuse_connections()
    threading.Thread(target=memory.keep_saving, name="save", daemon=True).start()
    threading.Thread(target=server.serve_forever, name="serve", daemon=True).start()
    print(json.dumps({"endpoint": f"http://{_in_url(options.host)}:{port}"}), flush=True)

    stop.wait()
    # Saving waits for the request in progress. A later request gets no answer, so the client knows that it is not done.
    try:
        memory.save()
    except Exception as error:  # whatever pickle or the disk says
        print(
            f"The local AWS server could not save its state to {options.dir}: {error}. "
            "Delete the state with: npm run local:reset",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
