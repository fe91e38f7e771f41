"""Reviews: reading them, deciding them over HTTP, and settling them from a test."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

from sessions_ui.demo.standin import gojson
from sessions_ui.demo.standin.http_values import Answer, Request, json_answer, message
from sessions_ui.demo.standin.people import Person
from sessions_ui.demo.standin.state import BadSessionId, Session, SessionGone, State, canonical_id

DECISIONS = ("APPROVED", "REJECTED", "REVOKED")


def review_row(session: Session, *, listed: bool) -> dict[str, Any]:
    """A review as the review routes show it: ``forced_review`` is false there even for forced ones."""
    review = session.review or {}
    groups = [{**group, "forced_review": False} for group in review.get("review_groups_data") or []]
    shown: dict[str, Any] = {"id": review.get("id"), "session": session.id}
    shown.update({key: value for key, value in review.items() if key != "id"})
    shown["review_groups_data"] = groups
    if listed and "time_window" in shown:
        shown["time_window"] = None
    return shown


def review_list(state: State, request: Request, caller: Person) -> Answer:
    reviewed = [session for session in state.newest_first() if session.review]
    return json_answer([review_row(session, listed=True) for session in reviewed])


def review_by_id(state: State, request: Request, caller: Person, written_id: str) -> Answer:
    session = find(state, written_id)
    return message(404, "resource not found") if session is None else json_answer(_detail(session))


def _detail(session: Session) -> dict[str, Any]:
    return review_row(session, listed=False)


def find(state: State, written_id: str) -> Session | None:
    """The session with this review, by the review's id or its own."""
    wanted = canonical_id(written_id)
    reviewed = (session for session in state.newest_first() if session.review)
    return next((one for one in reviewed if wanted in (one.id, (one.review or {}).get("id"))), None)


def decide(state: State, request: Request, caller: Person, written_id: str) -> Answer:
    """PUT: one person's decision. An admin outside the groups who does not force changes nothing."""
    if caller.role == "auditor":
        return message(403, "access denied")
    try:
        asked = json.loads(request.body)
        status = str(asked["status"]).upper()
    except (ValueError, TypeError, KeyError):
        return message(400, "bad request")
    try:
        session = find(state, written_id)
    except (BadSessionId, SessionGone):
        session = None
    if session is None:
        return message(500, "failed updating review status: review not found")
    with state.lock:
        return _decided(state, session, caller, status, asked)


def _decided(state: State, session: Session, caller: Person, status: str, asked: dict[str, Any]) -> Answer:
    review = session.review or {}
    groups = review["review_groups_data"]
    mine = [group for group in groups if group["group"] in caller.groups]
    forced = bool(asked.get("force_review")) and caller.role == "admin"
    refused = _refused(review, session, caller, status, eligible=bool(mine) or caller.role == "admin")
    if refused:
        return refused
    if not mine and (forced or (status == "REJECTED")):
        groups.append({"id": str(uuid.uuid4()), "group": caller.groups[0]})
        mine = groups[-1:]
    for group in mine:
        _mark(state, group, caller, status, forced=forced)
    if asked.get("time_window"):
        review["time_window"] = asked["time_window"]
    if asked.get("rejection_reason"):
        review["rejection_reason"] = asked["rejection_reason"]
    _conclude(state, session, status, forced=forced and bool(mine))
    return json_answer(_detail(session))


def _refused(
    review: dict[str, Any], session: Session, caller: Person, status: str, *, eligible: bool
) -> Answer | None:
    if status not in DECISIONS:
        return message(500, f"failed updating review status: invalid status {status}")
    if status == "REVOKED" and (review["type"] != "jit" or review["status"] != "APPROVED"):
        return message(500, "failed updating review status: review cannot be revoked")
    if status == "APPROVED" and review["status"] != "PENDING":
        return message(400, "review is in wrong state")
    if status == "REJECTED" and review["status"] not in ("PENDING", "APPROVED"):
        return message(400, "review is in wrong state")
    own = session.user_id == caller.id and caller.role != "admin"
    if own and status == "APPROVED":
        return message(400, "unable to self approve review")
    return None if eligible or (own and status == "REJECTED") else message(403, "not eligible for review")


def _mark(state: State, group: dict[str, Any], person: Person, status: str, *, forced: bool = False) -> None:
    now = state.clock()
    by = {"id": person.id, "name": person.name, "email": person.email, "slack_id": ""}
    date = gojson.milliseconds(gojson.rfc3339(now))
    group.update(status=status, reviewed_by=by, review_date=date, forced_review=forced)


def _conclude(state: State, session: Session, status: str, *, forced: bool) -> None:
    """What the groups' decisions make of the review, and of the session."""
    review = session.review or {}
    if status == "APPROVED":
        groups = review["review_groups_data"]
        approvals = sum(group["status"] == "APPROVED" for group in groups)
        if not forced and approvals < (review.get("min_approvals") or len(groups)):
            return
        duration = timedelta(microseconds=review.get("access_duration", 0) // 1000)
        review.update(status="APPROVED", revoke_at=gojson.rfc3339(state.clock() + duration))
        session.envelope["status"] = "ready"
        return
    review["status"] = status
    session.envelope["status"] = "done"


def settle(state: State, session: Session, status: str, reason: str | None = None) -> None:
    """Let the people of the waiting groups decide: APPROVED, REJECTED, REVOKED, or another final status."""
    review = session.review
    if review is None:
        raise ValueError(f"session {session.id} has no review")
    with state.lock:
        if status in DECISIONS:
            for group in review["review_groups_data"]:
                person = next(one for one in state.people.everyone if group["group"] in one.groups)
                _mark(state, group, person, status)
            if reason:
                review["rejection_reason"] = reason
            _conclude(state, session, status, forced=status == "APPROVED")
        else:
            review["status"] = status
