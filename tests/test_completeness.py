from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sessions_ui.eventlog.batch import seconds_text
from sessions_ui.gateway.wire import parse_session
from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.completeness import Completeness, judge_completeness
from tests.recorded_facts import ended, log_of, read, session_of
from tests.recordings import FIXTURES, recorded

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

    never = answer.startswith(("jit-abandoned", "jit-rejected"))
    assert verdict.completeness is (Completeness.NEVER_RAN if never else Completeness.ALL_STORED)
    assert (verdict.events, verdict.sent_bytes) == (len(events), verdict.stored_bytes)
    assert verdict.payload_bytes == sum(len(event.payload) for event in events)


@pytest.mark.parametrize(
    ("case", "completeness", "unread"),
    [
        ("payroll-pending", Completeness.NEVER_RAN, Completeness.NEVER_RAN),
        ("payroll-approved", Completeness.NEVER_RAN, Completeness.NEVER_RAN),
        ("payroll-rejected", Completeness.NEVER_RAN, Completeness.NEVER_RAN),
        ("jit-rejected", Completeness.NEVER_RAN, Completeness.NEVER_RAN),
        ("jit-abandoned", Completeness.NEVER_RAN, Completeness.NEVER_RAN),
        ("ai-blocked", Completeness.NEVER_RAN, Completeness.NEVER_RAN),
        # Its events are what was sent and the block's own words.
        ("guardrail-blocked", Completeness.NEVER_RAN, Completeness.NEVER_RAN),
        ("truncated", Completeness.CUT_AT_CAP, Completeness.NOT_READ),
        ("nulls", Completeness.CANNOT_BE_COMPARED, Completeness.NOT_READ),
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
        (1, 0, Completeness.TAIL_MAY_BE_LOST),
        (1, 50, Completeness.ALL_STORED),
        (2, 99, Completeness.TAIL_MAY_BE_LOST),
        (72, 3600, Completeness.ALL_STORED),
        (73, 3600, Completeness.TAIL_MAY_BE_LOST),
        (-1, 3600, Completeness.TAIL_MAY_BE_LOST),
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
        ({"start_date": None}, {"event_size": 435}, Completeness.TAIL_MAY_BE_LOST),
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


def test_it_takes_the_first_verdict_that_applies() -> None:
    """Each step takes away what made the verdict before it apply."""
    done = session_of("bash-ok")
    assert done.metrics
    changes: dict[str, Any] = {"type": "tcp", "subtype": "", "verb": "connect", "event_size": 119}
    tcp = replace(done, **changes, metrics=replace(done.metrics, truncated=True))
    told = replace(tcp, metrics=replace(done.metrics, truncated=False))
    log = log_of("bash-ok", full_payloads=1)
    alone = log_of("destroyed/after.session.expand.json", event_size=0)
    rejected = replace(session_of("jit-rejected"), metrics=None)

    def verdict(session: Session, log: LogFacts | None, **more: bool) -> Completeness:
        return judge_completeness(session, log, **more).completeness

    everything = {"refused": True, "changed": True}
    assert verdict(rejected, None, **everything) is Completeness.NEVER_RAN
    assert verdict(replace(tcp, status="open"), log, **everything) is Completeness.STILL_WRITTEN
    assert verdict(tcp, None, **everything) is Completeness.REFUSED
    assert verdict(tcp, None, changed=True) is Completeness.NOT_READ
    assert verdict(tcp, alone, changed=True) is Completeness.ERASED
    assert verdict(replace(tcp, event_size=0), alone, changed=True) is Completeness.NOT_RECORDED
    assert verdict(tcp, replace(log, event_size=0), changed=True) is Completeness.CUT_AT_CAP
    assert verdict(told, replace(log, event_size=0), changed=True) is Completeness.TAIL_MAY_BE_LOST
    assert verdict(told, log, changed=True) is Completeness.CHANGED
    assert verdict(replace(told, metrics=None), log) is Completeness.MAY_BE_CUT
    assert verdict(told, replace(log, full_payloads=None)) is Completeness.MAY_BE_CUT
    assert verdict(replace(told, metrics=None), replace(log, full_payloads=0)) is (
        Completeness.CANNOT_BE_COMPARED
    )
    assert verdict(told, replace(log, full_payloads=0)) is Completeness.ALL_STORED
    # Elsewhere 5,000 bytes are a number like any other.
    assert verdict(done, log) is Completeness.ALL_STORED


def test_it_does_not_know_whether_a_desktop_was_cut() -> None:
    log = log_of("rdp")
    session = session_of("rdp", event_size=log.wire_bytes)

    assert judge_completeness(session, replace(log, event_size=log.wire_bytes)).completeness is (
        Completeness.CANNOT_BE_COMPARED
    )


def test_it_counts_payloads_of_exactly_the_cap() -> None:
    sizes = (4_999, 5_000, 5_001, 5_000)
    payloads = [base64.b64encode(b"x" * size).decode() for size in sizes]
    value = {**recorded("bash-ok/session.json"), "event_stream": [[0.1, "o", text] for text in payloads]}

    _, log = read(json.dumps(value).encode())

    assert log.full_payloads == 2


def test_it_names_odd_events() -> None:
    assert judge_completeness(session_of("bad-base64"), log_of("bad-base64")).odd_events > 0
