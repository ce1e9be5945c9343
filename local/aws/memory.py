"""What the AWS server keeps over a restart, even over a kill -9.

All of moto's backends go into one pickle, because they refer to each other (an Auto Scaling group holds EC2 instances).
The file starts with one line of JSON that names the versions that wrote it, so that a file of another version is
recognised before it is loaded.
"""

import copyreg
import hashlib
import importlib
import io
import json
import os
import pickle
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import moto
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from cryptography.x509 import Certificate, load_der_x509_certificate
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.ec2.models import EC2Backend

FORMAT = 1

SAVE_AFTER_SECONDS = 0.7
"""How long a change may be unsaved. Together with the writing it must stay below a second."""

STACK_BYTES = 256 * 1024 * 1024
"""pickle descends one C frame per reference, and a VPC, its instances and their groups are one long chain."""


PRIVATE_KEYS = get_args(PrivateKeyTypes)
PUBLIC_KEYS = get_args(PublicKeyTypes)
PRIVATE_FORM = (Encoding.DER, PrivateFormat.PKCS8)
PUBLIC_FORM = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class MemoryUnreadable(Exception):
    """The saved memory exists but cannot be used."""


def _service(module: str, name: str) -> BackendDict[Any]:
    return getattr(importlib.import_module(module), name)


def _account(module: str, name: str, account_id: str) -> AccountSpecificBackend[Any]:
    return _service(module, name)[account_id]


def _address(service: BackendDict[Any]) -> tuple[str, str]:
    module = service.backend.__module__
    for name, value in vars(sys.modules[module]).items():
        if value is service:
            return module, name
    raise LookupError(f"{module} has no name for its {service.service_name} backends")


def _spooled_file(content: bytes, position: int) -> Any:
    file: Any = tempfile.SpooledTemporaryFile(max_size=len(content) + 1)
    file.write(content)
    file.seek(position)
    return file


def _private_key(der: bytes) -> Any:
    return load_der_private_key(der, password=None)


def _certificate(der: bytes) -> Any:
    return load_der_x509_certificate(der)


def _reduce_spooled_file(file: Any) -> tuple[Any, ...]:
    position = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(position)
    return _spooled_file, (content, position)


class _Pickler(pickle.Pickler):
    """Pickles moto's objects; containers by their address, so that loading fills the containers that moto uses."""

    _accounts: dict[int, tuple[str, str, str]]

    def reducer_override(self, obj: Any) -> Any:
        # Called for every object; there are few types, so the result is cached by type.
        kind = type(obj)
        if kind not in _reducers:
            _reducers[kind] = next((reduce for kinds, reduce in _REDUCED if issubclass(kind, kinds)), None)
        reduce = _reducers[kind]
        return NotImplemented if reduce is None else reduce(self, obj)


_REDUCED: tuple[tuple[Any, Callable[[_Pickler, Any], tuple[Any, ...]]], ...] = (
    (BackendDict, lambda _, service: (_service, _address(service))),
    (AccountSpecificBackend, lambda pickler, account: (_account, pickler._accounts[id(account)])),
    # KMS keys: EC2 creates one for its first encrypted volume.
    (PRIVATE_KEYS, lambda _, key: (_private_key, (key.private_bytes(*PRIVATE_FORM, NoEncryption()),))),
    (PUBLIC_KEYS, lambda _, key: (load_der_public_key, (key.public_bytes(*PUBLIC_FORM),))),
    # Certificates of ACM.
    (Certificate, lambda _, certificate: (_certificate, (certificate.public_bytes(Encoding.DER),))),
)

_reducers: dict[type, Callable[[_Pickler, Any], tuple[Any, ...]] | None] = {}

_Pickler.dispatch_table = copyreg.dispatch_table.copy()  # type: ignore[attr-defined]
_Pickler.dispatch_table.update(  # type: ignore[attr-defined]
    {
        type(threading.Lock()): lambda _: (threading.Lock, ()),
        type(threading.RLock()): lambda _: (threading.RLock, ()),
        threading.Condition: lambda _: (threading.Condition, ()),
        threading.Event: lambda _: (threading.Event, ()),
        tempfile.SpooledTemporaryFile: _reduce_spooled_file,
    }
)


def dump() -> bytes:
    """Pickles all backends. Nothing may change them while it runs."""
    accounts: dict[int, tuple[str, str, str]] = {}
    content: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for service in list(BackendDict._instances):
        address = _address(service)
        content[address] = {}
        for account_id, account in service.items():
            accounts[id(account)] = (*address, account_id)
            content[address][account_id] = dict(account)
    buffer = io.BytesIO()
    pickler = _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL)
    pickler._accounts = accounts
    pickler.dump(content)
    return buffer.getvalue()


def restore(data: bytes) -> None:
    """Puts pickled backends where moto looks for them."""
    for (module, name), accounts in pickle.loads(data).items():
        service = _service(module, name)
        for account_id, regions in accounts.items():
            account = service[account_id]
            for region, backend in regions.items():
                dict.__setitem__(account, region, backend)
                if isinstance(backend, EC2Backend):
                    _enlist(backend)


def _enlist(backend: EC2Backend) -> None:
    # moto finds the peer of a VPC peering or gateway attachment through these, and fills them only in constructors.
    for registry in (backend.vpc_refs, backend.vpc_pcx_refs, backend.backend_refs):
        registry[type(backend)].add(weakref.ref(backend))


def _with_deep_stack(work: Callable[[], Any]) -> Any:
    outcome: list[Any] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            failure.append(error)

    before_size, before_limit = threading.stack_size(STACK_BYTES), sys.getrecursionlimit()
    sys.setrecursionlimit(200_000)
    try:
        thread = threading.Thread(target=run, name="pickle")
        thread.start()
        threading.stack_size(before_size)
        thread.join()
    finally:
        threading.stack_size(before_size)
        sys.setrecursionlimit(before_limit)
    if failure:
        raise failure[0]
    return outcome[0]


class Memory:
    """Loads the saved state once, and saves it soon after each change."""

    def __init__(self, file: Path, lock: threading.Lock, failed: Callable[[BaseException], None]) -> None:
        self._file = file
        self._lock = lock
        self._failed = failed
        self._writing = threading.Lock()
        self._changed = threading.Event()
        self._unsaved = False

    def load(self) -> bool:
        """Restores what the last run saved; False if nothing is saved."""
        try:
            raw = self._file.read_bytes()
        except FileNotFoundError:
            return False
        try:
            first, _, data = raw.partition(b"\n")
            head = json.loads(first)
            written_by = (head["format"], head["moto"], head["python"])
        except (ValueError, KeyError, TypeError) as error:
            raise MemoryUnreadable(f"{self._file} is not a memory of the local cloud's AWS server ({error})") from error
        if written_by != _writer():
            raise MemoryUnreadable(
                f"{self._file} was written by another version of the local cloud's AWS server "
                f"(format, moto, python: {written_by}, now {_writer()})"
            )
        if hashlib.sha256(data).hexdigest() != head["sha256"]:
            raise MemoryUnreadable(f"{self._file} is damaged: its checksum does not match")
        try:
            _with_deep_stack(lambda: restore(data))
        except Exception as error:
            raise MemoryUnreadable(f"{self._file} cannot be loaded: {type(error).__name__}: {error}") from error
        return True

    def change(self) -> None:
        """Notes an unsaved change."""
        self._changed.set()

    def keep_saving(self) -> None:
        """Saves after changes until the process ends. Runs in its own thread."""
        pause = threading.Event()
        while True:
            self._changed.wait()
            pause.wait(SAVE_AFTER_SECONDS)
            try:
                self.save()
            except Exception as error:
                # The next change retries, and so does the end, where the result decides the exit code.
                self._failed(error)
                self._changed.clear()
                self._unsaved = True

    def save(self) -> None:
        """Writes the state now if it changed: the whole state or nothing."""
        with self._writing:
            if not self._changed.is_set() and not self._unsaved:
                return
            with self._lock:
                self._changed.clear()
                data = _with_deep_stack(dump)
            self._write(data)
            self._unsaved = False

    def _write(self, data: bytes) -> None:
        form, moto_version, python = _writer()
        head = {"format": form, "moto": moto_version, "python": python, "sha256": hashlib.sha256(data).hexdigest()}
        temporary = self._file.with_suffix(".tmp")
        # It contains the private keys of the state store.
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(json.dumps(head).encode() + b"\n")
            file.write(data)
        temporary.replace(self._file)


def _writer() -> tuple[int, str, str]:
    return FORMAT, moto.__version__, f"{sys.version_info.major}.{sys.version_info.minor}"
