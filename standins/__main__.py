"""`python -m standins`: run all four until told to stop, and say in one JSON line where they are."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from datetime import date
from pathlib import Path

from standins.together import Ports, together


def main() -> int:
    asked = _arguments()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    ports = Ports(asked.economic_port, asked.sendgrid_port, asked.twilio_port, asked.registers_port)
    try:
        with together(
            today=asked.today,
            outbox=asked.outbox,
            state=asked.state,
            ports=ports,
            events_to=asked.events_to,
            calls_back=asked.calls_back,
        ) as four:
            sys.stdout.write(json.dumps(four.described()) + "\n")
            sys.stdout.flush()
            stop.wait()
    except (OSError, ValueError) as problem:
        # A taken port or an unreadable state file: the person who started this must change something.
        sys.stderr.write(f"standins: {problem}\n")
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="standins", description=__doc__)
    parser.add_argument("--today", type=date.fromisoformat, help="the simulated day; the real one if not given")
    parser.add_argument("--outbox", type=Path, help="a folder for the mails and texts that were accepted")
    parser.add_argument("--state", type=Path, help="a file in which the books outlive a restart")
    parser.add_argument("--events-to", default="", help="a hook that hears what becomes of every accepted mail")
    parser.add_argument("--calls-back", action="store_true", help="tell the callback of every text what becomes of it")
    for service in ("economic", "sendgrid", "twilio", "registers"):
        parser.add_argument(f"--{service}-port", type=int, default=0, help="0 takes a free one")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
