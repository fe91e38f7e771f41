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
        ("payroll-pending", {}, "none", "It has not run yet", "There is nothing to record so far."),
        ("nulls", {}, "warn", "Cannot be compared", "holds no recording of it, and no figures to compare:"),
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
        ({"verb": "exec"}, "Errors are not told apart"),
        ({"type": "custom", "subtype": "ssh-bastion"}, "Errors are not told apart"),
        (
            {"type": "database", "subtype": "postgres"},
            "statements of a native connection, never",
        ),
        ({"type": "postgres", "subtype": ""}, "statements of a native connection, never"),
        ({"type": "database", "subtype": "mysql"}, "never their results"),
        ({"type": "database", "subtype": "mssql"}, "never their results"),
        ({"type": "database", "subtype": "oracledb"}, "4 characters or more"),
        ({"type": "database", "subtype": "mongodb"}, "never the answers"),
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
    note = answer(session, log_of("bash-ok", full_payloads=0)).note
    assert said in note
    assert bool(note) is bool(said)
    unused = replace(session, verb="exec", status="ready", review=None)
    assert answer(unused, log_of("payroll-pending")).note == ""


def test_it_keeps_all_of_it_from_who_may_not_see_the_recording() -> None:
    verdict = judge_completeness(session_of("bash-ok"), None)
    told = completeness_answer(session_of("bash-ok"), verdict, may_see_stream=False)
    assert (told.headline, told.note) == ("Not shown to you", "")
