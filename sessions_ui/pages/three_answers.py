"""The three answers about a session that was opened, for every page that says them."""

from __future__ import annotations

from dataclasses import replace

from sessions_ui.archive.event_logs import NotRead
from sessions_ui.pages.answers import answers_of
from sessions_ui.pages.opening import Opened
from sessions_ui.pages.refusals import words_for
from sessions_ui.pages.shapes import Answer, Tone
from sessions_ui.verdicts.approval import ApprovalFact

KEPT = "hoop no longer has this session: this is the kept copy."


def three_answers(opened: Opened, facts: tuple[ApprovalFact, ...] | None = None) -> tuple[Answer, ...]:
    """How it ended, whether it was approved, whether the recording is whole. ``facts`` are the approval's,
    where they were judged already."""
    trouble = ""
    if isinstance(opened.log, NotRead):
        trouble = words_for(opened.log.failure).happened + "."
    ending, approval, whole = answers_of(
        opened.session,
        opened.facts(),
        may_see_stream=opened.rights.stream,
        log_trouble=trouble,
        other=opened.other_facts(),
        facts=opened.approval_facts() if facts is None else facts,
        refused=opened.is_refused,
        changed=opened.was_changed,
        odd_numbers=opened.odd_numbers(),
    )
    if opened.kept.missing_since is not None:
        tone: Tone = "warn" if whole.tone == "good" else whole.tone
        whole = replace(whole, tone=tone, detail=f"{whole.detail} {KEPT}")
    return ending, approval, whole


def whole_answer(opened: Opened) -> Answer:
    """Whether the recording is whole, and nothing of its approval is looked at."""
    return three_answers(opened, ())[2]
