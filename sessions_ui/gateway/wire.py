"""hoop's JSON -> the values of ``session``.

Tolerant where hoop varies (nulls, missing keys, newer enums and fields, the looser shapes of its
own document), strict where a mistake would lie: an answer without an id, or about another
session, is no session at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sessions_ui.gateway.errors import GatewayGarbled
from sessions_ui.session import (
    AIAnalysis,
    AIStep,
    AnalyzedRequests,
    Guardrail,
    HoopPerson,
    Masking,
    Metrics,
    Review,
    Reviewer,
    ReviewGroup,
    ServerInfo,
    Session,
)

_KNOWN = frozenset(
    {
        "id",
        "org_id",
        "script",
        "script_size",
        "labels",
        "integrations_metadata",
        "metadata",
        "metrics",
        "user",
        "user_id",
        "user_name",
        "type",
        "connection_subtype",
        "connection",
        "resource_name",
        "role_name",
        "connection_tags",
        "review",
        "verb",
        "status",
        "exit_code",
        "event_stream",
        "event_size",
        "session_batch_id",
        "correlation_id",
        "start_date",
        "end_date",
        "ai_analysis",
        "guardrails_info",
        "identity_type",
        "machine_identity_id",
    }
)


def parse_session(value: Mapping[str, Any], *, asked: UUID | None = None) -> Session:
    """A session of the list or the detail route. Raises GatewayGarbled when it is not one, or not
    the one ``asked`` for."""
    session_id = _uuid(value.get("id"))
    if session_id is None or (asked is not None and session_id != asked):
        raise GatewayGarbled("the answer is not about the session that was asked for")
    if not isinstance(value.get("status"), str):
        raise GatewayGarbled("the answer is not a session: it has no status")
    org_id = _uuid(value.get("org_id"))
    script = value.get("script")
    return Session(
        id=str(session_id),
        org_id=str(org_id) if org_id else _text(value.get("org_id")),
        script=script.get("data")
        if isinstance(script, dict) and isinstance(script.get("data"), str)
        else None,
        script_size=_number(value.get("script_size")),
        user=_text(value.get("user")),
        user_id=_text(value.get("user_id")),
        user_name=_text(value.get("user_name")),
        identity_type=_text(value.get("identity_type")),
        type=_text(value.get("type")),
        subtype=_text(value.get("connection_subtype")),
        connection=_text(value.get("connection")),
        resource_name=_text(value.get("resource_name")),
        role_name=_text(value.get("role_name")),
        tags={str(key): _text(text) for key, text in _object(value.get("connection_tags")).items()},
        verb=_text(value.get("verb")),
        status=value["status"],
        exit_code=_number(value.get("exit_code")),
        event_size=_number(value.get("event_size")) or 0,
        start_date=parse_moment(value.get("start_date")),
        end_date=parse_moment(value.get("end_date")),
        review=_review(value.get("review")),
        metrics=_metrics(value.get("metrics")),
        ai_analysis=_ai_analysis(value.get("ai_analysis")),
        guardrails=tuple(
            _guardrail(hit) for hit in _list(value.get("guardrails_info")) if isinstance(hit, dict)
        ),
        labels=_object(value.get("labels")),
        metadata=_object(value.get("metadata")),
        integrations=_object(value.get("integrations_metadata")),
        batch_id=_text(value.get("session_batch_id")),
        correlation_id=_text(value.get("correlation_id")),
        machine_identity_id=_text(value.get("machine_identity_id")),
        extra={key: item for key, item in value.items() if key not in _KNOWN},
    )


def parse_person(value: Mapping[str, Any]) -> HoopPerson:
    """A user of ``/api/users/{email}`` or ``/api/userinfo``."""
    person_id = _text(value.get("id"))
    if not person_id:
        raise GatewayGarbled("the answer is not a person")
    groups = tuple(group for group in _list(value.get("groups")) if isinstance(group, str))
    return HoopPerson(
        id=person_id,
        name=_text(value.get("name")),
        email=_text(value.get("email")),
        status=_text(value.get("status")),
        role=_text(value.get("role")),
        groups=groups,
    )


def parse_server(value: Mapping[str, Any]) -> ServerInfo:
    """The switches of ``/api/serverinfo``; one that is missing counts as on."""
    return ServerInfo(
        version=_text(value.get("version")),
        disable_download=value.get("disable_sessions_download") is not False,
        disable_clipboard=value.get("disable_clipboard_copy_cut") is not False,
    )


def parse_moment(value: Any) -> datetime | None:
    """RFC 3339 with 0 to 9 fractional digits, in UTC; None for null, ``""`` and what is no date.

    >>> parse_moment("2026-11-23T12:34:01.12Z").isoformat()
    '2026-11-23T12:34:01.120000+00:00'
    """
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def _review(value: Any) -> Review | None:
    if not isinstance(value, dict):
        return None
    window = _object(_object(value.get("time_window")).get("configuration"))
    bounds = (_text(window.get("start_time")), _text(window.get("end_time")))
    return Review(
        id=_text(value.get("id")),
        type=_text(value.get("type")),
        status=_text(value.get("status")),
        created_at=parse_moment(value.get("created_at")),
        expires_at=parse_moment(value.get("revoke_at")),
        access_duration=_nanoseconds(value.get("access_duration")),
        groups=tuple(
            _group(group) for group in _list(value.get("review_groups_data")) if isinstance(group, dict)
        ),
        min_approvals=_number(value.get("min_approvals")),
        rule_name=_text(value.get("access_request_rule_name")),
        force_groups=tuple(_text(name) for name in _list(value.get("force_approval_groups"))),
        time_window=bounds if all(bounds) else None,
        rejection_reason=_text(value.get("rejection_reason")),
    )


def _group(value: Mapping[str, Any]) -> ReviewGroup:
    by = value.get("reviewed_by")
    return ReviewGroup(
        group=_text(value.get("group")),
        status=_text(value.get("status")),
        reviewed_by=Reviewer(_text(by.get("id")), _text(by.get("name")), _text(by.get("email")))
        if isinstance(by, dict)
        else None,
        reviewed_at=parse_moment(value.get("review_date")),
        forced=value.get("forced_review") is True,
    )


def _metrics(value: Any) -> Metrics | None:
    if not isinstance(value, dict):
        return None
    masking = value.get("data_masking")
    width, height = _number(value.get("canvas_width")), _number(value.get("canvas_height"))
    truncated = value.get("truncated")
    return Metrics(
        truncated=truncated if isinstance(truncated, bool) else None,
        masking=Masking(
            redactions=_number(masking.get("total_redact_count")) or 0,
            errors=_number(masking.get("err_count")),
            info_types=_counts(masking.get("info_types")),
        )
        if isinstance(masking, dict)
        else None,
        findings=_counts(value.get("data_analyzer")),
        requests=_requests(value.get("ai_analyzer")),
        bitmap_count=_number(value.get("bitmap_count")),
        canvas=(width, height) if width and height else None,
    )


def _requests(value: Any) -> AnalyzedRequests | None:
    if not isinstance(value, dict):
        return None
    worst = _object(value.get("worst"))
    return AnalyzedRequests(
        total=_number(value.get("total_requests")) or 0,
        blocked=_number(value.get("blocked_count")) or 0,
        risks=_counts(value.get("risk_counts")),
        worst_title=_text(worst.get("title")),
        worst_explanation=_text(worst.get("explanation")),
        worst_risk=_text(worst.get("risk_level")),
        worst_outcome=_text(worst.get("outcome")),
        worst_rule=_text(worst.get("rule_name")),
    )


def _ai_analysis(value: Any) -> AIAnalysis | None:
    if not isinstance(value, dict):
        return None
    return AIAnalysis(
        risk_level=_text(value.get("risk_level")),
        title=_text(value.get("title")),
        explanation=_text(value.get("explanation")),
        action=_text(value.get("action")),
        summary=_text(value.get("summary")),
        model=_text(value.get("model")),
        steps=tuple(
            AIStep(
                type=_text(step.get("type")),
                text=_text(step.get("thinking") or step.get("tool_output") or step.get("tool_input")),
                tool_name=_text(step.get("tool_name")),
                is_error=step.get("is_error") is True,
            )
            for step in _list(value.get("steps"))
            if isinstance(step, dict)
        ),
    )


def _guardrail(value: Mapping[str, Any]) -> Guardrail:
    return Guardrail(
        rule_name=_text(value.get("rule_name")),
        rule_type=_text(_object(value.get("rule")).get("type")),
        direction=_text(value.get("direction")),
        matched_words=tuple(_text(word) for word in _list(value.get("matched_words"))),
        message=_text(value.get("message")),
    )


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else str(value)


def _number(value: Any) -> int | None:
    """A whole number; 64 bits, because that is what the database and hoop hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if -(2**63) <= value < 2**63 and value == int(value) else None


def _nanoseconds(value: Any) -> timedelta:
    try:
        return timedelta(microseconds=(_number(value) or 0) // 1000)
    except OverflowError:
        return timedelta()


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _counts(value: Any) -> Mapping[str, int]:
    return {str(key): count for key, item in _object(value).items() if (count := _number(item))}
