"""Values of every kind for the templates, and a parser that holds what they render to account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from unittest import mock

from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.safestring import SafeString

from sessions_ui.access.people import Person
from sessions_ui.eventlog.rows import Row, Span
from sessions_ui.pages import log_shapes, shapes
from sessions_ui.pages.list_shapes import SessionLine
from sessions_ui.pages.session_shape import SessionShape

NOW = datetime(2026, 11, 23, 12, 54, tzinfo=UTC)
AT = datetime(2026, 11, 23, 12, 34, 1, 79396, tzinfo=UTC)
AUDREY = Person("audrey-id", "Audrey", "audrey@example.com", "auditor", (), "demo")
ID = "4d9e8728-7e1e-4fcb-8112-f378ee20fa08"
VOID = {"meta", "link", "input", "br", "img", "circle", "path"}


class Outline(HTMLParser):
    """Collects ids and attributes, and checks that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.roots = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.roots += not self.open
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(html: str) -> Outline:
    parsed = Outline()
    parsed.feed(html)
    assert parsed.open == []
    assert len(parsed.ids) == len(set(parsed.ids))
    return parsed


def log_row(
    number: int = 1, kind: Any = "o", text: str = "restarting api", **fields: Any
) -> log_shapes.LogRowShape:
    row = Row(number, kind, 0.008, fields.pop("form", "text"), ((Span(text),),), fields.pop("folded", ""))
    word = {"i": "typed", "o": "printed", "e": "error", "x": "other"}[kind]
    return log_shapes.LogRowShape(
        row=row,
        anchor=f"e-{number}",
        href=f"/sessions/{ID}?e={number}",
        kind=kind,
        kind_word=word,
        offset="0.008 s",
        at=fields.pop("at", AT),
        **fields,
    )


def ready_log(*rows: log_shapes.LogRowShape | log_shapes.PauseShape, **fields: Any) -> log_shapes.LogShape:
    return log_shapes.LogShape(
        state="ready",
        summary="8,412 events, 1.2 MB",
        rows=rows or (log_row(),),
        range_text="Events 1–200 of 8,412",
        pager=(shapes.PagerLink("Previous", ""), shapes.PagerLink("Next", f"/sessions/{ID}?e=201")),
        downloads=(shapes.PagerLink("Text", f"/sessions/{ID}/download?format=text"),),
        sha256="ab" * 32,
        **fields,
    )


def session_page(**overrides: Any) -> SessionShape:
    value = shapes.FactValue
    facts = (
        shapes.Fact("Person", (value("Owen"), value("owen@example.com"))),
        shapes.Fact("Tags", (value("prod", term="environment"),), chips=True),
        shapes.Fact("Started", (value(at=AT),)),
        shapes.Fact(
            "Ticket", (value("DATA-17", href="https://jira.example.com/DATA-17", host="jira.example.com"),)
        ),
        shapes.Fact("Id", (value(ID, mono=True, copy=ID),)),
    )
    page = SessionShape(
        session_id=ID,
        title="Owen ran a script on pg-payroll",
        sentence="Finished with exit code 0 after 0.4 s.",
        started_at=AT,
        said_at=AT,
        answers=(
            shapes.Answer("ending", "How did it end?", "good", "Finished, exit code 0", "Ran 0.4 s."),
            shapes.Answer("approval", "Was it approved?", "warn", "Forced by Ada Admin", "0 of 2 groups."),
            shapes.Answer(
                "completeness", "Is the recording whole?", "good", "All that hoop stored", "3 events."
            ),
        ),
        facts=shapes.FactGroup("facts", "Facts", facts),
        groups=(
            shapes.FactGroup(
                "guardrails", "Guardrail hits", (), tone="bad", lead="Stopped", paragraphs=("no-drop",)
            ),
            shapes.FactGroup("metadata", "Metadata", (shapes.Fact("batch", (value("7"),)),)),
        ),
        review=shapes.ReviewShape(
            "warn", "Forced", (shapes.Step("warn", "Ada Admin forced it", "For admin", AT),)
        ),
        script=shapes.ScriptShape(SafeString('<span class="p-k">SELECT</span> 1'), "73 bytes", "PostgreSQL"),
        log=ready_log(),
        banners=(shapes.Banner("warn", "hoop cannot be reached.", "Our copy of", AT),),
    )
    return replace(page, **overrides)


def session_line(**overrides: Any) -> SessionLine:
    line = SessionLine(
        session_id=ID,
        href=f"/sessions/{ID}",
        who="Owen",
        connection="pg-payroll",
        tags=(shapes.FactValue("prod", term="environment"),),
        what="ran a script",
        kind="Postgres",
        started_at=AT,
        duration="0.4 s",
        size="1.2 kB",
        ending_tone="good",
        ending="Finished, exit code 0",
        review_tone="warn",
        review="Forced by Ada Admin",
        marks=(("warn", "forced"),),
    )
    return replace(line, **overrides)


def render(template: str, **context: Any) -> str:
    """As where hoop allows to copy."""
    request = RequestFactory().get("/")
    request.person = AUDREY  # type: ignore[attr-defined]
    with mock.patch("sessions_ui.pages.copying.allows_copying", return_value=True):
        return render_to_string(template, {"now": NOW, **context}, request=request)


def fragment_of(log: log_shapes.LogShape) -> str:
    return render("sessions_ui/_log.html", log=log)
