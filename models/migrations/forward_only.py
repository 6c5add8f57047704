"""Migrations go one way: what stands on record is never taken back by leaving a version again."""

from __future__ import annotations

from typing import NoReturn


def refuse_to_go_back() -> NoReturn:
    """Say what to do instead of a downgrade."""
    raise RuntimeError("the ledger and the trail are not taken back; restore a backup instead")
