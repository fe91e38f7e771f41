"""``/sessions/<id>/covering-approval``: the approval of another session that covers this one.

A fragment that the page asks for once it is there, so that no page waits for hoop's list; a page of
its own without JavaScript.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from sessions_ui.access.record import record
from sessions_ui.archive.covering import Requests, find_named, look_for_requests
from sessions_ui.archive.sessions import get_session
from sessions_ui.gateway.errors import GatewayError, GatewayNotFound
from sessions_ui.pages.answers import approval_answer
from sessions_ui.pages.approval_words import LABELS
from sessions_ui.pages.covered import covering_of, deciders_of, doubt_of
from sessions_ui.pages.footprints import record_approval
from sessions_ui.pages.opening import admit, person_of_request
from sessions_ui.pages.refusals import answer_problems
from sessions_ui.pages.session_ids import asked_id, one_address
from sessions_ui.pages.shapes import Answer, CoveringShape, Step, Tone
from sessions_ui.pages.words import duration, listed, shown, title_of
from sessions_ui.problems import is_fragment
from sessions_ui.session import Review, Session
from sessions_ui.trail.acts import Act
from sessions_ui.verdicts.approval import Outcome, judge_approval
from sessions_ui.verdicts.approval_facts import judge_decisions
from sessions_ui.verdicts.approval_times import is_within_hours
from sessions_ui.verdicts.covering import in_force

INFERRED = "hoop does not link the two: that it covers this one is our inference."


@require_safe
@answer_problems()
@one_address("session-covering-approval")
def session_covering_approval(request: HttpRequest, session_id: str) -> HttpResponse:
    kept, _ = admit(person_of_request(request), session_id)
    session = kept.session
    if session.review is not None:
        return redirect(reverse("session", args=[session.id]) + "#review")
    covering, answer = _shapes(request, session)
    if not is_fragment(request):
        record(request, Act.SESSION_OPENED, session=session.id, about={"part": "covering approval"})
    context: dict[str, object] = {"covering": covering, "answer": answer, "oob": True, "now": timezone.now()}
    if is_fragment(request):
        response = render(request, "sessions_ui/_covering.html", context)
    else:
        context |= {"session_id": session.id, "title": title_of(session)}
        response = render(request, "sessions_ui/covering.html", context)
    return response


def _shapes(request: HttpRequest, session: Session) -> tuple[CoveringShape, Answer | None]:
    """The panel's words, and the answer at the top of the page where they change it."""
    person = person_of_request(request)
    try:
        named = find_named(session)
        if named is not None and covering_of(person, session, (named,)):
            return _covered(request, session, named, "Its credentials were given to that session.")
        requests = look_for_requests(session)
        found = covering_of(person, session, requests.sessions)
        if found is not None:
            # A list row lacks the number of approvals and the hours of the day.
            return _covered(request, session, _whole(found, requests), "")
    except GatewayError as error:
        again = reverse("session-covering-approval", args=[session.id])
        failed = "Whether another approval covers it could not be looked up"
        return CoveringShape("warn", f"{failed}: {error}.", "", retry_href=again), None
    return _uncovered(session, named, requests), None


def _whole(found: Session, requests: Requests) -> Session:
    if requests.trouble is not None:
        return found
    try:
        return get_session(asked_id(found.id)).session
    except GatewayNotFound:
        return found


def _covered(
    request: HttpRequest, session: Session, other: Session, how: str
) -> tuple[CoveringShape, Answer | None]:
    record_approval(request, other, session)
    times, review = in_force(other), other.review
    assert times is not None
    assert review is not None
    by, doubt = deciders_of(review), doubt_of(other)
    tone: Tone = "warn" if doubt else "none"
    first = Step("none" if doubt else "good", f"Approved by {by}" if by else "Approved", "", times[0])
    if not by:
        first = replace(first, tone="none", detail="Who approved cannot be known any more.")
    grounds = (doubt, _grounds(other), how, _hours(session, other), INFERRED)
    detail = " ".join(part for part in grounds if part)
    shape = CoveringShape(
        tone,
        "Covered by another approval",
        detail,
        (first, *_afterwards(session, review, times)),
        href=f"/sessions/{other.id}#review",
        link="Open the session that asked for it",
    )
    whose = f"approved by {by}" if by else "that was approved"
    told = f"It has none of its own. An access {whose} was in force when it began: our inference. {doubt}"
    own = approval_answer(session, judge_approval(session))
    return shape, Answer(own.key, own.question, tone, "Covered by another approval", told.strip())


def _grounds(other: Session) -> str:
    """What else is known of that approval, and what cannot be."""
    told = []
    for outcome, words in ((Outcome.HOLDS, "holds"), (Outcome.CANNOT_BE_KNOWN, "cannot be known")):
        found = [fact for fact in judge_decisions(other) if fact.outcome == outcome]
        if found:
            told.append(f"Of it {words}: {listed([LABELS[fact.key].lower() for fact in found])}.")
    return " ".join(told)


def _afterwards(session: Session, review: Review, times: tuple[datetime, datetime]) -> list[Step]:
    """When this session began and ended, and the approval did, in the order of time."""
    began, until = times
    steps = []
    if session.start_date is not None:
        after = duration((session.start_date - began).total_seconds())
        steps.append(Step("none", "This session began", f"{after} after the approval", session.start_date))
    revoked = review.status == "REVOKED"
    steps.append(Step("none", "The approval was revoked" if revoked else "The approval ends", "", until))
    if session.end_date is not None:
        beyond = (session.end_date - until).total_seconds()
        tone: Tone = "warn" if beyond > 0 and revoked else "none"
        said = f"{duration(beyond)} after the approval's end" if beyond > 0 else ""
        if said and not revoked:
            full = duration(review.access_duration.total_seconds())
            said = f"{said}; hoop gives each use of it its full {full} again"
        steps.append(Step(tone, "This session ended", said, session.end_date))
    return sorted(steps, key=lambda step: step.at or until)


def _hours(session: Session, other: Session) -> str:
    """The hours of the day that the approval names: hoop does not hold a running access to them."""
    window = other.review.time_window if other.review else None
    if window is None:
        return ""
    hours = f"{shown(window[0], 20)} to {shown(window[1], 20)} UTC"
    if session.start_date is None or session.end_date is None:
        return f"The approval names the hours {hours}."
    inside = is_within_hours(window, session.start_date, session.end_date)
    if inside is None:
        return f"The approval names the hours {hours}."
    return f"It lies {'inside' if inside else 'not all inside'} the hours that the approval names: {hours}."


def _uncovered(session: Session, named: Session | None, requests: Requests) -> CoveringShape:
    detail = "" if named is None else "The session that its metadata names holds no approval for it."
    if requests.trouble is not None:
        searched = f"hoop could not be asked ({requests.trouble}); no approval that is kept here covers it."
        return CoveringShape("warn", searched, detail)
    who = "machine" if session.identity_type == "machine" else "person"
    searched = f"No other approval of this {who} for this connection covers it either."
    if not requests.all_seen:
        searched = "None of the newest approvals before it covers it; older ones were not looked at."
    return CoveringShape("none", searched, detail)
