"""hoop's JSON as plain values, from bytes that nobody vouches for."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 64
TOO_DEEP = "(nested too deeply to be shown)"
#: A string, a bracket, or a quote that no string begins with.
TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|"', re.DOTALL)
#: A pair of escaped surrogates, a lone one (captured), or any other escape.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def parse_json(body: bytes) -> Any:
    """Raises ValueError for all that is not JSON in UTF-8.

    A session's owner may write metadata nested as deeply as they like: what is below ``MAX_DEPTH``
    becomes ``TOO_DEEP``, so that nobody can keep a session from being read. Half a surrogate pair,
    which JSON may escape and no text can hold, becomes U+FFFD.

    >>> parse_json(rb'{"user":"a\\ud83d\\ude00\\ud83d"}')
    {'user': 'a😀\ufffd'}
    """
    body = _cut_depth(body)
    if b"\\ud" in body or b"\\uD" in body:
        body = _ESCAPE.sub(lambda found: rb"\ufffd" if found.group(1) else found.group(), body)
    try:
        # As text, for json.loads would take bytes of UTF-16 as well.
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _cut_depth(body: bytes) -> bytes:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return body
    kept: list[bytes] = []
    depth, start = 0, 0
    for token in TOKEN.finditer(body):
        text = token.group()
        if text in b"[{":
            depth += 1
            if depth == MAX_DEPTH + 1:
                kept += (body[start : token.start()], b'"%b"' % TOO_DEEP.encode())
        elif text in b"]}":
            if depth == MAX_DEPTH + 1:
                start = token.end()
            depth -= 1
    # What never closed stays out: without it the rest is no JSON.
    return b"".join(kept) + body[start:] if depth <= MAX_DEPTH else b""


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
