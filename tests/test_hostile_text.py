"""What sessions put into pages: hostile, long and odd text in every field that hoop hands on.

Never a 500, nothing that runs, and nothing that silently goes missing.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from sessions_ui.demo.standin import StandIn
from tests.recordings import Part, read_page

MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ x }}{% x %}"
TURNED = "Owen\u202egnp.exe\u2066\u200b"
FIELDS = (
    "user",
    "user_id",
    "user_name",
    "connection",
    "connection_subtype",
    "resource_name",
    "role_name",
    "type",
    "verb",
    "identity_type",
    "session_batch_id",
    "correlation_id",
    "machine_identity_id",
)


def hostile(text: str) -> dict[str, Any]:
    """A session with the same text wherever hoop hands on what people wrote."""
    person = {"id": text, "name": text, "email": text, "slack_id": text}
    group = {"id": text, "group": text, "status": "REJECTED", "reviewed_by": person, "review_date": None}
    return {
        **dict.fromkeys(FIELDS, text),
        "verb": "exec",
        "connection_tags": {text: text},
        "labels": {text: text, "runbookFile": text},
        "metadata": {text: {text: [text, {text: text}]}, "n": 1, "list": [text]},
        "integrations_metadata": {"jira_issue_key": text, "jira_issue_url": text, text: text},
        "script": {"data": text},
        "review": {
            "id": text,
            "type": text,
            "status": "REJECTED",
            "created_at": text,
            "revoke_at": text,
            "access_duration": text,
            "review_groups_data": [group, {**group, "status": text}],
            "time_window": {"type": text, "configuration": {"start_time": text, "end_time": text}},
            "access_request_rule_name": text,
            "min_approvals": text,
            "force_approval_groups": [text],
            "rejection_reason": text,
        },
        "ai_analysis": {
            "risk_level": text,
            "title": text,
            "explanation": text,
            "action": text,
            "summary": text,
            "model": text,
            "steps": [{"type": text, "thinking": text, "tool_name": text}],
        },
        "guardrails_info": [
            {
                "rule_name": text,
                "rule": {"type": text},
                "direction": text,
                "matched_words": [text],
                "message": text,
            }
        ],
        "metrics": {
            "data_masking": {"info_types": {text: 3}, "total_redact_count": 3, "err_count": 0},
            "data_analyzer": {text: 2},
        },
        "field_of_tomorrow": text,
    }


def harmless(html: str) -> Part:
    """The page, which must hold no element or attribute that hoop's text could have made."""
    page = read_page(html)
    assert all("alert" not in script.raw for script in page.every("script"))
    assert page.every("img") == []
    for part in page.every():
        for name, value in part.attributes.items():
            assert not name.startswith("on")
            if name in ("href", "src", "action", "hx-get"):
                assert value.startswith(("/", "#", "http://", "https://"))
    return page


@pytest.mark.parametrize(
    "text", [MARKUP, TURNED, "\x00\x1b[31m\r\n\t\u2028", "a" * 100_000, "{" * 500, "\\u0000"]
)
def test_it_shows_hostile_text_as_text(text: str, hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_session(hostile(text), [(0.1, "i", text.encode()), (0.2, "o", text.encode())])
    response = operator.get(f"/sessions/{session_id}")
    assert response.status_code == 200
    page = harmless(response.content.decode())
    assert len(response.content) < 1_500_000
    if text == MARKUP:
        for part in (
            "facts",
            "labels",
            "metadata",
            "guardrails",
            "ai",
            "review",
            "script",
            "event-log",
            "extra",
        ):
            assert "<script>alert(1)</script>" in page.one(id=part).text
    for character in "\u202e\u2066\u200b\x00\x1b":
        assert character not in response.content.decode()
    if text == TURNED:
        assert "Owen⟨U+202E⟩gnp.exe⟨U+2066⟩⟨U+200B⟩" in page.one("h1").text
        assert page.one("title").text.startswith("Owen⟨U+202E⟩gnp.exe")
    listed = operator.get("/")
    assert listed.status_code == 200
    assert any(session_id in link.attributes["href"] for link in harmless(listed.content.decode()).every("a"))
    assert json.loads(operator.get(f"/api/sessions/{session_id}").getvalue())["user_name"] == text
    printed = b"".join(operator.get(f"/sessions/{session_id}/download"))
    assert printed == text.encode()


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example/x",
        "http://[::1",
        "https://",
        "mailto:a@b.example",
    ],
)
def test_it_makes_no_link_of_what_is_no_web_address(address: str, hoop: StandIn, operator: Client) -> None:
    changes = {
        "metadata": {"link": address},
        "labels": {"link": address},
        "integrations_metadata": {"jira_issue_key": "OPS-1", "jira_issue_url": address},
    }
    session_id = hoop.add_session(changes)
    page = harmless(operator.get(f"/sessions/{session_id}").content.decode())
    for part in ("metadata", "labels", "tickets"):
        assert page.one(id=part).every("a") == []
    assert "OPS-1" in page.one(id="tickets").text


def test_it_shows_where_a_web_address_leads(hoop: StandIn, operator: Client) -> None:
    address = "https://good.example@evil.example/x?a=1&b=\"'<b>"
    session_id = hoop.add_session({"metadata": {"link": address}})
    panel = read_page(operator.get(f"/sessions/{session_id}").content).one(id="metadata")
    link = panel.one("a")
    assert link.attributes["href"] == address
    assert link.attributes["rel"] == "noreferrer noopener"
    assert panel.one(css="host").text == "evil.example"


def test_it_bounds_what_a_session_makes_long(hoop: StandIn, operator: Client) -> None:
    groups = [{"group": f"group {n}", "status": "PENDING", "id": "", "reviewed_by": None} for n in range(400)]
    changes = {
        "metadata": {"big": "x" * 1_000_000, **{f"name {n}": n for n in range(300)}},
        "connection_tags": {f"tag {n}": "y" * 10_000 for n in range(300)},
        "user_name": "z" * 100_000,
        "review": {"status": "PENDING", "type": "onetime", "review_groups_data": groups},
        "guardrails_info": [{"rule_name": f"rule {n}", "direction": "input"} for n in range(300)],
    }
    session_id = hoop.add_session(changes)
    response = operator.get(f"/sessions/{session_id}")
    page = read_page(response.content)
    assert response.status_code == 200
    assert len(response.content) < 400_000
    assert "(cut, 1,000,000 characters)" in page.one(id="metadata").text
    assert "and 251 more, in the API's answer" in page.one(id="metadata").text
    assert "and 250 more" in page.one(id="facts").text
    assert "and 250 more" in page.one(id="guardrails").text
    assert "392 more" in page.one(id="review").text
    assert len(page.one("h1").text) < 300
    assert len(operator.get("/").content) < 400_000
    answer = json.loads(operator.get(f"/api/sessions/{session_id}").getvalue())
    assert len(answer["metadata"]["big"]) == 1_000_000


@pytest.mark.parametrize(
    "changes",
    [
        {"metadata": {"deep": None}},
        {"connection_tags": {"a": None, "b": 3, "c": ["x"], "d": {"e": 1}}},
        {"labels": [1, 2], "metadata": "text", "metrics": [], "integrations_metadata": 3},
        {"review": [], "ai_analysis": "x", "guardrails_info": {"a": 1}, "script": "text"},
        {"review": {"review_groups_data": [None, 3, {"reviewed_by": "x"}], "status": None}},
        {"guardrails_info": [None, {"matched_words": "x", "rule": []}]},
        {"ai_analysis": {"steps": [None, {"is_error": "x"}], "risk_level": None}},
        {"exit_code": "0", "event_size": None, "end_date": 3},
        {"exit_code": 2**40, "event_size": -5, "start_date": "0001-01-01T00:00:00Z"},
        {"start_date": "9999-12-31T23:59:59Z", "end_date": "0001-01-01T00:00:00+14:00"},
        {"review": {"status": "APPROVED", "access_duration": 10**30, "revoke_at": "0001-01-01T00:00:00Z"}},
        {"verb": None, "type": None, "user": None, "user_id": None, "connection": None, "status": "tomorrow"},
        {"metrics": {"truncated": "x", "data_masking": {"info_types": [], "total_redact_count": "many"}}},
    ],
    ids=str,
)
def test_it_reads_what_newer_and_odder_gateways_send(
    changes: dict[str, Any], hoop: StandIn, operator: Client
) -> None:
    envelope = {**hoop.session(hoop.id_of("bash-ok")).envelope, **changes}
    if "deep" in (changes.get("metadata") or ""):
        for _ in range(40):
            envelope["metadata"] = {"deep": envelope["metadata"]}
    session_id = hoop.id_of("bash-ok")
    hoop.session(session_id).envelope = envelope
    response = operator.get(f"/sessions/{session_id}")
    assert response.status_code == 200
    assert "hello from prod" in read_page(response.content).one(id="event-log").text
    assert operator.get(f"/sessions/{session_id}/download?format=json").status_code == 200
    answer = operator.get(f"/api/sessions/{session_id}?expand=event_stream")
    assert json.loads(answer.getvalue())["id"] == session_id
