"""A process that has talked to Temporal ends at once: nothing is lost, and nothing of it is taken apart."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import atexit, logging, sys
from commands.leaving import leaving
logging.basicConfig(level=logging.INFO, format="%(message)s")
atexit.register(sys.stderr.write, "taken apart")
with leaving():
    print("the last word", end="")
    logging.info("the last entry")
    {ending}
"""


def left(ending: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT.format(ending=ending)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("ending", "code", "said"),
    [
        ("pass", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('the database cannot be reached')", 1, "the database cannot be reached\n"),
    ],
)
def test_it_ends_with_its_code_and_everything_written_out(ending: str, code: int, said: str) -> None:
    done = left(ending)
    assert (done.returncode, done.stdout, done.stderr) == (code, "the last word", f"the last entry\n{said}")


def test_a_failure_is_told_as_ever() -> None:
    done = left("1 / 0")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert done.stdout == "the last word"
