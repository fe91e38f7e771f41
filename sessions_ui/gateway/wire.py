"""hoop's JSON -> the values of ``session``.

Tolerant where hoop varies (nulls, missing keys, newer enums and fields, the looser shapes of its
own document), strict where a mistake would lie: an answer without an id, or about another
session, is no session at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sessions_ui.gateway.errors import GatewayGarbled
from sessions_ui.gateway.fields import (
    counts_of,
    duration_of,
    list_of,
    moment_of,
    number_of,
    object_of,
    text_of,
    uuid_of,
)
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

#: Fields that are read, and ``role_name``, which says the connection's name again.
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
    session_id = uuid_of(value.get("id"))
    if session_id is None or (asked is not None and session_id != asked):
        raise GatewayGarbled("the answer is not about the session that was asked for")
    if not isinstance(value.get("status"), str):
        raise GatewayGarbled("the answer is not a session: it has no status")
    return Session(
        id=str(session_id),
        org_id=_id(value.get("org_id")),
        script=_script(value.get("script")),
        script_size=number_of(value.get("script_size")),
        user=text_of(value.get("user")),
        user_id=text_of(value.get("user_id")),
        user_name=text_of(value.get("user_name")),
        identity_type=text_of(value.get("identity_type")),
        type=text_of(value.get("type")),
        subtype=text_of(value.get("connection_subtype")),
        connection=text_of(value.get("connection")),
        resource_name=text_of(value.get("resource_name")),
        tags={str(key): text_of(text) for key, text in object_of(value.get("connection_tags")).items()},
        verb=text_of(value.get("verb")),
        status=value["status"],
        exit_code=number_of(value.get("exit_code")),
        event_size=number_of(value.get("event_size")) or 0,
        start_date=moment_of(value.get("start_date")),
        end_date=moment_of(value.get("end_date")),
        review=_review(value.get("review")),
        metrics=_metrics(value.get("metrics")),
        ai_analysis=_ai_analysis(value.get("ai_analysis")),
        guardrails=_guardrails(value.get("guardrails_info")),
        labels=object_of(value.get("labels")),
        metadata=object_of(value.get("metadata")),
        integrations=object_of(value.get("integrations_metadata")),
        batch_id=text_of(value.get("session_batch_id")),
        correlation_id=text_of(value.get("correlation_id")),
        machine_identity_id=text_of(value.get("machine_identity_id")),
        extra={key: item for key, item in value.items() if key not in _KNOWN},
    )


def parse_person(value: Mapping[str, Any]) -> HoopPerson:
    """A user of ``/api/users/{email}`` or ``/api/userinfo``."""
    person_id = text_of(value.get("id"))
    if not person_id:
        raise GatewayGarbled("the answer is not a person")
    groups = tuple(group for group in list_of(value.get("groups")) if isinstance(group, str))
    return HoopPerson(
        id=person_id,
        name=text_of(value.get("name")),
        email=text_of(value.get("email")),
        status=text_of(value.get("status")),
        role=text_of(value.get("role")),
        groups=groups,
    )


def parse_server(value: Mapping[str, Any]) -> ServerInfo:
    """The switches of ``/api/serverinfo``; one that is missing counts as on."""
    return ServerInfo(
        version=text_of(value.get("version")),
        disable_download=value.get("disable_sessions_download") is not False,
        disable_clipboard=value.get("disable_clipboard_copy_cut") is not False,
    )


def _id(value: Any) -> str:
    """In one spelling where it is a UUID."""
    found = uuid_of(value)
    return str(found) if found else text_of(value)


def _script(value: Any) -> str | None:
    text = object_of(value).get("data")
    return text if isinstance(text, str) else None


def _review(value: Any) -> Review | None:
    if not isinstance(value, dict):
        return None
    window = object_of(object_of(value.get("time_window")).get("configuration"))
    bounds = (text_of(window.get("start_time")), text_of(window.get("end_time")))
    return Review(
        id=text_of(value.get("id")),
        type=text_of(value.get("type")),
        status=text_of(value.get("status")),
        created_at=moment_of(value.get("created_at")),
        expires_at=moment_of(value.get("revoke_at")),
        access_duration=duration_of(value.get("access_duration")),
        groups=tuple(
            _group(group) for group in list_of(value.get("review_groups_data")) if isinstance(group, dict)
        ),
        min_approvals=number_of(value.get("min_approvals")),
        rule_name=text_of(value.get("access_request_rule_name")),
        force_groups=tuple(text_of(name) for name in list_of(value.get("force_approval_groups"))),
        time_window=bounds if all(bounds) else None,
        rejection_reason=text_of(value.get("rejection_reason")),
    )


def _group(value: Mapping[str, Any]) -> ReviewGroup:
    return ReviewGroup(
        group=text_of(value.get("group")),
        status=text_of(value.get("status")),
        reviewed_by=_reviewer(value.get("reviewed_by")),
        reviewed_at=moment_of(value.get("review_date")),
        forced=value.get("forced_review") is True,
    )


def _reviewer(value: Any) -> Reviewer | None:
    if not isinstance(value, dict):
        return None
    return Reviewer(text_of(value.get("id")), text_of(value.get("name")), text_of(value.get("email")))


def _metrics(value: Any) -> Metrics | None:
    if not isinstance(value, dict):
        return None
    width, height = number_of(value.get("canvas_width")), number_of(value.get("canvas_height"))
    truncated = value.get("truncated")
    return Metrics(
        truncated=truncated if isinstance(truncated, bool) else None,
        masking=_masking(value.get("data_masking")),
        findings=counts_of(value.get("data_analyzer")),
        requests=_requests(value.get("ai_analyzer")),
        bitmap_count=number_of(value.get("bitmap_count")),
        canvas=(width, height) if width and height else None,
    )


def _masking(value: Any) -> Masking | None:
    if not isinstance(value, dict):
        return None
    return Masking(
        redactions=number_of(value.get("total_redact_count")) or 0,
        errors=number_of(value.get("err_count")),
        info_types=counts_of(value.get("info_types")),
    )


def _requests(value: Any) -> AnalyzedRequests | None:
    if not isinstance(value, dict):
        return None
    worst = object_of(value.get("worst"))
    return AnalyzedRequests(
        total=number_of(value.get("total_requests")) or 0,
        blocked=number_of(value.get("blocked_count")) or 0,
        risks=counts_of(value.get("risk_counts")),
        worst_title=text_of(worst.get("title")),
        worst_explanation=text_of(worst.get("explanation")),
        worst_risk=text_of(worst.get("risk_level")),
        worst_outcome=text_of(worst.get("outcome")),
        worst_rule=text_of(worst.get("rule_name")),
    )


def _ai_analysis(value: Any) -> AIAnalysis | None:
    if not isinstance(value, dict):
        return None
    return AIAnalysis(
        risk_level=text_of(value.get("risk_level")),
        title=text_of(value.get("title")),
        explanation=text_of(value.get("explanation")),
        action=text_of(value.get("action")),
        summary=text_of(value.get("summary")),
        model=text_of(value.get("model")),
        steps=tuple(
            AIStep(
                type=text_of(step.get("type")),
                text=text_of(step.get("thinking") or step.get("tool_output") or step.get("tool_input")),
                tool_name=text_of(step.get("tool_name")),
                is_error=step.get("is_error") is True,
            )
            for step in list_of(value.get("steps"))
            if isinstance(step, dict)
        ),
    )


def _guardrails(value: Any) -> tuple[Guardrail, ...]:
    return tuple(_guardrail(hit) for hit in list_of(value) if isinstance(hit, dict))


def _guardrail(value: Mapping[str, Any]) -> Guardrail:
    return Guardrail(
        rule_name=text_of(value.get("rule_name")),
        rule_type=text_of(object_of(value.get("rule")).get("type")),
        direction=text_of(value.get("direction")),
        matched_words=tuple(text_of(word) for word in list_of(value.get("matched_words"))),
        message=text_of(value.get("message")),
    )
