"""Reads the sample sessions beside this package, and moves their dates towards now when asked."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sessions_ui.demo.standin import gojson
from sessions_ui.demo.standin.state import Session, canonical_id
from sessions_ui.demo.standin.streams import FlushedStream, StoredStream, Stream

FOLDER = Path(__file__).parent.parent / "samples"
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)((?:\.\d+)?)Z")


def people() -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads((FOLDER / "people.json").read_text())
    return records


def server() -> dict[str, Any]:
    record: dict[str, Any] = json.loads((FOLDER / "server.json").read_text())
    return record


def sample_sessions(cases: Collection[str] | None = None) -> list[Session]:
    """The recorded sessions, all of them or those named."""
    names = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem not in ("people", "server"))
    return [_read(FOLDER / f"{name}.json") for name in names if cases is None or name in cases]


def _read(path: Path) -> Session:
    record = json.loads(path.read_text())
    exact = gojson.loads_exact(path.read_text())
    stream: Stream | None = None
    if exact["stream"] is not None:
        flush = record.get("flush_seconds")
        stream = FlushedStream(exact["stream"], flush) if flush else StoredStream(exact["stream"])
    envelope = record["session"]
    return Session(
        id=canonical_id(envelope["id"]),
        envelope=envelope,
        stream=stream,
        wire_proto=record["wire_proto"],
        elapsed=record.get("elapsed"),
        case=record["case"],
    )


def shift(sessions: Iterable[Session], now: datetime) -> None:
    """Move all dates by the same whole seconds, so that the newest of them is ``now``."""
    sessions = list(sessions)
    newest = max((_newest(session.envelope) for session in sessions), default=now)
    delta = timedelta(seconds=int((now - newest).total_seconds()))
    for session in sessions:
        session.envelope = _shifted(session.envelope, delta)


def _newest(envelope: dict[str, Any]) -> datetime:
    dates = [
        envelope.get("start_date"),
        envelope.get("end_date"),
        (envelope.get("review") or {}).get("created_at"),
    ]
    return max(gojson.moment(date) for date in dates if date)


def _shifted(value: Any, delta: timedelta) -> Any:
    """Only strings that are times as a whole; a script that prints one keeps its own."""
    if isinstance(value, dict):
        return {key: _shifted(item, delta) for key, item in value.items()}
    if isinstance(value, list):
        return [_shifted(item, delta) for item in value]
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    moved = datetime.fromisoformat(match.group(1)) + delta
    return f"{moved:%Y-%m-%dT%H:%M:%S}{match.group(2)}Z"
