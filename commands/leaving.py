"""How a process ends that has talked to Temporal: at once, without taking the interpreter apart."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def leaving() -> Iterator[None]:
    """Do this as the last thing of a process, then end it with its exit code and with everything written out.

    A thread of the SDK may still be on its way out of Python when its last answer is already being worked on, and an
    interpreter that is taken apart under it aborts: now and then a deploy would look like a crash (sdk-python, issue
    300). What has to be closed is closed by then. Any other exception takes its usual way.
    """
    code: object = 0
    try:
        yield
    except SystemExit as asked:
        code = asked.code
    if code is not None and not isinstance(code, int):
        sys.stderr.write(f"{code}\n")
        code = 1
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)
