"""The three answers and the one sentence, where a wrong "fine" would be the worst answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sessions_ui.gateway.wire import parse_session
from sessions_ui.pages.answers import answers_of, approval_answer, sentence_of
from sessions_ui.pages.endings import ending_answer
from sessions_ui.pages.fact_groups import groups_of
from sessions_ui.pages.facts import facts_of
from sessions_ui.pages.reviews import review_shape
from sessions_ui.pages.words import title_of
from sessions_ui.session import Session
from sessions_ui.verdicts.approval import judge_approval
from sessions_ui.verdicts.approval_facts import judge_facts
from sessions_ui.verdicts.changes import as_read
from tests.recorded_facts import log_of
from tests.recorded_facts import session_of as facts_session
from tests.recordings import recorded


def session_of(case: str, **changes: Any) -> Session:
    return parse_session({**recorded(f"{case}/session.json"), **changes})


def reviewed(case: str, **changes: Any) -> Session:
    value = recorded(f"{case}/session.json")
    return parse_session({**value, "review": {**value["review"], **changes}})


def group(name: str, status: str, person: str = "", **changes: Any) -> dict[str, Any]:
    by = {"id": person, "name": person, "email": f"{person}@example.com"} if person else None
    return {"id": name, "group": name, "status": status, "reviewed_by": by, "forced_review": False, **changes}


def approval(session: Session) -> tuple[str, str, str]:
    answer = answers_of(session, None, may_see_stream=True)[1]
    return answer.tone, answer.headline, answer.detail


def test_it_counts_only_groups_that_approved_without_force() -> None:
    groups = [group("dba", "APPROVED", "Rita"), group("admin", "APPROVED", "Ada", forced_review=True)]
    tone, headline, detail = approval(reviewed("payroll-ran", review_groups_data=groups))
    assert (tone, headline) == ("warn", "Forced by Ada")
    assert "2 approvals needed, 1 given." in detail


def test_it_says_that_too_few_approved() -> None:
    groups = [group("dba", "APPROVED", "Rita"), group("security", "PENDING")]
    tone, headline, detail = approval(reviewed("payroll-ran", review_groups_data=groups))
    assert (tone, headline) == ("warn", "Approved, with fewer approvals than needed")
    assert detail == "2 approvals needed, 1 given. By Rita."


@pytest.mark.parametrize("number", [None, 0])
def test_it_claims_nothing_where_hoop_is_silent_about_the_number(number: int | None) -> None:
    tone, _, detail = approval(reviewed("payroll-ran", min_approvals=number))
    assert (tone, detail) == ("none", "hoop does not say how many approvals were needed.")


@pytest.mark.parametrize("status", ["UNKNOWN", "", "TOMORROW"])
def test_it_says_that_a_state_it_does_not_know_cannot_be_known(status: str) -> None:
    tone, headline, _ = approval(reviewed("payroll-ran", status=status))
    assert (tone, headline) == ("none", "Cannot be known")


@pytest.mark.parametrize(
    ("changes", "tone", "headline"),
    [
        ({"exit_code": 0}, "good", "Finished with exit code 0"),
        ({"exit_code": 1}, "bad", "Failed with exit code 1"),
        ({"exit_code": -1}, "bad", "Failed with exit code -1"),
        ({"exit_code": 254}, "bad", "Ended abnormally"),
        ({"exit_code": None}, "none", "Closed without an exit code"),
        ({"exit_code": 0, "status": "open"}, "busy", "Still open"),
        ({"exit_code": 0, "status": "tomorrow"}, "busy", "Still open"),
    ],
)
def test_it_is_green_for_a_real_exit_code_0_only(changes: dict[str, Any], tone: str, headline: str) -> None:
    answer = answers_of(session_of("bash-ok", **changes), None, may_see_stream=True)[0]
    assert (answer.tone, answer.headline) == (tone, headline)


def test_it_says_in_the_sentence_that_the_recording_is_still_read_or_not_shown() -> None:
    session = session_of("bash-ok")
    reading = answers_of(session, None, may_see_stream=True)
    assert sentence_of(reading, session, None).endswith("Being read from hoop.")
    hidden = answers_of(session, None, may_see_stream=False)
    assert sentence_of(hidden, session, None).endswith("Its recording is not shown to you.")
    failed = answers_of(session, None, may_see_stream=True, log_trouble="hoop did not answer.")
    assert (failed[2].tone, failed[2].detail) == ("warn", "hoop did not answer.")


def test_it_says_that_a_guardrail_on_output_did_not_stop_the_start() -> None:
    hit = {"rule_name": "cards", "direction": "output", "matched_words": []}
    assert (
        title_of(session_of("guardrail-blocked", guardrails_info=[hit])) == "Owen ran a script on pg-orders"
    )
    went_on = session_of("guardrail-blocked", exit_code=0)
    assert groups_of(went_on)[0].lead == "A hit does not always stop a session, and this one went on."


def test_it_tells_the_review_in_the_order_of_time() -> None:
    groups = [
        group("b", "APPROVED", "Late", review_date="2026-11-23T12:40:00Z"),
        group("c", "PENDING"),
        group("a", "REJECTED", "Early", review_date="2026-11-23T12:35:00Z"),
    ]
    asked = reviewed("payroll-ran", review_groups_data=groups, status="REJECTED", revoke_at=None)
    steps = review_shape(asked).steps
    assert [step.text for step in steps[1:]] == [
        "Early rejected it",
        "Late approved it",
        "c had not decided",
        "It never ran",
    ]


def test_it_names_who_decided_by_what_hoop_has_of_them() -> None:
    people: list[dict[str, Any] | None] = [
        {"id": "1", "name": "", "email": "x@example.com"},
        {"id": "2"},
        {},
        None,
    ]
    groups = [{**group(str(n), "APPROVED"), "reviewed_by": person} for n, person in enumerate(people)]
    texts = [step.text for step in review_shape(reviewed("payroll-ran", review_groups_data=groups)).steps]
    assert {"x@example.com approved it", "2 approved it", "Somebody unnamed approved it"} <= set(texts)


def test_it_says_how_long_an_open_session_was_silent() -> None:
    session = facts_session("bash-running/session.at-70s.json")
    log = log_of("bash-running/session.expand.at-70s.json")
    assert session.start_date
    assert log.last_seconds
    last = session.start_date + timedelta(seconds=log.last_seconds)
    soon = replace(log, read_at=last + timedelta(minutes=9))
    late = replace(log, read_at=last + timedelta(minutes=31))
    assert [answer.headline for answer in answers_of(session, soon, may_see_stream=True)[::2]] == [
        "Still open",
        "Still being written",
    ]
    ending, _, whole = answers_of(session, late, may_see_stream=True)
    assert ending.headline == "Still open, silent for 31 min"
    assert ending.detail.startswith("It may have been left open.")
    # Not beside it that it is being written.
    assert whole.headline == "Still open at hoop"
    assert whole.detail.endswith("Nothing came for 31 min.")


def test_it_warns_of_events_after_the_end_that_hoop_names() -> None:
    session, log = facts_session("tty-shell"), log_of("tty-shell")
    assert session.start_date
    assert log.last_seconds
    end = session.start_date + timedelta(seconds=log.last_seconds - 3.9)
    early = replace(session, end_date=end, exit_code=0)
    ending = answers_of(early, replace(log, end_date=end, exit_code=0), may_see_stream=True)[0]
    assert (ending.tone, ending.headline) == ("warn", "Finished with exit code 0")
    assert "Its last event came 3.9 s after the end that hoop names." in ending.detail
    # A moment is nothing: hoop takes the two at different times.
    close = replace(session, end_date=end + timedelta(seconds=3.5), exit_code=0)
    assert answers_of(close, replace(log, exit_code=0), may_see_stream=True)[0].tone == "good"


def test_it_reconciles_a_kill_with_what_its_log_says_of_it() -> None:
    ending = answers_of(facts_session("killed"), log_of("killed"), may_see_stream=True)[0]
    assert "hoop does not say by whom: it writes “session killed by the user”" in ending.detail


def test_it_tells_what_was_destroyed_later_as_it_was_when_read() -> None:
    now = facts_session("destroyed/after.session.json")
    ours, theirs = (log_of(f"destroyed/{which}.session.expand.json") for which in ("before", "after"))
    ending, _, whole = answers_of(now, ours, may_see_stream=True, other=theirs)
    assert ending.headline == "Ended with exit code 0, and was erased at hoop later"
    assert (whole.tone, whole.headline) == ("warn", "Erased at hoop; our copy is whole")
    told = as_read(now, ours)
    assert (told.exit_code, told.end_date) == (0, ours.end_date)
    assert as_read(now, theirs) == now
    ending, _, whole = answers_of(now, theirs, may_see_stream=True, other=ours)
    assert ending.detail.endswith("our copy, read before, has exit code 0.")
    assert whole.detail.endswith("Our copy was read before that.")


@pytest.mark.parametrize(
    ("direction", "verb", "said"),
    [
        ("input", "exec", "before it ran. What it printed is the block's own message."),
        ("output", "exec", "cannot be known from hoop's record."),
        ("input", "connect", "cannot be known from hoop's record."),
        ("", "exec", "cannot be known from hoop's record."),
    ],
)
def test_it_says_whether_a_blocked_session_ran(direction: str, verb: str, said: str) -> None:
    hit = {"rule_name": "no-drop", "direction": direction, "matched_words": []}
    session = session_of("guardrail-blocked", guardrails_info=[hit], verb=verb)
    answer = answers_of(session, log_of("guardrail-blocked"), may_see_stream=True)[0]
    assert answer.headline == "Blocked by a guardrail"
    assert answer.detail.endswith(said)


def test_its_title_says_no_more_than_its_answers() -> None:
    """A connection of which hoop kept nothing but its own closing word never ran."""
    log = log_of("jit-abandoned")
    session = facts_session("jit-abandoned", review=None)
    assert title_of(session, log) == "Owen asked to open a terminal on bash-jit"
    gone = log_of("jit-abandoned", event_size=999)
    assert title_of(session, gone) == "Owen asked to open a terminal on bash-jit"
    assert "Whether it ran cannot be known." in ending_answer(session, gone).detail
    assert title_of(facts_session("killed"), log_of("killed")) == "Owen ran a script on bash-prod"


def test_it_does_not_say_that_a_ready_connection_was_never_used() -> None:
    ready = facts_session("jit-window", status="ready", end_date=None, exit_code=None)
    ending = ending_answer(ready, log_of("payroll-approved"))
    assert ending.headline == "Approved; no use of it is recorded yet"
    assert "may be in use" in ending.detail


@pytest.mark.parametrize("case", ["ai-blocked", "guardrail-blocked"])
def test_it_does_not_explain_by_a_block_what_no_block_prints(case: str) -> None:
    detail = ending_answer(facts_session(case), log_of(case, output_events=9)).detail
    assert "whether it ran cannot be known" in detail


def approved(case: str, read: bool = True, **changes: Any) -> tuple[str, str]:
    session = facts_session(case, **changes)
    facts = judge_facts(session, log_of(case) if read else None, typed_is_script=True)
    answer = approval_answer(session, judge_approval(session), facts)
    return answer.tone, answer.detail


def test_it_is_green_only_where_it_is_known_who_approved_and_that_it_came_before() -> None:
    assert (
        approved("payroll-ran")[0] == approved("jit-window")[0] == approved("payroll-approved")[0] == "good"
    )
    assert approved("payroll-ran", read=False)[0] == "none"
    tone, detail = approved("payroll-ran", user_id="")
    assert tone == "none"
    assert detail.endswith("Cannot be known: decided by somebody else.")
    review = facts_session("payroll-ran").review
    assert review
    tone, detail = approved("payroll-ran", review=replace(review, status="APPROVED"))
    assert tone == "none"
    assert "Whether that came before it ran cannot be known." in detail


@pytest.mark.parametrize(
    ("case", "label"),
    [
        ("payroll-pending", "Asked for"),
        ("payroll-rejected", "Asked for"),
        ("payroll-ran", "Asked for"),
        ("bash-ok", "Started"),
        ("nulls", "Sent"),
        ("jit-window", "Asked for"),
    ],
)
def test_it_calls_a_start_only_what_began(case: str, label: str) -> None:
    labels = [fact.label for fact in facts_of(facts_session(case), log_of(case)).facts]
    assert [name for name in labels if name in ("Started", "Asked for", "Sent", "Opened")] == [label]


def test_it_names_the_kind_of_a_guardrail_and_a_tool_that_failed() -> None:
    guardrail = groups_of(session_of("guardrail-blocked"))[0].facts[0]
    assert "Kind of rule: deny words list" in [value.text for value in guardrail.values]
    steps = [
        {"type": "tool_result", "tool_name": "psql", "tool_output": "no such table", "is_error": failed}
        for failed in (True, False)
    ]
    analysis = groups_of(session_of("ai-blocked", ai_analysis={"steps": steps}))[0]
    said = [fact.values[0].text for fact in analysis.facts if fact.label.endswith("Tool answered")]
    assert said == ["psql: failed: no such table", "psql: no such table"]


def test_it_is_not_green_for_the_zero_of_what_never_ran() -> None:
    ending = ending_answer(facts_session("jit-abandoned", review=None, exit_code=0), log_of("jit-abandoned"))
    assert (ending.tone, ending.headline) == ("none", "Finished with exit code 0")
    assert ending.detail.endswith("its record holds nothing that ran.")
