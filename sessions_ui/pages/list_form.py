"""The form of the list: its fields as they were filled in, the one-click filters, the active ones."""

from __future__ import annotations

from datetime import datetime, timedelta

from sessions_ui.access.people import Person
from sessions_ui.archive.list_filter import REVIEW_NEEDED
from sessions_ui.pages.list_query import CHOICES, EXITS, MARKS, REPEATED, SINGLE, ListQuery
from sessions_ui.pages.list_shapes import Field, FilterChip, Quick, Tick
from sessions_ui.pages.words import MAX_NAME, shown

DAY = timedelta(days=1)
_MORE = (
    *("type", "status", "verb", "exit", "forced", "review_status", "batch", "correlation", "tag", "mark"),
)
_LABELS = {
    "person": "Person",
    "connection": "Connection",
    "type": "Type",
    "review": "Approval",
    "from": "From",
    "to": "To",
    "batch": "Batch",
    "correlation": "Correlation",
    "status": "Status",
    "verb": "Ran",
    "exit": "Exit code",
    "forced": "Forced",
    "review_status": "Status of review",
    "tag": "Tag",
    "mark": "Mark",
}


def fields_of(query: ListQuery, connections: tuple[str, ...]) -> tuple[Field, ...]:
    return (
        Field("person", "Person", query.one("person"), placeholder="Name, e-mail or id"),
        Field(
            "connection",
            "Connection",
            query.one("connection"),
            known=connections,
            placeholder="Its whole name",
        ),
        _choice(query, "review", "Any, or none"),
        Field("from", "From (UTC)", _local(query.wanted.start), kind="datetime-local"),
        Field("to", "To (UTC)", _local(query.wanted.end), kind="datetime-local"),
    )


def more_fields_of(query: ListQuery, types: tuple[str, ...]) -> tuple[Field, ...]:
    tags = query.given.get("tag", ("",))
    return (
        Field(
            "exit", "Exit code", query.one("exit"), known=tuple(EXITS), placeholder="failed, none, a number"
        ),
        _choice(query, "status", "Any"),
        _choice(query, "verb", "Any"),
        _choice(query, "review_status", "Any"),
        Field("type", "Type", query.one("type"), known=types, placeholder="As hoop names it"),
        *(Field("tag", "Tag", tag, placeholder="name=value") for tag in tags),
        Field("batch", "Batch", query.one("batch"), placeholder="Its id"),
        Field("correlation", "Correlation", query.one("correlation"), placeholder="Its id"),
    )


def ticks_of(query: ListQuery) -> tuple[Tick, ...]:
    marks = query.given.get("mark", ())
    return (
        Tick("forced", "1", "Forced approval", query.wanted.forced),
        *(Tick("mark", mark, word, mark in marks) for mark, word in MARKS.items()),
    )


def uses_more(query: ListQuery) -> bool:
    return any(name in query.given for name in _MORE)


def quick_of(query: ListQuery, person: Person, now: datetime) -> tuple[Quick, ...]:
    """A click sets it, another takes it away; the last 24 hours are written out, so that a link that is
    passed on shows what was seen."""
    found = [
        _quick(query, "Review needed", "review", REVIEW_NEEDED),
        _quick(query, "Failed or stopped", "exit", "failed"),
    ]
    if person.id.strip():
        found.append(_quick(query, "Mine", "person", person.id))
    start = query.wanted.start
    is_day = (
        start is not None and query.wanted.end is None and DAY <= now - start < DAY + timedelta(minutes=30)
    )
    since = f"{now - DAY:%Y-%m-%dT%H:%MZ}"
    changes = {"from_": "" if is_day else since, "to": ""}
    found.append(Quick("Last 24 h", query.href("/", **changes), is_day))
    return tuple(found)


def chips_of(query: ListQuery, person_words: str) -> tuple[FilterChip, ...]:
    chips = []
    for name in (*SINGLE, *REPEATED):
        texts = query.given.get(name, ())
        for text in texts:
            rest = tuple(other for other in texts if other != text)
            word = CHOICES.get(name, {}).get(text, shown(text, MAX_NAME))
            if name == "person":
                word = person_words
            elif name == "forced":
                word = "yes"
            chips.append(FilterChip(_LABELS[name], word, query.href("/", **{f"{name}_": rest})))
    return tuple(chips)


def _quick(query: ListQuery, word: str, name: str, value: str) -> Quick:
    on = query.one(name) == value
    return Quick(word, query.href("/", **{name: "" if on else value}), on)


def _choice(query: ListQuery, name: str, nothing: str) -> Field:
    value, words = query.one(name), CHOICES[name]
    other = ((value, value),) if value and value not in words else ()
    return Field(name, _LABELS[name], value, (("", nothing), *words.items(), *other))


def _local(at: datetime | None) -> str:
    """As the browser's field takes it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}" if at else ""
