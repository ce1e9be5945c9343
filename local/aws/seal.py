"""Isolates the process: the caller's AWS settings do not get in, and no connection gets out."""

import os
import sys


def drop_settings(environ: dict[str, str]) -> None:
    """Removes the caller's AWS, moto and proxy settings.

    boto3 reads AWS_* while moto is imported (an unknown AWS_PROFILE would stop it), and each MOTO_* switch changes what
    the API does. A run must not depend on them.
    """
    for name in list(environ):
        if name.startswith(("AWS_", "BOTO", "MOTO_")) or name.lower().endswith("_proxy"):
            del environ[name]
    environ["AWS_CONFIG_FILE"] = os.devnull
    environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    environ["AWS_EC2_METADATA_DISABLED"] = "true"


def refuse_connections() -> None:
    """Makes every attempt to connect or to resolve a name an error.

    moto answers from memory, but a few of its features would call out (HTTP targets of SNS and EventBridge, Lambda by
    Docker). An audit hook covers every library and cannot be removed.
    """

    def refuse(event: str, args: tuple[object, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            raise PermissionError(f"the local cloud makes no outgoing connection: {args[-1]!r}")
        if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr") and args[0] != "127.0.0.1":
            raise PermissionError(f"the local cloud looks up no name: {args[0]!r}")

    sys.addaudithook(refuse)
