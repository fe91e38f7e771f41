"""Whatever stands in an address, in whichever place: an answer that says so, never a 500."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions_ui.demo.standin import StandIn
from tests.test_every_answer import addresses

#: Every name that an address of ours is asked by, wherever; and words that are near to meaning something.
NAMES = [
    *("e", "from", "to", "before", "kinds", "view", "h", "tz", "copy", "q", "case", "regex", "lane", "hit"),
    *("rows", "open", "at", "format", "extension", "times", "newline", "formula_guard", "after", "session"),
    *("person", "connection", "type", "review", "batch", "correlation", "status", "verb", "exit", "forced"),
    *(
        "review_status",
        "tag",
        "mark",
        "act",
        "expand",
        "event_stream",
        "events",
        "blob-type",
        "event-time",
        "state",
        "next",
    ),
]
WORDS = [
    *(
        "\0",
        "a\0b",
        "1-",
        "2.57-2.60",
        "9" * 18,
        "-1",
        "\u0663",
        "end",
        "ioex",
        "UTC",
        "../UTC",
        "k0001.deadbeef",
    ),
    *(
        "owen@example.com",
        "a@b/..",
        "%",
        "=",
        "a=b",
        "(a+)+$",
        "\\C",
        "9998-12-31",
        "0001-01-01",
        "PENDING",
        "csv",
    ),
    *("event_stream,session_input", "utf8", "//evil.example", "<b>", "=1+1", "\u202e", "x" * 600),
]
TEXTS = st.sampled_from(WORDS) | st.text(max_size=12)
#: A header that htmx or a client sends, with anything in it that a header can hold.
HEADERS = st.dictionaries(
    st.sampled_from(
        ["HX-Current-URL", "HX-Target", "HX-Trigger", "Hoopviewer-Page", "Range", "If-None-Match"]
    ),
    st.sampled_from(["http://[", "bytes=5-", "*", "W/", '"'])
    | st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=12),
    max_size=2,
)


@pytest.mark.database
def test_it_answers_any_query(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("tty-shell")
    operator.get(f"/sessions/{session_id}/log")
    # What signs out would end the test.
    paths = [path for name, path in sorted(addresses(session_id).items()) if "sign" not in name]
    assert len(paths) > 20

    @settings(max_examples=80, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(paths), st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=3), HEADERS)
    def ask(path: str, pairs: list[tuple[str, str]], headers: dict[str, str]) -> None:
        query = "&".join(f"{name}={quote(text.encode('utf-8', 'surrogatepass'))}" for name, text in pairs)
        answer: Any = operator.get(f"{path}?{query}", headers={"HX-Request": "true", **headers})
        if answer.streaming:
            answer.getvalue()
        # Links need a setting that this site does not have.
        assert answer.status_code < 500 or "HOOPVIEWER_PUBLIC_URL" in answer.content.decode()

    ask()
