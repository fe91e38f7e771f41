from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sessions_ui.verdicts.clock import Clock, recording_clock
from tests.recorded_facts import START, log_of, session_of


@pytest.mark.parametrize("case", ["bash-ok", "tty-shell", "jit-approved", "jit-window", "pg-native", "nulls"])
def test_it_starts_with_the_session_where_nothing_was_waited_for(case: str) -> None:
    session = session_of(case)

    assert recording_clock(session, log_of(case)) == Clock(session.start_date, estimated=False)


@pytest.mark.parametrize("case", ["payroll-ran", "payroll-forced"])
def test_it_estimates_the_start_of_a_script_that_waited(case: str) -> None:
    session, log = session_of(case), log_of(case)

    clock = recording_clock(session, log)

    assert clock.estimated
    assert clock.started_at
    assert session.start_date
    assert session.end_date
    assert log.last_seconds
    assert session.start_date < clock.started_at < session.end_date
    assert clock.at(log.last_seconds) == session.end_date


@pytest.mark.parametrize("case", ["payroll-pending", "payroll-approved", "ai-blocked"])
def test_it_knows_nothing_of_what_has_not_run(case: str) -> None:
    for log in (None, log_of(case)):
        clock = recording_clock(session_of(case), log)
        assert clock == Clock(None, estimated=True)
        assert clock.at(1.5) is None


def test_it_knows_nothing_where_hoop_wrote_a_line_in_place_of_a_recording() -> None:
    log = log_of("payroll-rejected")
    assert log.only_placeholder
    assert recording_clock(session_of("payroll-rejected"), log).started_at is None


@pytest.mark.parametrize(
    ("end", "seconds"), [(START, 1e15), (datetime(1, 1, 2, tzinfo=UTC), 1e6), (None, 1.0), (START, None)]
)
def test_it_does_not_leave_the_calendar(end: datetime | None, seconds: float | None) -> None:
    log = log_of("payroll-ran", end_date=end, last_seconds=seconds)

    assert recording_clock(session_of("payroll-ran"), log) == Clock(None, estimated=True)


def test_it_adds_offsets_as_seconds() -> None:
    clock = Clock(START, estimated=False)

    assert clock.at(61.5) == START + timedelta(seconds=61, milliseconds=500)
    assert clock.at(1e15) is None


def test_it_tells_the_hour_that_a_zone_repeats() -> None:
    """In Berlin the clocks went back at 1:00 UTC."""
    clock = Clock(datetime(2026, 10, 24, 23, 0, tzinfo=UTC), estimated=False).in_zone(
        ZoneInfo("Europe/Berlin")
    )

    told = [clock.at(3600 * hours) for hours in (0, 1.5, 2.5, 4)]

    assert [f"{moment:%H:%M %Z}" for moment in told if moment] == [
        "01:00 CEST",
        "02:30 CEST",
        "02:30 CET",
        "04:00 CET",
    ]
    assert told[3] == datetime(2026, 10, 25, 3, 0, tzinfo=UTC)
