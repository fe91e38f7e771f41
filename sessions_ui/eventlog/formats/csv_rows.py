"""The log as CSV (RFC 4180) with a header, safe to open in a spreadsheet.

A cell that a spreadsheet would run as a formula gets a ``'`` in front: after leading blanks and quotes,
and at the start of each of its lines and behind each ``;`` too, because a program that does not take our
quotes or commas for what they are cuts cells there (OWASP's list, with the full-width forms).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sessions_ui.eventlog.batch import seconds_text
from sessions_ui.eventlog.formats.options import About, Chosen, FileOptions
from sessions_ui.eventlog.formats.readable import readable, times

HEADER = ("event", "offset_seconds", "time", "kind", "encoding", "data")
_BLANKS = ' \u00a0\u3000"'
_SIGNS = "=+-@\t\r＝＋－＠"
_AHEAD = rf"(?=[{_BLANKS}]*(?:[=+\-@\t＝＋－＠]|\r(?!\n)))"
_START = re.compile(_AHEAD)
#: It begins with a set of characters, which the engine looks for at the speed of C.
_WITHIN = re.compile(rf"([;\n\r]){_AHEAD}")


def csv_rows(events: Iterable[Chosen], options: FileOptions, about: About) -> Iterator[bytes]:
    """UTF-8, CRLF between rows, ``data`` always in quotes."""
    yield ",".join(HEADER).encode() + b"\r\n"
    for batch in events:
        encodings, texts = readable(batch)
        if options.guard:
            texts = list(map(guard_formula, texts))
        columns = (
            batch.numbers,
            _numbers(batch.seconds),
            times(batch, about),
            batch.kinds.decode("ascii"),
            encodings,
            (text.replace('"', '""') for text in texts),
        )
        rows = [
            f'{number},{offset},{time},{kind},{encoding},"{data}"\r\n'
            for number, offset, time, kind, encoding, data in zip(*columns, strict=True)
        ]
        yield "".join(rows).encode("utf-8")


def guard_formula(text: str) -> str:
    """
    >>> guard_formula("=1+1"), guard_formula("a = b"), guard_formula("x\\n @SUM(A1)")
    ("'=1+1", 'a = b', "x\\n' @SUM(A1)")
    """
    # Most cells begin with a letter: one look spares them the first of two searches.
    if text[:1] in _FIRST and _START.match(text):
        text = f"'{text}"
    return _WITHIN.sub(r"\1'", text) if _WITHIN.search(text) else text


_FIRST = frozenset(_BLANKS + _SIGNS)


def _numbers(seconds: Sequence[float]) -> list[str]:
    """As hoop's database prints them: without an exponent."""
    return [
        text.removesuffix(".0") if "e" not in text else seconds_text(float(text))
        for text in map(repr, seconds)
    ]
