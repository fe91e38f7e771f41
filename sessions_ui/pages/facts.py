"""The facts of a session in groups; a group without anything to say is left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sessions_ui.pages.order import last_event
from sessions_ui.pages.shapes import Fact, FactGroup, FactValue, Tone
from sessions_ui.pages.words import MAX_NAME, are_close, duration, kind_of, plural, shown
from sessions_ui.session import AIAnalysis, Guardrail, LogFacts, Session
from sessions_ui.verdicts.clock import has_waited
from sessions_ui.verdicts.run import judge_run

#: A value longer than this is cut on the page; the API gives all of it.
MAX_TEXT = 2_500
MAX_ITEMS = 50
MAX_DEPTH = 6


def facts_of(session: Session, log: LogFacts | None, *, said_at: datetime | None = None) -> FactGroup:
    place = shown(session.connection or session.resource_name, MAX_TEXT)
    facts = [
        Fact("Person", _person(session)),
        Fact("Connection", (FactValue(place or "not named by hoop"),)),
        Fact("Kind", (FactValue(kind_of(session)),)),
    ]
    if session.resource_name and session.resource_name != session.connection:
        facts.append(Fact("Resource", (FactValue(_cut(session.resource_name)),)))
    if session.tags:
        facts.append(Fact("Tags", tags_of(session.tags), chips=True))
    facts.append(Fact("How", (FactValue(_verb(session)),)))
    exact = are_close(session.start_date, session.end_date)
    facts.append(Fact(_began(session, log), (_moment(session.start_date, exact),)))
    facts.append(Fact("Ended", (_ended(session, exact),)))
    seconds = session.open_seconds
    if seconds is not None:
        waited = ", waiting for approval included" if session.review else ""
        facts.append(Fact("Open for", (FactValue(duration(seconds) + waited),)))
    if log is not None and log.last_seconds is not None and log.events > 1:
        facts.append(Fact("Last event", (FactValue(last_event(session, log, log.last_seconds)),)))
    facts.append(Fact("Session", (FactValue(session.id, mono=True, copy=session.id),)))
    ids = (
        ("Machine identity", session.machine_identity_id),
        ("Batch", session.batch_id),
        ("Correlation", session.correlation_id),
    )
    for label, value in ids:
        if value:
            facts.append(Fact(label, (FactValue(_cut(value), mono=True),)))
    if said_at is not None:
        facts.append(Fact("hoop said so", (FactValue(at=said_at),)))
    return FactGroup("facts", "Facts", tuple(facts))


def _began(session: Session, log: LogFacts | None) -> str:
    """What hoop's ``start_date`` is: of what waited, or never ran, the moment of the request."""
    ran = judge_run(session, log).ran
    if ran is False or has_waited(session, log):
        return "Asked for"
    return "Asked for or started" if ran is None and log is not None else "Started"


def groups_of(session: Session) -> tuple[FactGroup, ...]:
    """Guardrail hits and AI analysis first, then masking, tickets, labels, metadata."""
    found = (
        _guardrails(session),
        _ai_analysis(session.ai_analysis, session),
        _analyzed_requests(session),
        _masking(session),
        _links(session.integrations),
        _named("labels", _labels_title(session.labels), session.labels),
        _named("metadata", "Metadata", session.metadata),
        _named("extra", "Other fields of this gateway", session.extra),
    )
    return tuple(group for group in found if group is not None)


def _labels_title(labels: Mapping[str, Any]) -> str:
    of_runbook = [name for name in labels if name.startswith("runbook")]
    if not of_runbook:
        return "Labels"
    return "Runbook" if len(of_runbook) == len(labels) else "Runbook and labels"


def _person(session: Session) -> tuple[FactValue, ...]:
    name, email, user_id = _cut(session.user_name), _cut(session.user), _cut(session.user_id)
    if session.identity_type == "machine":
        values = [FactValue(f"{name or user_id or 'unnamed'} (a machine)")]
    else:
        values = [FactValue(name)] if name else []
    if email and email != name:
        values.append(FactValue(email))
    if user_id and user_id not in (email, name):
        values.append(FactValue(user_id, mono=True))
    return tuple(values) or (FactValue("not named by hoop"),)


def _verb(session: Session) -> str:
    if session.verb == "exec":
        return "One script"
    if session.verb == "connect":
        return "A connection to work in"
    return _cut(session.verb) or "not named by hoop"


def _moment(moment: datetime | None, exact: bool) -> FactValue:
    return FactValue(at=moment, exact=exact) if moment else FactValue("not recorded by hoop")


def _ended(session: Session, exact: bool) -> FactValue:
    if session.end_date:
        return FactValue(at=session.end_date, exact=exact)
    return FactValue("not recorded by hoop" if session.status == "done" else "still open")


def tags_of(tags: Mapping[str, str], most: int = MAX_ITEMS) -> tuple[FactValue, ...]:
    """hoop's own document folds several tags into one value with ``;`` and ``:``."""
    values = []
    for name, text in tags.items():
        first, *others = text.split(";")
        values.append(FactValue(_cut(first), term=_cut(name, MAX_NAME)))
        for other in others:
            term, _, value = other.partition(":")
            values.append(FactValue(_cut(value or other), term=_cut(term if value else name, MAX_NAME)))
    return _few(values, most)


def _few(values: list[FactValue], most: int = MAX_ITEMS) -> tuple[FactValue, ...]:
    """The first of them, and how many more there are."""
    more = FactValue(f"and {len(values) - most:,} more")
    return (*values[:most], more) if len(values) > most else tuple(values)


def _few_facts(facts: list[Fact]) -> tuple[Fact, ...]:
    more = Fact("More", (FactValue(f"and {len(facts) - MAX_ITEMS:,} more, in the API's answer"),))
    return (*facts[:MAX_ITEMS], more) if len(facts) > MAX_ITEMS else tuple(facts)


def _guardrails(session: Session) -> FactGroup | None:
    if not session.guardrails:
        return None
    lead = (
        "hoop ended the session with code 254."
        if session.exit_code == 254
        else "A hit does not always stop a session, and this one went on."
    )
    facts = _few_facts([_guardrail(hit) for hit in session.guardrails])
    return FactGroup("guardrails", plural(len(session.guardrails), "guardrail hit"), facts, "bad", lead)


def _guardrail(hit: Guardrail) -> Fact:
    where = {"input": "in what was sent", "output": "in what came back"}.get(
        hit.direction, _cut(hit.direction, 40)
    )
    values = [FactValue(f"Rule “{_cut(hit.rule_name, MAX_NAME) or 'unnamed'}” matched {where}".rstrip())]
    if hit.matched_words:
        values.append(FactValue("Matched: " + _cut(", ".join(hit.matched_words))))
    if hit.message:
        values.append(FactValue(f"Message: {_cut(hit.message)}"))
    return Fact("Guardrail", tuple(values))


def _ai_analysis(analysis: AIAnalysis | None, session: Session) -> FactGroup | None:
    if analysis is None:
        return None
    tones: dict[str, Tone] = {"low": "none", "medium": "warn", "high": "bad"}
    risk = (
        f"{analysis.risk_level.capitalize()} risk"
        if analysis.risk_level in tones
        else _cut(analysis.risk_level, 40)
    )
    decided = {
        "allow_execution": "it was allowed to run",
        "block_execution": "it was stopped before it ran",
        "require_access_request": "an approval was asked for",
    }.get(analysis.action, _cut(analysis.action, 40) or "what followed is not recorded")
    facts = [Fact("Found", (FactValue(_cut(analysis.title)),))] if analysis.title else []
    facts.append(Fact("Then", (FactValue(decided),)))
    if analysis.model:
        facts.append(Fact("Model", (FactValue(_cut(analysis.model)),)))
    for number, step in enumerate(analysis.steps, 1):
        name = {"thinking": "Thought", "tool_call": "Asked a tool", "tool_result": "Tool answered"}.get(
            step.type, _cut(step.type, 40)
        )
        tool = f"{_cut(step.tool_name, MAX_NAME)}: " if step.tool_name else ""
        facts.append(Fact(f"{number}. {name}", (FactValue(tool + _cut(step.text)),)))
    paragraphs = tuple(_cut(text) for text in (analysis.explanation, analysis.summary) if text)
    lead = f"{risk or 'Risk not named'}: {decided}."
    return FactGroup(
        "ai", "AI analysis", _few_facts(facts), tones.get(analysis.risk_level, "warn"), lead, paragraphs
    )


def _analyzed_requests(session: Session) -> FactGroup | None:
    """HTTP sessions are analysed request by request; hoop keeps counts, and the worst one."""
    found = session.metrics.requests if session.metrics else None
    if found is None or not (found.total or found.worst_title):
        return None
    facts = [Fact("Requests", (FactValue(f"{found.total:,} analysed, {found.blocked:,} blocked"),))]
    if found.risks:
        facts.append(Fact("Risk", _counted(found.risks), chips=True))
    worst = [text for text in (found.worst_title, found.worst_explanation) if text]
    if worst:
        facts.append(Fact("The worst", tuple(FactValue(_cut(text)) for text in worst)))
        said = " · ".join(text for text in (found.worst_risk, found.worst_outcome, found.worst_rule) if text)
        facts.append(Fact("Judged", (FactValue(_cut(said) or "not named by hoop"),)))
    tone: Tone = "bad" if found.blocked else "warn" if "high" in found.risks else "none"
    lead = f"{plural(found.blocked, 'request')} blocked while the session went on." if found.blocked else ""
    return FactGroup("requests", "AI analysis of requests", tuple(facts), tone, lead)


def _masking(session: Session) -> FactGroup | None:
    metrics = session.metrics
    if metrics is None:
        return None
    facts = []
    masking = metrics.masking
    if masking and (masking.redactions or masking.errors or masking.info_types):
        values = _counted(masking.info_types)
        facts.append(Fact("Masked by hoop", (FactValue(plural(masking.redactions, "value")),)))
        if values:
            facts.append(Fact("Of kind", values, chips=True))
    if metrics.findings:
        facts.append(Fact("Sensitive data found", _counted(metrics.findings), chips=True))
    if metrics.bitmap_count is not None:
        size = f" of a screen of {metrics.canvas[0]} × {metrics.canvas[1]}" if metrics.canvas else ""
        facts.append(Fact("Screen recording", (FactValue(plural(metrics.bitmap_count, "picture") + size),)))
    if not facts:
        return None
    errors = masking.errors if masking else None
    lead = f"{plural(errors, 'masking error')}: something may have stayed in clear." if errors else ""
    return FactGroup("masking", "Sensitive data", tuple(facts), "warn" if errors else "none", lead)


def _counted(counts: Mapping[str, int]) -> tuple[FactValue, ...]:
    return _few([FactValue(f"{count:,}", term=_kind(kind)) for kind, count in counts.items()])


def _kind(name: str) -> str:
    return _cut(name.replace("_", " ").lower(), MAX_NAME)


def _links(integrations: Mapping[str, Any]) -> FactGroup | None:
    key, address = integrations.get("jira_issue_key"), integrations.get("jira_issue_url")
    rest = {
        name: value
        for name, value in integrations.items()
        if name not in ("jira_issue_key", "jira_issue_url")
    }
    facts = []
    if key or address:
        facts.append(Fact("Jira", (_address(_flat(address or ""), text_shown=_flat(key or "")),)))
    facts += [Fact(_cut(name, 80), (_value(value),)) for name, value in rest.items()]
    return FactGroup("tickets", "Ticket", _few_facts(facts)) if facts else None


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
    facts = [Fact(_cut(known.get(name, name), 80), (_value(value),)) for name, value in values.items()]
    return FactGroup(key, title, _few_facts(facts)) if facts else None


def _value(value: Any) -> FactValue:
    return _address(value) if isinstance(value, str) else FactValue(_cut(_flat(value)))


def _flat(value: Any, depth: int = 0) -> str:
    """A value of any shape in a line: ``a: 1; b: (c: yes)``. Nesting without end is not followed."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, (dict, list)):
        return str(value)
    if depth >= MAX_DEPTH:
        return "… (nested further)"
    if isinstance(value, dict):
        flat = "; ".join(f"{name}: {_flat(item, depth + 1)}" for name, item in value.items())
    else:
        flat = ", ".join(_flat(item, depth + 1) for item in value)
    return f"({flat})" if depth else flat or "empty"


def _address(text: str, *, text_shown: str = "") -> FactValue:
    """A link for http(s) addresses only, with the host it leads to in sight."""
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname or ""
    except ValueError:
        return FactValue(_cut(text_shown or text))
    if parts.scheme.lower() not in ("http", "https") or not host or len(text) > MAX_TEXT:
        return FactValue(_cut(text_shown or text))
    return FactValue(_cut(text_shown or text), href=text.strip(), host=_cut(host, MAX_NAME))


def _cut(text: str, most: int = MAX_TEXT) -> str:
    return shown(text, most)
