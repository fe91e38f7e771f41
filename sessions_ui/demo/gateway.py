"""Runs the stand-in with the demo's sessions until standard input ends: the demo's gateway process."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

from sessions_ui.demo.standin import StandIn
from sessions_ui.demo.standin.samples import shift
from sessions_ui.demo.standin.streams import StoredStream

#: These were put into the recorded gateway's database by hand, with sizes that nobody had measured.
#: (``truncated`` keeps its size: it stands for a recording that hoop cut.)
INVENTED_SIZES = (
    "bad-base64",
    "guardrail-blocked",
    "http-proxy",
    "machine",
    "masked",
    "pg-native",
    "rdp",
    "runbook",
)


def main() -> None:
    """Print one line with the address, the auditor's key and a recording to destroy; then obey, a
    session's id a line, each answered by ``done``, until the end of input."""
    with StandIn(samples=True, port=0, shift_to=datetime.now(UTC)) as hoop:
        furnish(hoop)
        _say({"url": hoop.url, "key": hoop.auditor_key, "doomed": hoop.id_of("destroyed")})
        for line in sys.stdin:
            hoop.kill(line.strip())
            _say({"done": line.strip()})


def _say(words: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def furnish(hoop: StandIn) -> None:
    """The samples with true sizes, one that another's approval covers, and sessions that no recording
    can hold: one that keeps printing, one that waits for its review, and a long one."""
    for case in INVENTED_SIZES:
        session = hoop.session(hoop.id_of(case))
        if isinstance(session.stream, StoredStream):
            size = len(session.stream.text)
            session.envelope["event_size"] = size
            if session.envelope["metrics"]:
                session.envelope["metrics"]["event_size"] = size
    # It is read, and looked at again as if 20 minutes had passed: it must be older than that.
    destroyed = hoop.session(hoop.id_of("destroyed"))
    shift([destroyed], datetime.now(UTC) - timedelta(minutes=25))
    hoop.state.add(destroyed)
    add_covered(hoop)
    hoop.add_running(minutes_ago=3)
    hoop.add_pending_review(minutes_ago=8)
    hoop.add_large_log(minutes_ago=90)


def add_covered(hoop: StandIn) -> None:
    """A terminal that was opened a minute after ``jit-window`` was approved: hoop keeps no review of it."""
    asked = hoop.session(hoop.id_of("jit-window")).envelope
    began = datetime.fromisoformat(asked["review"]["revoke_at"]) - timedelta(minutes=44)
    names = ("type", "connection", "resource_name", "role_name", "connection_tags", "verb", "script")
    changes = {name: asked[name] for name in names} | {"script_size": 0, "exit_code": 1}
    typed = b"grep -c 500 /var/log/api.log\r"
    events = [
        (0.2, "o", b"root@vm:/tmp# "),
        (3.1, "i", typed),
        (3.2, "o", typed + b"\n0\r\n"),
        (3.3, "e", b"exit status 1"),
    ]
    hoop.add_session({**changes, "start_date": f"{began:%Y-%m-%dT%H:%M:%S.%fZ}"}, events)


if __name__ == "__main__":
    main()
