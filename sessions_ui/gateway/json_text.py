"""hoop's JSON as plain values, from bytes that nobody vouches for."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 64
#: A string, a bracket, or a quote that no string begins with.
TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|"', re.DOTALL)
#: A pair of escaped surrogates, a lone one (captured), or any other escape.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def parse_json(body: bytes) -> Any:
    """Raises ValueError for all that is not JSON in UTF-8, or nested too deeply.

    Half a surrogate pair, which JSON may escape and no text can hold, becomes U+FFFD.

    >>> parse_json(rb'{"user":"a\\ud83d\\ude00\\ud83d"}')
    {'user': 'a😀\ufffd'}
    """
    _limit_depth(body)
    if b"\\ud" in body or b"\\uD" in body:
        body = _ESCAPE.sub(lambda found: rb"\ufffd" if found.group(1) else found.group(), body)
    try:
        # As text, for json.loads would take bytes of UTF-16 as well.
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _limit_depth(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for token in TOKEN.finditer(body):
        text = token.group()
        if text in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError("nested too deeply")
        elif text in b"]}":
            depth -= 1


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
