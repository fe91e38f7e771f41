"""What the API does is in the access trail: calls, tokens, links, refusals; nothing is sent without it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from sessions_ui.demo.standin import StandIn
from sessions_ui.models import LinkRecord, TokenRecord
from sessions_ui.trail import store
from sessions_ui.trail.models import ActorRecord
from tests.api_people import let_hoops_people_in, program
from tests.trails import clear_trail, rows


def written() -> list[tuple[str, dict[str, Any]]]:
    return [(row.act, json.loads(row.about or "{}")) for row in rows()]


@pytest.fixture
def audrey(hoop: StandIn, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Client:
    """Her program, and a trail that begins now."""
    settings.HOOPVIEWER_PUBLIC_URL = "https://viewer.example.com"
    let_hoops_people_in(monkeypatch)
    client = program("audrey@example.com", may_see_input=True)
    clear_trail()
    return client


def test_a_call_is_two_rows_and_its_token_one(hoop: StandIn, audrey: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    answer = audrey.get(f"/api/sessions/{session_id}?expand=event_stream&events=o&event_stream=base64")
    # The row is there before the content is.
    assert [act for act, _ in written()] == ["token-used", "api-called"]
    size = len(answer.getvalue())
    token = TokenRecord.objects.get()
    assert written() == [
        ("token-used", {"token": token.pk, "beginning": token.beginning}),
        ("api-called", {"stream": True, "form": "base64", "events": "o", "input": True}),
        ("ended", {"bytes": size, "outcome": "finished"}),
    ]
    assert {row.request for row in rows()} == {answer["X-Request-ID"]}
    assert [row.session for row in rows()] == ["", session_id, session_id]
    assert ActorRecord.objects.get(key=rows()[1].who).email == "audrey@example.com"


def test_a_call_that_is_broken_off_says_so(hoop: StandIn, audrey: Client) -> None:
    answer = audrey.get(f"/api/sessions/{hoop.id_of('bash-ok')}?expand=event_stream")
    first = next(iter(answer.streaming_content))
    answer.close()
    # It was on its way: some of it, or all, may have arrived.
    assert written()[-1] == ("ended", {"bytes": 0, "outcome": "broken off", "begun": len(first)})


def test_an_unchanged_answer_is_written_as_well(hoop: StandIn, audrey: Client) -> None:
    address = f"/api/sessions/{hoop.id_of('bash-ok')}"
    tag = audrey.get(address)["ETag"]
    clear_trail()
    assert audrey.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert written()[1:] == [("api-called", {}), ("ended", {"bytes": 0, "outcome": "finished"})]


def test_a_link_is_made_and_used(hoop: StandIn, audrey: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    path = audrey.get(f"/api/sessions/{session_id}?extension=csv").json()["download_url"][26:]
    file = audrey.get(path)
    file.getvalue()
    file.close()
    acts = [(row.act, row.session) for row in rows() if row.act != "token-used"]
    assert acts == [("link-made", session_id), ("link-used", session_id), ("ended", session_id)]
    made, used = (about for act, about in written() if act in ("link-made", "link-used"))
    assert made == used
    assert made["extension"] == "csv"
    assert path.removeprefix("/dl/") not in str(written())


@pytest.mark.parametrize(
    ("who", "address"), [("olga", ""), ("olga", "?extension=txt"), ("rita", "?extension=txt")]
)
def test_a_refusal_is_written(who: str, address: str, hoop: StandIn, audrey: Client) -> None:
    session_id = hoop.id_of("payroll-ran")
    assert program(f"{who}@example.com").get(f"/api/sessions/{session_id}{address}").status_code == 403
    assert [row.act for row in rows()] == ["token-used", "refused"]
    assert rows()[1].session == session_id


def test_a_token_that_is_not_accepted_is_written(hoop: StandIn, audrey: Client) -> None:
    TokenRecord.objects.update(revoked_at="2026-01-01T00:00:00Z")
    assert audrey.get(f"/api/sessions/{hoop.id_of('bash-ok')}").status_code == 401
    ((act, about),) = written()
    assert act == "sign-in-refused"
    assert about["reason"] == "token_revoked"


def test_tokens_are_made_and_ended_in_writing(operator: Client) -> None:
    clear_trail()
    operator.post("/tokens", {"name": "nightly", "days": "7"})
    operator.post(f"/tokens/{TokenRecord.objects.get().pk}/revoke")
    assert written() == [
        ("token-made", {"name": "nightly", "days": 7, "input": False}),
        ("token-ended", {"token": TokenRecord.objects.get().pk}),
    ]


@pytest.mark.parametrize("address", ["", "?expand=event_stream", "?extension=txt"])
def test_nothing_is_sent_that_cannot_be_written(
    address: str, hoop: StandIn, operator: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOOPVIEWER_PUBLIC_URL = "https://viewer.example.com"

    def full(*_: Any) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(store, "insert_rows", full)
    answer = operator.get(f"/api/sessions/{hoop.id_of('bash-ok')}{address}")
    assert answer.status_code == 503
    assert list(answer.json()) == ["message"]
    assert not LinkRecord.objects.exists()
