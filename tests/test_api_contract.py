"""Every recorded request of ``GET /api/sessions/{id}``, asked of us: equal to hoop's answer, but for the
differences in ``tests/api_differences.py``. One that does not occur fails as well."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from sessions_ui.api.openapi import DOCUMENT
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import SessionRecord
from tests.api_differences import ANY_TEXT, DIFFERENCES, Sent
from tests.api_people import let_hoops_people_in, program
from tests.recordings import FIXTURES
from tests.test_standin_contract import LATER, clock_of, prepare

PATH = "/api/sessions/{session_id}"
SCHEMAS = {
    int(status): Draft202012Validator(
        {**answer["content"]["application/json"]["schema"], "components": DOCUMENT["components"]}
    )
    for status, answer in DOCUMENT["paths"][PATH]["get"]["responses"].items()
    if "content" in answer
}
ROUTE = re.compile(r"GET /api/sessions/[^/?]+(?:\?|$)")
ENTRIES = [
    entry for entry in json.loads((FIXTURES / "index.json").read_text()) if ROUTE.match(entry["request"])
]
codecs.register_error("replace_in_tests", lambda error: ("\ufffd" * (error.end - error.start), error.end))  # type: ignore[attr-defined]


def in_order(value: Any) -> str:
    """Its text, members in their order; hoop writes ``0.0`` and ``12`` for times, both are numbers."""
    return json.dumps(json.loads(json.dumps(value), parse_int=float))


def recorded_answer(entry: dict[str, Any]) -> Sent:
    body = (FIXTURES / entry["file"]).read_bytes()
    return Sent(entry["status"], json.loads(body) if body.startswith((b"{", b"[")) else None)


def clients() -> dict[str, Client]:
    """By whom it was recorded; what people typed is shown, as hoop shows it."""
    people = ("admin", "audrey", "owen", "olga", "rita", "raj")
    known = {who: program(f"{who}@example.com", may_see_input=True) for who in people}
    known["auditor-key"] = known["audrey"]
    return known | {"nobody": Client(), "bad token": Client(headers={"Authorization": "Bearer not-a-token"})}


def ours(client: Client, entry: dict[str, Any]) -> tuple[Sent, bytes]:
    target = urlsplit(entry["request"].split(" ", 1)[1])
    answer = client.get(f"{target.path}?{target.query}", headers=entry["headers"])
    assert answer["Content-Type"] == "application/json"
    body: bytes = answer.getvalue()
    sent = Sent(answer.status_code, json.loads(body))
    # Every answer is also what the OpenAPI document says of its status.
    SCHEMAS[answer.status_code].validate(sent.body)
    return sent, body


def assert_equal(sent: Sent, expected: Sent) -> None:
    assert sent.status == expected.status
    body = sent.body
    if isinstance(expected.body, dict) and ANY_TEXT in expected.body.values():
        assert all(isinstance(text, str) and text for text in body.values())
        body = dict.fromkeys(body, ANY_TEXT)
    assert in_order(body) == in_order(expected.body)


def test_it_answers_every_recorded_request_alike(
    hoop: StandIn, monkeypatch: pytest.MonkeyPatch, record_property: Any, settings: Any
) -> None:
    settings.HOOPVIEWER_PUBLIC_URL = "https://viewer.example.com"
    let_hoops_people_in(monkeypatch)
    people, occurred, wrong = clients(), set(), []
    assert not SCHEMAS[200].is_valid({"status": "done"}), "an answer without an id is no session"
    for entry in ENTRIES:
        now = clock_of(entry)
        hoop.clock = lambda now=now: now
        if entry["case"] in LATER:
            # Each was recorded at another moment of the session: we look at it for the first time.
            SessionRecord.objects.filter(session_id=hoop.state.by_case(entry["case"]).id).delete()
            prepare(hoop, entry)
        expected = recorded_answer(entry)
        for difference in DIFFERENCES:
            changed = difference.changed(entry, expected)
            occurred |= {difference.name} if changed != expected else set()
            expected = changed
        try:
            sent, body = ours(people[entry["as"]], entry)
            assert_equal(sent, expected)
            if sent.status == 200 and "?" not in entry["request"]:
                assert body == (FIXTURES / entry["file"]).read_bytes()
        except AssertionError as error:
            wrong.append(f"{entry['as']}: {entry['request'][:150]} ({entry['file']})\n{str(error)[:700]}")
    record_property("recorded answers compared", len(ENTRIES))
    assert not wrong, f"{len(wrong)} of {len(ENTRIES)} differ:\n" + "\n".join(wrong[:10])
    assert occurred == {difference.name for difference in DIFFERENCES}


def test_it_compares_all_there_are() -> None:
    assert len(ENTRIES) == 378
