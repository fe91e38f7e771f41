"""The script: highlighted by a known lexer, bounded, and unable to lie about itself."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html import unescape

import pytest

from sessions_ui.gateway.wire import parse_session
from sessions_ui.pages.scripts import ScriptShape, script_shape
from sessions_ui.session import Session
from tests.recordings import recorded


def session_of(script: str | None, **changes: object) -> Session:
    return replace(parse_session(recorded("bash-ok/session.json")), script=script, **changes)  # type: ignore[arg-type]


def shape_of(script: str, **changes: object) -> ScriptShape:
    shape = script_shape(session_of(script, **changes))
    assert shape
    return shape


@pytest.mark.parametrize(
    ("subtype", "language"),
    [
        ("postgres", "SQL, Postgres"),
        ("mongodb", "JavaScript, MongoDB"),
        ("", "Shell"),
        ("POSTGRES", "SQL, Postgres"),
    ],
)
def test_it_knows_the_language_of_a_connection(subtype: str, language: str) -> None:
    shape = shape_of("select 1", subtype=subtype)
    assert shape.language == language
    assert "<span" in shape.code


def test_it_shows_an_unknown_language_plainly() -> None:
    shape = shape_of("<b>x</b>", subtype="quantum", type="quantum")
    assert (shape.code, shape.language) == ("&lt;b&gt;x&lt;/b&gt;", "")


@pytest.mark.parametrize("script", ["<script>alert(1)</script>", "a\u202eb\u2066", "\x1b[31m\x00", "\ud800"])
def test_it_names_what_hides_or_turns_text(script: str) -> None:
    code = shape_of(f"echo {script} # {script}").code
    assert "<script>" not in code
    assert not set("\u202e\u2066\x1b\x00\ud800") & set(code)
    code.encode()


@pytest.mark.parametrize(
    "script", ["a" * 60_000, "'" * 60_000, "((" * 30_000, "<!--" * 15_000, "$(" * 30_000]
)
@pytest.mark.parametrize("subtype", ["postgres", "mongodb", "python", "ruby-on-rails", "bash"])
def test_it_is_done_soon_whatever_the_script(script: str, subtype: str) -> None:
    started = time.process_time()
    shape = shape_of(script, subtype=subtype)
    assert time.process_time() - started < 5
    # Pygments ends a text that has no last line break with one.
    assert unescape(re.sub("<[^>]*>", "", shape.code)).rstrip("\n") == script


def test_it_says_that_a_long_script_is_plain_cut_or_missing() -> None:
    assert shape_of("x" * 70_000).note == "Too long to be highlighted."
    cut = shape_of("x" * 600_000)
    assert (len(cut.code), cut.note) == (524_288, "Only its first 524 kB are shown.")
    missing = script_shape(session_of(None, script_size=9_000_000))
    assert missing
    assert (missing.size, missing.note) == ("9.0 MB", "It is too large to be loaded here.")
    none = script_shape(session_of("", script_size=0))
    assert none
    assert (none.size, none.note) == ("0 bytes", "hoop holds no script of it.")
