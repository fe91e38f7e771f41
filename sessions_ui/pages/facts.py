"""The facts of a session in groups; a group without anything to say is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sessions_ui.pages.shapes import Fact, FactGroup, FactValue, Tone
from sessions_ui.pages.words import duration, kind_of, plural
from sessions_ui.session import AIAnalysis, Guardrail, LogFacts, Session

#: A value longer than this is cut on the page; the API gives all of it.
MAX_TEXT = 2_500
MAX_ITEMS = 50


def facts_of(session: Session, log: LogFacts | None) -> FactGroup:
    facts = [
        Fact("Person", _person(session)),
        Fact("Connection", (FactValue(session.connection or session.resource_name or "not named by hoop"),)),
        Fact("Kind", (FactValue(kind_of(session)),)),
    ]
    if session.resource_name and session.resource_name != session.connection:
        facts.append(Fact("Resource", (FactValue(session.resource_name),)))
    if session.tags:
        facts.append(Fact("Tags", _tags(session.tags), chips=True))
    facts.append(Fact("How", (FactValue(_verb(session)),)))
    facts.append(Fact("Started", (_moment(session.start_date),)))
    facts.append(Fact("Ended", (_ended(session),)))
    if session.start_date and session.end_date:
        seconds = max(0.0, (session.end_date - session.start_date).total_seconds())
        waited = ", waiting for approval included" if session.review else ""
        facts.append(Fact("Open for", (FactValue(duration(seconds) + waited),)))
    if log is not None and log.last_seconds is not None and log.events > 1:
        facts.append(
            Fact("Recorded", (FactValue(f"up to {duration(log.last_seconds)} after it was connected"),))
        )
    facts.append(Fact("Session", (FactValue(session.id, mono=True, copy=session.id),)))
    for label, value in (("Batch", session.batch_id), ("Correlation", session.correlation_id)):
        if value:
            facts.append(Fact(label, (FactValue(_cut(value), mono=True),)))
    return FactGroup("facts", "Facts", tuple(facts))


def groups_of(session: Session) -> tuple[FactGroup, ...]:
    """Guardrail hits and AI analysis first, then masking, tickets, labels, metadata."""
    found = (
        _guardrails(session),
        _ai_analysis(session.ai_analysis, session),
        _masking(session),
        _links(session.integrations),
        _named("labels", "Runbook and labels", session.labels),
        _named("metadata", "Metadata", session.metadata),
        _named("extra", "Other fields of this gateway", session.extra),
    )
    return tuple(group for group in found if group is not None)


def _person(session: Session) -> tuple[FactValue, ...]:
    if session.identity_type == "machine":
        values = [FactValue(f"{session.user_name or session.user_id or 'unnamed'} (a machine)")]
    else:
        values = [FactValue(session.user_name)] if session.user_name else []
    if session.user and session.user != session.user_name:
        values.append(FactValue(session.user))
    if session.user_id and session.user_id not in (session.user, session.user_name):
        values.append(FactValue(session.user_id, mono=True))
    return tuple(values) or (FactValue("not named by hoop"),)


def _verb(session: Session) -> str:
    if session.verb == "exec":
        return "One script, run to its end"
    if session.verb == "connect":
        return "Connected and worked in it"
    return session.verb or "not named by hoop"


def _moment(moment: Any) -> FactValue:
    return FactValue(at=moment) if moment else FactValue("not recorded by hoop")


def _ended(session: Session) -> FactValue:
    if session.end_date:
        return FactValue(at=session.end_date)
    return FactValue("not recorded by hoop" if session.status == "done" else "still open")


def _tags(tags: Mapping[str, str]) -> tuple[FactValue, ...]:
    """hoop's own document folds several tags into one value with ``;`` and ``:``."""
    values = []
    for name, text in tags.items():
        first, *others = text.split(";")
        values.append(FactValue(_cut(first), term=name))
        for other in others:
            term, _, value = other.partition(":")
            values.append(FactValue(_cut(value), term=term) if value else FactValue(_cut(other), term=name))
    return tuple(values[:MAX_ITEMS])


def _guardrails(session: Session) -> FactGroup | None:
    if not session.guardrails:
        return None
    lead = (
        "hoop ended the session with code 254."
        if session.exit_code == 254
        else "A hit does not always stop a session, and this one went on."
    )
    facts = tuple(_guardrail(hit) for hit in session.guardrails[:MAX_ITEMS])
    return FactGroup("guardrails", plural(len(session.guardrails), "guardrail hit"), facts, "bad", lead)


def _guardrail(hit: Guardrail) -> Fact:
    where = {"input": "in what was sent", "output": "in what came back"}.get(hit.direction, hit.direction)
    values = [FactValue(f"Rule “{hit.rule_name or 'unnamed'}” matched {where}".rstrip())]
    if hit.matched_words:
        values.append(FactValue("Matched: " + _cut(", ".join(hit.matched_words[:MAX_ITEMS]))))
    if hit.message:
        values.append(FactValue(f"Message: {_cut(hit.message)}"))
    return Fact("Guardrail", tuple(values))


def _ai_analysis(analysis: AIAnalysis | None, session: Session) -> FactGroup | None:
    if analysis is None:
        return None
    tones: dict[str, Tone] = {"low": "none", "medium": "warn", "high": "bad"}
    risk = f"{analysis.risk_level.capitalize()} risk" if analysis.risk_level in tones else analysis.risk_level
    decided = {
        "allow_execution": "it was allowed to run",
        "block_execution": "it was stopped before it ran",
        "require_access_request": "an approval was asked for",
    }.get(analysis.action, analysis.action or "what followed is not recorded")
    facts = [Fact("Found", (FactValue(_cut(analysis.title)),))] if analysis.title else []
    facts.append(Fact("Then", (FactValue(decided),)))
    if analysis.model:
        facts.append(Fact("Model", (FactValue(_cut(analysis.model)),)))
    for number, step in enumerate(analysis.steps[:MAX_ITEMS], 1):
        name = {"thinking": "Thought", "tool_call": "Asked a tool", "tool_result": "Tool answered"}.get(
            step.type, step.type
        )
        tool = f"{step.tool_name}: " if step.tool_name else ""
        facts.append(Fact(f"{number}. {name}", (FactValue(tool + _cut(step.text)),)))
    paragraphs = tuple(_cut(text) for text in (analysis.explanation, analysis.summary) if text)
    lead = f"{risk or 'Risk not named'}: {decided}."
    return FactGroup(
        "ai", "AI analysis", tuple(facts), tones.get(analysis.risk_level, "warn"), lead, paragraphs
    )


def _masking(session: Session) -> FactGroup | None:
    metrics = session.metrics
    if metrics is None:
        return None
    facts = []
    masking = metrics.masking
    if masking and (masking.redactions or masking.errors or masking.info_types):
        values = tuple(
            FactValue(f"{count:,}", term=_kind(kind))
            for kind, count in list(masking.info_types.items())[:MAX_ITEMS]
        )
        facts.append(Fact("Masked by hoop", (FactValue(plural(masking.redactions, "value")),)))
        if values:
            facts.append(Fact("Of kind", values, chips=True))
        if masking.errors:
            facts.append(
                Fact(
                    "Errors",
                    (
                        FactValue(
                            f"{plural(masking.errors, 'masking error')}: something may have stayed in clear"
                        ),
                    ),
                )
            )
    if metrics.findings:
        values = tuple(
            FactValue(f"{count:,}", term=_kind(kind))
            for kind, count in list(metrics.findings.items())[:MAX_ITEMS]
        )
        facts.append(Fact("Sensitive data found", values, chips=True))
    if metrics.bitmap_count is not None:
        size = f" of a screen of {metrics.canvas[0]} × {metrics.canvas[1]}" if metrics.canvas else ""
        facts.append(Fact("Screen recording", (FactValue(plural(metrics.bitmap_count, "picture") + size),)))
    if not facts:
        return None
    errors = bool(masking and masking.errors)
    return FactGroup("masking", "Sensitive data", tuple(facts), "warn" if errors else "none")


def _kind(name: str) -> str:
    return name.replace("_", " ").lower()


def _links(integrations: Mapping[str, Any]) -> FactGroup | None:
    key, address = integrations.get("jira_issue_key"), integrations.get("jira_issue_url")
    rest = {
        name: value
        for name, value in integrations.items()
        if name not in ("jira_issue_key", "jira_issue_url")
    }
    facts = []
    if key or address:
        facts.append(Fact("Jira", (_address(str(address or ""), text_shown=str(key or "")),)))
    facts += [Fact(name, (_value(value),)) for name, value in list(rest.items())[:MAX_ITEMS]]
    return FactGroup("tickets", "Ticket", tuple(facts)) if facts else None


def _named(key: str, title: str, values: Mapping[str, Any]) -> FactGroup | None:
    known = {
        "runbookFile": "Runbook",
        "runbookRepository": "Repository",
        "runbookParameters": "Parameters",
        "re-run-from": "Run again from",
        "credential_session": "Opened by the credentials of",
        "credentials_expire_at": "Credentials expire",
        "credentials_revoked_at": "Credentials revoked",
    }
    facts = tuple(
        Fact(_cut(known.get(name, name), 80), (_value(value),))
        for name, value in list(values.items())[:MAX_ITEMS]
    )
    return FactGroup(key, title, facts) if facts else None


def _value(value: Any) -> FactValue:
    if isinstance(value, str):
        return _address(value)
    if isinstance(value, dict):
        return FactValue(_cut("; ".join(f"{name}: {_flat(item)}" for name, item in value.items())))
    if isinstance(value, list):
        return FactValue(_cut(", ".join(_flat(item) for item in value)))
    return FactValue(_cut(_flat(value)))


def _flat(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _address(text: str, *, text_shown: str = "") -> FactValue:
    """A link for http(s) addresses only, with the host it leads to in sight."""
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname or ""
    except ValueError:
        return FactValue(_cut(text_shown or text))
    if parts.scheme.lower() not in ("http", "https") or not host or len(text) > MAX_TEXT:
        return FactValue(_cut(text_shown or text))
    return FactValue(_cut(text_shown or text), href=text.strip(), host=host)


def _cut(text: str, most: int = MAX_TEXT) -> str:
    return text if len(text) <= most else f"{text[:most]}… (cut, {len(text):,} characters)"
