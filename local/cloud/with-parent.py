"""Runs a Python program that must not outlive the process that started it.

    python with-parent.py PROGRAM [ARGUMENT...]

Standard input is a pipe that nobody writes to: it closes when the parent is gone, however it went. The program then
gets a SIGTERM, as from a parent that stops it in good order, and is ended when it does not heed it.
"""

import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

GRACE_SECONDS = 10


def _follow_parent() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


threading.Thread(target=_follow_parent, name="parent", daemon=True).start()
del sys.argv[0]
sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
runpy.run_path(sys.argv[0], run_name="__main__")
