"""GET /api/sessions: hoop's filters, their SQL LIKE semantics, its paging limits and errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sessions_ui.demo.standin import gojson
from sessions_ui.demo.standin.http_values import Answer, Query, Request, message
from sessions_ui.demo.standin.people import Person
from sessions_ui.demo.standin.sessions import review_shown
from sessions_ui.demo.standin.state import Session, State

_LIKE_FILTERS = {"user": "user_id", "connection": "connection", "type": "type"}
_EXACT_FILTERS = {"batch_id": "session_batch_id", "correlation_id": "correlation_id"}
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)")


class BadOption(Exception):
    """A list parameter hoop answers with 422."""


@dataclass
class Options:
    limit: int = 20
    offset: int = 0
    count: str = "capped"
    start: datetime | None = None
    end: datetime | None = None
    tests: list[Callable[[Session], bool]] = field(default_factory=list)


def session_list(state: State, request: Request, caller: Person) -> Answer:
    if any("\0" in value or _has_bad_bytes(value) for _, value in request.query.pairs):
        return message(500, "failed listing sessions (v2)")
    try:
        options = _options(request.query, state)
    except BadOption as error:
        return message(422, f"failed listing sessions, invalid {error}")
    found = [
        session
        for session in state.newest_first(options.start, options.end)
        if _listed_for(session, caller) and all(test(session) for test in options.tests)
    ]
    page = found[options.offset : options.offset + options.limit]
    capped = options.count == "capped" and len(found) > state.limits.count
    value = {
        "data": [row(session) for session in page],
        "total": None if options.count == "none" else state.limits.count if capped else len(found),
        "total_is_capped": capped,
        "has_next_page": len(found) > options.offset + options.limit,
    }
    body = gojson.encode(value, escape_html=False) + b"\n"
    return Answer(200, body, "application/json; charset=utf-8")


def row(session: Session) -> dict[str, Any]:
    """A list row: no script, no AI analysis, and a review without its rule."""
    shown = dict(session.envelope)
    for key in ("script", "ai_analysis"):
        if key in shown:
            shown[key] = None
    if shown.get("review"):
        hidden = ("time_window", "access_request_rule_name", "min_approvals", "force_approval_groups")
        review = review_shown(shown["review"])
        shown["review"] = {key: None if key in hidden else value for key, value in review.items()}
    return shown


def _listed_for(session: Session, caller: Person) -> bool:
    """Own sessions and those to review; the review join knows people, not API keys."""
    if caller.sees_everything or session.user_id == caller.id:
        return True
    return not caller.is_key and bool(set(caller.groups) & set(session.review_groups))


def _has_bad_bytes(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _options(query: Query, state: State) -> Options:
    options = Options()
    _read_filters(query, options)
    _read_review_filters(query, options, state)
    _read_dates(query, options, state.clock())
    if (limit := query.first("limit")) is not None:
        options.limit = min(_number("limit", limit, at_least=1), state.limits.page)
    if (offset := query.first("offset")) is not None:
        options.offset = _number("offset", offset, at_least=0)
        if options.offset > state.limits.offset:
            text = (
                f"must not be greater than {state.limits.offset}, got {options.offset}; narrow the result set"
            )
            raise BadOption(f'"offset" option: {text} with a filter instead of paginating deeper')
    if (count := query.first("count")) is not None:
        if count not in ("capped", "exact", "none"):
            raise BadOption(f'"count" option: unknown count mode {gojson.encode(count).decode()}')
        options.count = count
    return options


def _read_filters(query: Query, options: Options) -> None:
    for name, key in _LIKE_FILTERS.items():
        if (value := query.first(name)) is not None:
            options.tests.append(_like_test(key, value))
    for name, key in _EXACT_FILTERS.items():
        value = query.first(name)
        if value is not None and (value or name != "correlation_id"):
            options.tests.append(_equal_test(key, value))
    if (keys := query.first("jira_issue_key")) is not None:
        wanted = {key.strip().lower() for key in keys.split(",")}
        options.tests.append(lambda session: _jira_key(session) in wanted)


def _jira_key(session: Session) -> str | None:
    integrations = session.envelope.get("integrations_metadata") or {}
    key = integrations.get("jira_issue_key")
    return key.lower() if key else None


def _like_test(key: str, value: str) -> Callable[[Session], bool]:
    pattern = like(value)
    # An empty value is no wildcard: nothing has an empty name there.
    return lambda session: bool(value) and bool(pattern.fullmatch(str(session.envelope.get(key) or "")))


def _equal_test(key: str, value: str) -> Callable[[Session], bool]:
    return lambda session: bool(value) and session.envelope.get(key) == value


def _read_review_filters(query: Query, options: Options, state: State) -> None:
    if (status := query.first("review.status")) is not None:
        pattern = like(status)
        options.tests.append(
            lambda session: bool(pattern.fullmatch(str((session.review or {}).get("status") or "")))
        )
    if (approver := query.first("review.approver")) is not None:
        # Who could decide, not who did: hoop compares with the members of the groups.
        person = state.people.find(approver) if approver else None
        groups = set(person.groups) if person and not person.is_key else set()
        options.tests.append(lambda session: bool(groups & set(session.review_groups)))


def like(value: str) -> re.Pattern[str]:
    """SQL LIKE: ``%`` and ``_`` are wildcards, a backslash takes their meaning, case counts."""
    pieces, escaped = [], False
    for character in value:
        if escaped or character not in "%_\\":
            pieces.append(re.escape(character))
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            pieces.append(".*" if character == "%" else ".")
    return re.compile("".join(pieces), re.DOTALL)


def _read_dates(query: Query, options: Options, now: datetime) -> None:
    """BETWEEN two whole seconds. The offset is read and dropped, and an end alone means nothing."""
    bounds: dict[str, datetime] = {}
    for name in ("start_date", "end_date"):
        if (value := query.first(name)) is not None:
            bounds[name] = _wall_clock(name, value)
    if "start_date" not in bounds:
        return
    options.start = bounds["start_date"]
    options.end = bounds.get("end_date", now.replace(microsecond=0))


def _wall_clock(name: str, value: str) -> datetime:
    match = _RFC3339.fullmatch(value)
    try:
        return datetime.fromisoformat(match.group(1) if match else "").replace(tzinfo=UTC)
    except ValueError:
        raise BadOption(f'"{name}" option: start_date or end_date in wrong format') from None


def _number(name: str, value: str, *, at_least: int) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", value):
        raise BadOption(
            f'"{name}" option: {gojson.encode(value, escape_html=False).decode()} is not a number'
        )
    found = int(value)
    if found < at_least:
        limit = f"must be at least {at_least}" if at_least else "must not be negative"
        raise BadOption(f'"{name}" option: {limit}, got {found}')
    return found
