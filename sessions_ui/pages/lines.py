"""A session as a line of a list: never more than is known, and never more than this person may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import repeat

from sessions_ui.access.people import SEES_ALL, Person
from sessions_ui.access.policy import rights
from sessions_ui.archive.accesses import Accesses, find_accesses
from sessions_ui.archive.list_filter import is_forced
from sessions_ui.archive.list_matching import View
from sessions_ui.archive.listing import Listed, add_what_is_kept
from sessions_ui.pages.answers import approval_answer
from sessions_ui.pages.covered import Covered, covered_of, deciders_of, doubt_of
from sessions_ui.pages.endings import changed_ending, code_words, ending_answer
from sessions_ui.pages.fact_values import tags_of
from sessions_ui.pages.list_shapes import CoveringLine, SessionLine
from sessions_ui.pages.shapes import Tone
from sessions_ui.pages.words import deed_of, kind_of, lasted, noun_of, person_of, place_of, shown, size
from sessions_ui.session import Session
from sessions_ui.verdicts.approval import Approval, judge_approval
from sessions_ui.verdicts.approval_facts import judge_facts
from sessions_ui.verdicts.changes import as_read, is_changed, is_erased_since
from sessions_ui.verdicts.ending import Ending, judge_ending

CHANGED, ERASED = "changed at hoop", "erased at hoop"
_APPROVED = (Approval.APPROVED, Approval.NUMBER_UNKNOWN)


def view_of(person: Person) -> View:
    """Whose list it is, for the look-ups; ``lines_of`` applies hoop's rule to each row once more."""
    return View(person.role in SEES_ALL, person.id, person.groups)


def lines_of(
    person: Person, sessions: Iterable[Session], accesses: Accesses | None = None
) -> tuple[tuple[SessionLine, ...], int]:
    """The lines of those that this person may see, and how many of them were opened here before.
    ``accesses`` None: as the rows tell them."""
    visible = [session for session in sessions if rights(person, session).details]
    listed = add_what_is_kept(visible)
    known = find_accesses(visible) if accesses is None else accesses
    covered = [covered_of(person, session, known) for session in visible]
    others = {each.by.id: each.by for each in covered if each and each.by}
    # A row leaves out how many approvals were needed: our copy has it, where that session was opened.
    whole = {each.session.id: each.session for each in add_what_is_kept(list(others.values()))}
    coverings = [_covering(each, whole) if each else None for each in covered]
    lines = tuple(map(_line, repeat(person), listed, coverings))
    return lines, sum(each.opened for each in listed)


def _line(person: Person, listed: Listed, covering: CoveringLine | None) -> SessionLine:
    """As the session's own page would say it to this person."""
    failed = judge_ending(listed.session, None).ending == Ending.FAILED and not listed.changed
    seen = not failed and rights(person, listed.session).stream
    facts = listed.log.facts() if listed.log and seen else None
    other = listed.beside.facts() if listed.beside and seen else None
    first_read = facts if is_changed(listed.session, facts) else None
    session = as_read(listed.session, facts)
    ending = changed_ending(listed.session, facts, other=other) or ending_answer(session, facts)
    unclear = not listed.known and judge_ending(session, facts).ending == Ending.ABNORMAL
    # Green where its own page is, and the recording it rests on is at hand.
    judged = judge_facts(session, facts, shown=seen)
    verdict = judge_approval(session)
    approval = approval_answer(session, verdict, judged)
    review_tone = covering.tone if covering and covering.by else _ungreen(approval.tone)
    return SessionLine(
        session_id=session.id,
        href=f"/sessions/{session.id}",
        who=person_of(session),
        connection=place_of(session),
        tags=tags_of(session.tags),
        what=_asked_words(session) if unclear else deed_of(session, facts),
        kind=kind_of(session),
        started_at=session.start_date,
        duration=lasted(session),
        # hoop writes 0 until the session ends, and over some that it did record.
        size=size(session.event_size) if session.event_size else "",
        ending_tone=ending.tone,
        ending=f"{ending.headline} or blocked" if unclear else ending.headline,
        # A row does not show what it rests on: green is for the page that does.
        review_tone=review_tone,
        review="Covered by another approval" if covering and covering.by else approval.headline,
        is_approved=review_tone == "none" and verdict.approval in _APPROVED,
        covering=covering,
        marks=tuple(_marks(session, changed=listed.changed, erased=is_erased_since(facts, other))),
        now_at_hoop=_now_words(listed.session) if first_read else "",
        first_read=first_read,
    )


def _ungreen(tone: Tone) -> Tone:
    return "none" if tone == "good" else tone


def _covering(covered: Covered, whole: Mapping[str, Session]) -> CoveringLine:
    if covered.by is None:
        return CoveringLine(covered.looked)
    other = whole[covered.by.id]
    by = deciders_of(other.review) if other.review else ""
    doubt = doubt_of(other)
    words = f"Approved by {by}" if by else "Who approved cannot be known any more"
    return CoveringLine(covered.looked, other.id, words, doubt, "warn" if doubt else "none")


def _asked_words(session: Session) -> str:
    """What is certain of it, whether it ran or not."""
    return f"sent a {noun_of(session)}" if session.verb == "exec" else f"· {noun_of(session)}"


def _now_words(session: Session) -> str:
    """What hoop says of it now, beside what it said first."""
    return f"hoop now: {code_words(session.exit_code)}, open for {lasted(session) or 'not known'}"


def _marks(session: Session, *, changed: bool, erased: bool) -> list[tuple[Tone, str]]:
    marks: list[tuple[Tone, str]] = [("bad", ERASED if erased else CHANGED)] if changed else []
    metrics, analysis = session.metrics, session.ai_analysis
    if session.guardrails:
        marks.append(("bad", "guardrail hit"))
    if analysis and analysis.risk_level:
        tones: dict[str, Tone] = {"low": "none", "medium": "warn"}
        marks.append((tones.get(analysis.risk_level, "bad"), f"AI: {shown(analysis.risk_level, 20)} risk"))
    elif metrics and metrics.requests and metrics.requests.worst_risk:
        tone: Tone = "bad" if metrics.requests.blocked else "warn"
        marks.append((tone, f"AI: {shown(metrics.requests.worst_risk, 20)} risk"))
    if is_forced(session):
        marks.append(("warn", "forced"))
    if metrics and metrics.truncated:
        marks.append(("warn", "cut at hoop's cap"))
    if metrics and metrics.masking and metrics.masking.errors:
        marks.append(("warn", "masking errors"))
    elif metrics and metrics.masking and metrics.masking.redactions:
        marks.append(("none", "masked"))
    return marks
