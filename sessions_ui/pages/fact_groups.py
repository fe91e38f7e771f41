"""What hoop says of a session beside its plain facts, in titled groups: guardrail hits, AI analysis, masking,
tickets, labels, metadata. A group without anything to say is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessions_ui.pages.fact_values import MAX_ITEMS, address_of, cut, few, flat_text, value_of
from sessions_ui.pages.shapes import Fact, FactGroup, FactValue, Tone
from sessions_ui.pages.words import MAX_NAME, plural
from sessions_ui.session import AIAnalysis, AIStep, Guardrail, Session
from sessions_ui.verdicts.run import ABNORMAL

_DIRECTIONS = {
    "input": "in what was sent",
    "output": "in what came back",
    "server_to_client": "in what came back",
}
_STEPS = {"thinking": "Thought", "tool_call": "Asked a tool", "tool_result": "Tool answered"}
_RISKS: dict[str, Tone] = {"low": "none", "medium": "warn", "high": "bad"}
_DECISIONS = {
    "allow_execution": "it was allowed to run",
    "block_execution": "it was stopped before it ran",
    "require_access_request": "an approval was asked for",
}
_LABELS = {
    "runbookFile": "Runbook",
    "runbookRepository": "Repository",
    "runbookParameters": "Parameters",
    "re-run-from": "Run again from",
    "credential_session": "Opened by the credentials of",
    "credentials_expire_at": "Credentials expire",
    "credentials_revoked_at": "Credentials revoked",
}


def groups_of(session: Session) -> tuple[FactGroup, ...]:
    """Guardrail hits and AI analysis first, then masking, tickets, labels, metadata."""
    found = (
        _guardrails(session),
        _ai_analysis(session.ai_analysis),
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


def _few_facts(facts: list[Fact]) -> tuple[Fact, ...]:
    more = Fact("More", (FactValue(f"and {len(facts) - MAX_ITEMS:,} more, in the API's answer"),))
    return (*facts[:MAX_ITEMS], more) if len(facts) > MAX_ITEMS else tuple(facts)


def _guardrails(session: Session) -> FactGroup | None:
    if not session.guardrails:
        return None
    lead = (
        "It ended the session."
        if session.exit_code == ABNORMAL
        else "A hit does not always stop a session, and this one went on."
    )
    facts = _few_facts([_guardrail(hit) for hit in session.guardrails])
    return FactGroup("guardrails", plural(len(session.guardrails), "guardrail hit"), facts, "bad", lead)


def _guardrail(hit: Guardrail) -> Fact:
    where = _DIRECTIONS.get(hit.direction, cut(hit.direction, 40))
    values = [FactValue(f"Rule “{cut(hit.rule_name, MAX_NAME) or 'unnamed'}” matched {where}".rstrip())]
    if hit.rule_type:
        values.append(FactValue(f"Kind of rule: {_kind(hit.rule_type)}"))
    if hit.matched_words:
        values.append(FactValue("Matched: " + cut(", ".join(hit.matched_words))))
    if hit.message:
        values.append(FactValue(f"Message: {cut(hit.message)}"))
    return Fact("Guardrail", tuple(values))


def _ai_analysis(analysis: AIAnalysis | None) -> FactGroup | None:
    if analysis is None:
        return None
    known = analysis.risk_level in _RISKS
    risk = f"{analysis.risk_level.capitalize()} risk" if known else cut(analysis.risk_level, 40)
    decided = _DECISIONS.get(analysis.action, cut(analysis.action, 40) or "what followed is not recorded")
    facts = [Fact("Found", (FactValue(cut(analysis.title)),))] if analysis.title else []
    if analysis.model:
        facts.append(Fact("Model", (FactValue(cut(analysis.model)),)))
    facts += [_step(number, step) for number, step in enumerate(analysis.steps, 1)]
    paragraphs = tuple(cut(text) for text in (analysis.explanation, analysis.summary) if text)
    lead = f"{risk or 'Risk not named'}: {decided}."
    return FactGroup(
        "ai", "AI analysis", _few_facts(facts), _RISKS.get(analysis.risk_level, "warn"), lead, paragraphs
    )


def _step(number: int, step: AIStep) -> Fact:
    name = _STEPS.get(step.type, cut(step.type, 40))
    tool = f"{cut(step.tool_name, MAX_NAME)}: " if step.tool_name else ""
    failed = "failed: " if step.is_error else ""
    return Fact(f"{number}. {name}", (FactValue(f"{tool}{failed}{cut(step.text)}"),))


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
        facts.append(Fact("The worst", tuple(FactValue(cut(text)) for text in worst)))
        said = " · ".join(text for text in (found.worst_risk, found.worst_outcome, found.worst_rule) if text)
        facts.append(Fact("Judged", (FactValue(cut(said) or "not named by hoop"),)))
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
    return FactGroup("masking", "Masking and findings", tuple(facts), "warn" if errors else "none", lead)


def _counted(counts: Mapping[str, int]) -> tuple[FactValue, ...]:
    return few([FactValue(f"{count:,}", term=_kind(kind)) for kind, count in counts.items()])


def _kind(name: str) -> str:
    return cut(name.replace("_", " ").lower(), MAX_NAME)


def _links(integrations: Mapping[str, Any]) -> FactGroup | None:
    key, address = integrations.get("jira_issue_key"), integrations.get("jira_issue_url")
    rest = {
        name: value
        for name, value in integrations.items()
        if name not in ("jira_issue_key", "jira_issue_url")
    }
    facts = []
    if key or address:
        facts.append(Fact("Jira", (address_of(flat_text(address or ""), text_shown=flat_text(key or "")),)))
    facts += [Fact(cut(name, 80), (value_of(value),)) for name, value in rest.items()]
    return FactGroup("tickets", "Ticket", _few_facts(facts)) if facts else None


def _named(key: str, title: str, values: Mapping[str, Any]) -> FactGroup | None:
    facts = [Fact(cut(_LABELS.get(name, name), 80), (value_of(value),)) for name, value in values.items()]
    return FactGroup(key, title, _few_facts(facts)) if facts else None
