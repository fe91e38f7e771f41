"""The verdict on a recording in words, its figures, and what no recording of its kind can hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sessions_ui.pages.shapes import Answer
from sessions_ui.pages.wholeness import completeness_answer
from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.completeness import judge_completeness
from tests.recorded_facts import log_of, session_of


def answer(session: Session, log: LogFacts | None, **more: bool) -> Answer:
    return completeness_answer(session, judge_completeness(session, log, **more), may_see_stream=True)


@pytest.mark.parametrize(
    ("case", "changes", "tone", "headline", "detail"),
    [
        ("bash-failed", {}, "good", "All that hoop stored", "6 events, 210 bytes; 411 of hoop's 411 bytes"),
        ("bash-failed", {"event_size": 0}, "warn", "Its tail may be lost", "writes 0 when it was restarted"),
        ("bash-failed", {"event_size": 500}, "warn", "Its tail may be lost", "89 bytes are not there."),
        ("bash-failed", {"event_size": 412}, "warn", "Its tail may be lost", "1 byte is not there."),
        ("bash-failed", {"event_size": 400}, "warn", "Its tail may be lost", "its figure proves nothing."),
        (
            "jit-abandoned",
            {},
            "none",
            "It never ran",
            "1 event, 16 bytes: what was asked for and",
        ),
        ("ai-blocked", {}, "none", "It never ran", "There was nothing to record."),
        ("payroll-rejected", {}, "none", "It never ran", "Nothing was recorded: hoop holds only its own"),
        ("payroll-pending", {}, "none", "It has not run yet", "There is nothing to record so far."),
        ("nulls", {}, "none", "Cannot be compared", "holds no recording of it, and no figures to compare:"),
    ],
)
def test_it_says_the_verdict_with_its_figures(
    case: str, changes: dict[str, Any], tone: str, headline: str, detail: str
) -> None:
    told = answer(session_of(case), log_of(case, **changes))
    assert (told.tone, told.headline) == (tone, headline)
    assert detail in told.detail


def test_a_match_claims_no_more_than_it_proves() -> None:
    told = answer(session_of("bash-ok"), log_of("bash-ok"))
    assert told.detail.endswith("Whether it stored everything, it does not say.")


@pytest.mark.parametrize(
    ("full", "said"),
    [(1, "1 payload has exactly that."), (2, "2 payloads have exactly that."), (None, "not counted here.")],
)
def test_it_names_payloads_that_may_be_cut(full: int | None, said: str) -> None:
    tcp = session_of("bash-ok", type="tcp", subtype="", verb="connect")
    told = answer(tcp, log_of("bash-ok", full_payloads=full))
    assert (told.tone, told.headline) == ("warn", "May be cut")
    assert told.detail.endswith(said)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"verb": "exec"}, "stands among its output"),
        ({"type": "custom", "subtype": "ssh-bastion"}, "stands among its output"),
        (
            {"type": "database", "subtype": "postgres"},
            "statements of a native connection, and",
        ),
        ({"type": "postgres", "subtype": ""}, "statements of a native connection, and"),
        ({"type": "database", "subtype": "mysql"}, "no results as a rule"),
        ({"type": "database", "subtype": "mssql"}, "no results as a rule"),
        ({"type": "database", "subtype": "oracledb"}, "4 characters or more"),
        ({"type": "database", "subtype": "mongodb"}, "no answers as a rule"),
        ({"type": "application", "subtype": "ssh"}, "its own packets"),
        ({"type": "custom", "subtype": "rdp"}, "pictures of the screen, never keys"),
        ({"type": "tcp", "subtype": ""}, "5,000 bytes of each payload"),
        ({"type": "httpproxy", "subtype": "grafana"}, "raw bytes"),
        ({"type": "custom", "subtype": "claude-code"}, "raw bytes"),
        ({"type": "newer", "subtype": "newer"}, ""),
    ],
)
def test_it_says_what_no_recording_of_its_kind_can_hold(changes: dict[str, Any], said: str) -> None:
    session = session_of("bash-ok", **{"verb": "connect", **changes})
    note = answer(session, log_of("bash-ok", full_payloads=0, output_events=0)).note
    assert said in note
    assert bool(note) is bool(said)
    unused = replace(session, verb="exec", status="ready", review=None)
    assert answer(unused, log_of("payroll-pending")).note == ""


def test_it_keeps_all_of_it_from_who_may_not_see_the_recording() -> None:
    verdict = judge_completeness(session_of("bash-ok"), None)
    told = completeness_answer(session_of("bash-ok"), verdict, may_see_stream=False)
    assert (told.headline, told.note) == ("Not shown to you", "")


def test_a_cut_recording_is_compared_with_hoops_figure_too() -> None:
    cut = session_of("truncated")
    whole = answer(cut, log_of("truncated", event_size=log_of("truncated").wire_bytes))
    assert (whole.tone, whole.headline) == ("warn", "Cut at hoop's cap")
    assert "are not there" not in whole.detail
    lost = answer(cut, log_of("truncated", event_size=115_343_360))
    assert lost.headline == "Cut at hoop's cap"
    assert "of hoop's 115,343,360 bytes of JSON. So this is not even all that hoop kept: 115," in lost.detail
    assert lost.detail.endswith(" bytes are not there.")


def test_a_native_recording_with_results_does_not_deny_them() -> None:
    native = session_of("tty-shell", type="database", subtype="postgres", verb="connect")
    log = log_of("tty-shell")
    note = answer(native, log).note
    assert "hoop leaves out most results" in note
    assert f"{log.output_events} pieces of output are in this recording" in note


def test_malformed_events_are_in_the_headline_that_would_read_as_fine() -> None:
    told = answer(session_of("bash-failed"), log_of("bash-failed", odd_events=2))
    assert (told.tone, told.headline) == ("warn", "All that hoop stored, 2 of 6 events malformed")


def test_nothing_is_said_of_errors_in_a_recording_that_is_not_there() -> None:
    assert answer(session_of("nulls"), log_of("nulls")).note == ""
