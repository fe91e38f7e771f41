from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from sessions_ui.eventlog.batch import seconds_text
from sessions_ui.gateway.wire import parse_session
from sessions_ui.verdicts.completeness import Completeness, judge_completeness
from tests.recorded_facts import ended, log_of, read, session_of
from tests.recordings import FIXTURES

#: Sessions that a real gateway ran and closed: the inserted ones carry invented sizes.
CLOSED = ["bash-failed", "bash-hostile", "bash-ok", "jit-abandoned", "jit-approved", "jit-rejected"]
CLOSED += [
    "jit-window",
    "killed",
    "payroll-forced",
    "payroll-ran",
    "pg-200",
    "pg-error",
    "tty-shell",
    "tty-vi",
]
CLOSED = [f"{case}/session.expand.json" for case in CLOSED] + ["destroyed/before.session.expand.json"]


def number_as_go_prints_it(seconds: float) -> str:
    """Shortest, with an exponent below a millionth; the gateway's database writes that out."""
    if 0 < seconds < 1e-6:
        digits, _, exponent = repr(seconds).partition("e-")
        return f"{digits}e-{int(exponent):02d}" if exponent else repr(seconds)
    return seconds_text(seconds)


@pytest.mark.parametrize("answer", CLOSED)
def test_it_knows_what_hoops_figure_counts(answer: str) -> None:
    events, log = read((FIXTURES / answer).read_bytes())
    session = session_of(answer)

    expected = 1 + len(events)
    for event in events:
        payload = 4 * -(-len(event.payload) // 3)
        expected += len(number_as_go_prints_it(event.seconds)) + len(event.kind) + payload + 8
    assert session.start_date
    assert session.end_date
    flushes = (session.end_date - session.start_date) // timedelta(seconds=50)
    assert 0 <= log.event_size - expected <= flushes
    assert 0 <= log.event_size - log.wire_bytes <= flushes


@pytest.mark.parametrize("answer", CLOSED)
def test_it_finds_what_a_real_gateway_closed_whole(answer: str) -> None:
    events, log = read((FIXTURES / answer).read_bytes())

    verdict = judge_completeness(session_of(answer), log)

    assert verdict.completeness is Completeness.ALL_STORED
    assert (verdict.events, verdict.sent_bytes) == (len(events), verdict.stored_bytes)
    assert verdict.payload_bytes == sum(len(event.payload) for event in events)


@pytest.mark.parametrize(
    ("case", "completeness", "unread"),
    [
        ("payroll-pending", Completeness.NEVER_RAN, Completeness.NEVER_RAN),
        ("payroll-approved", Completeness.NEVER_RAN, Completeness.NEVER_RAN),
        ("payroll-rejected", Completeness.NEVER_RAN, Completeness.NEVER_RAN),
        ("ai-blocked", Completeness.NEVER_RAN, Completeness.NEVER_RAN),
        ("truncated", Completeness.CUT_AT_CAP, Completeness.NOT_READ),
        ("nulls", Completeness.NOT_RECORDED, Completeness.NOT_READ),
        ("bash-ok", Completeness.ALL_STORED, Completeness.NOT_READ),
    ],
)
def test_it_judges_recorded_sessions(case: str, completeness: Completeness, unread: Completeness) -> None:
    session = session_of(case)

    assert judge_completeness(session, log_of(case)).completeness is completeness
    assert judge_completeness(session, None).completeness is unread


def test_it_notices_a_recording_that_was_erased_at_hoop() -> None:
    session = session_of("destroyed/after.session.json")
    log = log_of("destroyed/after.session.expand.json")

    verdict = judge_completeness(session, log)

    assert verdict.completeness is Completeness.ERASED
    assert verdict.stored_bytes > verdict.sent_bytes


def test_it_takes_the_placeholder_of_its_own_size_for_no_recording() -> None:
    log = log_of("destroyed/after.session.expand.json")
    for size in (0, log.wire_bytes):
        session = session_of("destroyed/after.session.json", event_size=size)
        verdict = judge_completeness(session, log_of("destroyed/after.session.expand.json", event_size=size))
        assert verdict.completeness is Completeness.NOT_RECORDED


@pytest.mark.parametrize("second", [4, 70])
def test_it_says_of_an_open_session_that_it_is_still_written(second: int) -> None:
    log = log_of(f"bash-running/session.expand.at-{second}s.json")
    running = session_of(f"bash-running/session.at-{second}s.json")

    assert judge_completeness(running, log).completeness is Completeness.STILL_WRITTEN
    # Closed meanwhile; what we hold is of before.
    closed = session_of("bash-ok")
    assert judge_completeness(closed, log).completeness is Completeness.STILL_WRITTEN


@pytest.mark.parametrize(
    ("excess", "seconds", "completeness"),
    [
        (0, 0, Completeness.ALL_STORED),
        (1, 0, Completeness.ALL_STORED),
        (2, 0, Completeness.TAIL_MAY_BE_LOST),
        (2, 50, Completeness.ALL_STORED),
        (3, 99, Completeness.TAIL_MAY_BE_LOST),
        (73, 3600, Completeness.ALL_STORED),
        (74, 3600, Completeness.TAIL_MAY_BE_LOST),
        (-1, 3600, Completeness.SIZES_DIFFER),
    ],
)
def test_it_allows_a_byte_for_each_flush(excess: int, seconds: int, completeness: Completeness) -> None:
    session = session_of("bash-ok")
    log = log_of("bash-ok")
    log = log_of(
        "bash-ok",
        event_size=log.wire_bytes + excess,
        end_date=ended(session, after=timedelta(seconds=seconds)),
    )

    assert judge_completeness(session, log).completeness is completeness


@pytest.mark.parametrize(
    ("session", "log", "completeness"),
    [
        ({}, {"event_size": 0}, Completeness.TAIL_MAY_BE_LOST),
        ({"metrics": None}, {}, Completeness.CANNOT_BE_COMPARED),
        ({"start_date": None}, {}, Completeness.CANNOT_BE_COMPARED),
        ({}, {"end_date": None}, Completeness.CANNOT_BE_COMPARED),
        ({}, {"events": 0, "event_size": 2, "wire_bytes": 2}, Completeness.ALL_STORED),
        ({}, {"events": 0, "stream_seen": False}, Completeness.NOT_RECORDED),
    ],
)
def test_it_says_when_it_cannot_tell(
    session: dict[str, Any], log: dict[str, Any], completeness: Completeness
) -> None:
    assert (
        judge_completeness(session_of("bash-ok", **session), log_of("bash-ok", **log)).completeness
        is completeness
    )


def test_it_does_not_compare_what_an_older_gateway_says() -> None:
    value = json.loads((FIXTURES / "bash-ok/session.json").read_bytes())
    del value["metrics"]["truncated"]

    assert (
        judge_completeness(parse_session(value), log_of("bash-ok")).completeness
        is Completeness.CANNOT_BE_COMPARED
    )


def test_it_names_odd_events() -> None:
    assert judge_completeness(session_of("bad-base64"), log_of("bad-base64")).odd_events > 0
