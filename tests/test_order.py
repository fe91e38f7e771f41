"""How far the last event lies behind hoop's end."""

from __future__ import annotations

from sessions_ui.pages.facts import facts_of
from tests.recorded_facts import log_of, session_of


def test_it_says_how_far_the_last_event_lies_behind_the_end() -> None:
    def last(case: str) -> str:
        facts = facts_of(session_of(case), log_of(case)).facts
        return next(fact.values[0].text for fact in facts if fact.label == "Last event")

    assert last("pg-native") == "12.1 s after the recording began, which is 3.9 s after hoop's end"
    assert last("jit-window") == "4.3 s after it was asked for"
    # A silence before the end is a figure, and no verdict.
    assert last("guardrail-blocked") == "0.20 s after the recording began, 8.1 s before its end"
