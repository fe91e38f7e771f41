"""What the address of a download asks for, and the shortest address that asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest

from sessions_ui.eventlog.formats.options import (
    EXTENSIONS,
    FORMS,
    USUAL_KINDS,
    FileOptions,
    Form,
    Times,
    form_of_extension,
)
from sessions_ui.eventlog.places import read_stretch
from sessions_ui.pages.log_query import ALL_KINDS
from sessions_ui.pages.refusals import BadQuery

T = TypeVar("T", bound=str)
#: As a value of ``kinds``: those of the format, whatever boxes a form sends along.
USUAL = "usual"
TIMES: tuple[Times, ...] = ("off", "offset", "utc")
_EXTENSION = re.compile(r"[A-Za-z0-9]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class DownloadQuery:
    """``extension``: asked for instead of a format, as hoop takes it. ``copy``: which of two copies."""

    options: FileOptions = field(default_factory=FileOptions)
    extension: str = ""
    copy: str = ""

    def query(self) -> str:
        """The part of an address that asks for this, with its ``?``."""
        asked = self.options
        wanted = {
            "format": "" if self.extension else asked.form,
            "extension": self.extension,
            "kinds": "" if asked.kinds == USUAL_KINDS[asked.form] else asked.kinds,
            "times": asked.times if asked.form == "text" and asked.times != "off" else "",
            "newline": "1" if asked.form == "text" and asked.newline else "",
            "formula_guard": "0" if asked.form == "csv" and not asked.guard else "",
            "e": self.stretch,
            "copy": self.copy,
        }
        return f"?{urlencode({name: value for name, value in wanted.items() if value})}"

    @property
    def stretch(self) -> str:
        """``120-157``; empty for the whole log."""
        first, last = self.options.first, self.options.last
        if (first, last) == (1, 0):
            return ""
        return str(first) if first == last else f"{first}-{last}"


def read_download_query(request: HttpRequest) -> DownloadQuery:
    """Raises BadQuery. Times and line ends mean something in a text only, and the guard in CSV; a form
    sends them with every format."""
    given = request.GET
    extension = given.get("extension", "")
    if extension and ("format" in given or not _EXTENSION.fullmatch(extension)):
        raise BadQuery("extension", extension, "a file's extension (letters and digits) instead of a format")
    form: Form = form_of_extension(extension) if extension else "text"
    for asked in given.getlist("format"):
        form = _one_of("format", asked, FORMS, "text, csv, json, ndjson or asciicast")
    times: Times = "off"
    for asked in given.getlist("times"):
        times = _one_of("times", asked, TIMES, "off, offset or utc")
    first, last = _read_range(given.getlist("e"))
    options = FileOptions(
        form=form,
        kinds=_read_kinds(request, form),
        first=first,
        last=last,
        times=times,
        newline=_switch(request, "newline", usual=False),
        guard=_switch(request, "formula_guard", usual=True),
    )
    return DownloadQuery(options, extension, given.get("copy", ""))


def extension_of(query: DownloadQuery) -> str:
    return query.extension or EXTENSIONS[query.options.form]


def _read_kinds(request: HttpRequest, form: Form) -> str:
    """``kinds=oe``, or once for each as a form sends them."""
    asked = request.GET.getlist("kinds")
    if not asked or USUAL in asked:
        return USUAL_KINDS[form]
    kinds = "".join(asked)
    if not kinds or set(kinds) - set(ALL_KINDS):
        raise BadQuery(
            "kinds", kinds, "a choice among i (input), o (output), e (errors) and x (others), or usual"
        )
    chosen = "".join(kind for kind in ALL_KINDS if kind in kinds)
    return USUAL_KINDS[form] if set(chosen) == set(USUAL_KINDS[form]) else chosen


def _read_range(asked: list[str]) -> tuple[int, int]:
    first, last = 1, 0
    for text in asked:
        if not text.strip():
            continue
        try:
            stretch = read_stretch(text.strip())
        except ValueError as error:
            raise BadQuery("e", text, "a range of events, like 120-157") from error
        if stretch.first.line or stretch.last.line:
            raise BadQuery("e", text, "a range of whole events, like 120-157: a file has no half ones")
        first, last = stretch.first.event, stretch.last.event
    return first, last


def _switch(request: HttpRequest, name: str, *, usual: bool) -> bool:
    """The last value counts: a form sends a 0 before a box that may be ticked."""
    on = usual
    for text in request.GET.getlist(name):
        if text not in ("0", "1"):
            raise BadQuery(name, text, "0 or 1")
        on = text == "1"
    return on


def _one_of(name: str, text: str, allowed: tuple[T, ...], wanted: str) -> T:
    for one in allowed:
        if one == text:
            return one
    raise BadQuery(name, text, wanted)
