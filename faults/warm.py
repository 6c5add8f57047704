"""Imported once by the process that the workers are forked from: what each would work out anew, half a second long."""

from __future__ import annotations

from temporalio.worker._worker import load_default_build_id

import faults.process  # noqa: F401

load_default_build_id()
