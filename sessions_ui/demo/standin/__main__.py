"""``python -m sessions_ui.demo.standin --port 0``: serve until the end, address and keys on one JSON line."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from datetime import UTC, datetime

from sessions_ui.demo.standin.server import StandIn


def main() -> None:
    options = _options()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    shift_to = datetime.now(UTC) if options.shift_to_now else None
    with StandIn(
        port=options.port,
        shift_to=shift_to,
        control=options.control,
        version=options.gateway_version,
        auditor_key=os.environ.get("STANDIN_AUDITOR_KEY"),
    ) as hoop:
        if options.generated:
            hoop.add_running(minutes_ago=3)
            hoop.add_pending_review(minutes_ago=8)
            hoop.add_large_log(options.events, minutes_ago=90)
        people = [person for person in hoop.state.people.everyone if not person.is_key]
        keys = {person.email: hoop.key_for(person.email) for person in people}
        line = json.dumps({"url": hoop.url, "auditor_key": hoop.auditor_key, "keys": keys})
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        if options.until_stdin_closes:
            threading.Thread(target=_wait_for_stdin, args=(stop,), daemon=True).start()
        stop.wait()


def _wait_for_stdin(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sessions_ui.demo.standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free one")
    parser.add_argument("--shift-to-now", action="store_true", help="move the samples' dates up to now")
    parser.add_argument(
        "--generated", action="store_true", help="add a running, a pending and a large session"
    )
    parser.add_argument("--events", type=int, default=50_000, help="events of the large log")
    parser.add_argument("--control", action="store_true", help="open /control to other processes")
    parser.add_argument("--gateway-version", default="unknown", help="what the Server header says")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the parent process")
    return parser.parse_args()


if __name__ == "__main__":
    main()
