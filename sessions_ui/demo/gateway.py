"""Runs the stand-in with its samples until standard input ends: the demo's gateway process."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from sessions_ui.demo.standin import StandIn


def main() -> None:
    """Print one line with the address and the auditor's key, then wait for the end of input."""
    with StandIn(samples=True, port=0, shift_to=datetime.now(UTC)) as hoop:
        sys.stdout.write(json.dumps({"url": hoop.url, "key": hoop.auditor_key}) + "\n")
        sys.stdout.flush()
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
