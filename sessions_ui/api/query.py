"""The query of ``GET /api/sessions/{id}``: the documented names and those that hoop really reads.

A value that cannot be taken is never passed over: it raises Unacceptable, which names it. Names that
neither hoop nor its documentation knows mean nothing, there as here.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

from sessions_ui.pages.words import shown

FORMS = ("utf8", "base64", "raw-queries")
KINDS = "ioe"
EXPANSIONS = ("event_stream", "session_input")
MAX_EXTENSION = 64


class Unacceptable(Exception):
    """A value that the route cannot take: its name, itself, and what was wanted."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(name)
        self.name, self.value, self.wanted = name, value, wanted

    def __str__(self) -> str:
        return f"{self.name} cannot be “{shown(self.value, 40)}”: {self.wanted}"


@dataclass(frozen=True, slots=True)
class Asked:
    """``form`` blank: raw triples. ``kinds`` blank: none were named. With ``extension`` a link to a file is
    wanted, of the script with ``script``; ``times`` and ``new_lines`` are of files only. ``copy``: what hoop
    sends now, where that differs from what was kept."""

    expands_stream: bool = False
    form: str = ""
    kinds: str = ""
    extension: str = ""
    script: bool = False
    times: bool = False
    new_lines: bool = False
    copy: str = ""


def read_query(query: QueryDict) -> Asked:
    """Raises Unacceptable."""
    expand = _list(query, "expand", EXPANSIONS)
    kinds = _list(query, "events", tuple(KINDS))
    extension, copy = _extension(query), _one(query, ("copy",), ("hoop",))
    if extension and copy:
        raise Unacceptable("copy", copy, "a file is always of the kept recording")
    return Asked(
        expands_stream="event_stream" in expand,
        form=_one(query, ("event_stream",), FORMS),
        kinds="".join(kind for kind in KINDS if kind in kinds),
        extension=extension,
        script=bool(_one(query, ("blob-type",), ("session_input",))),
        times=_one(query, ("event-time",), ("0", "1")) == "1",
        new_lines=_one(query, ("new_line", "newline"), ("0", "1")) == "1",
        copy=copy,
    )


def _list(query: QueryDict, name: str, known: tuple[str, ...]) -> set[str]:
    """Comma lists, given once or several times; together they are one list."""
    parts = {part.strip() for text in query.getlist(name) for part in text.split(",")} - {""}
    for part in sorted(parts.difference(known)):
        raise Unacceptable(name, part, f"a list of {_either(known, 'and')}")
    return parts


def _one(query: QueryDict, names: tuple[str, ...], known: tuple[str, ...]) -> str:
    """The value that all of the names give; blank when none of them gives one."""
    found = ""
    for name in names:
        for text in filter(None, query.getlist(name)):
            if text not in known:
                raise Unacceptable(name, text, f"one of {_either(known, 'or')}")
            if found and text != found:
                raise Unacceptable(name, text, f"“{found}” was asked for as well")
            found = text
    return found


def _extension(query: QueryDict) -> str:
    texts = set(filter(None, query.getlist("extension")))
    if len(texts) > 1:
        raise Unacceptable("extension", max(texts), f"“{shown(min(texts), 40)}” was asked for as well")
    text = max(texts, default="")
    if len(text) > MAX_EXTENSION:
        raise Unacceptable("extension", text, f"at most {MAX_EXTENSION} characters")
    return text


def _either(words: tuple[str, ...], last: str) -> str:
    """
    >>> _either(("i", "o", "e"), "and")
    'i, o and e'
    """
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else words[0]
