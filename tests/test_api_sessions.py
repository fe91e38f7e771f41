"""hoop's own route, answered by us: equal to what hoop answered, key order too.

Listed differences: with ``expand=event_stream`` hoop blanks the script, we keep it; ``base64`` and
``utf8`` change ``event_size`` at hoop, ours is always that of the stored stream; and ``utf8`` never
answers with an error sentence.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from sessions_ui.demo.standin import StandIn
from tests.recordings import CASES, FIXTURES, printed, put_case, recorded


def ask(client: Client, session_id: str, query: str = "") -> Any:
    response = client.get(f"/api/sessions/{session_id}{query}")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    return json.loads(response.getvalue())


def in_order(value: Any) -> str:
    """Its text, members in their order; hoop writes ``0.0`` and ``12`` for times, both are numbers."""
    return json.dumps(json.loads(json.dumps(value), parse_int=float))


@pytest.mark.parametrize("case", CASES)
def test_it_answers_as_hoop_does(case: str, hoop: StandIn, operator: Client) -> None:
    session_id = put_case(hoop, case)
    plain = operator.get(f"/api/sessions/{session_id}")
    assert in_order(plain.json()) == in_order(recorded(f"{case}/session.json"))
    expanded = recorded(f"{case}/session.expand.json")
    expanded["script"] = recorded(f"{case}/session.json")["script"]
    assert in_order(ask(operator, session_id, "?expand=event_stream")) == in_order(expanded)
    assert in_order(ask(operator, session_id, "?expand=event_stream,session_input")) == in_order(expanded)


@pytest.mark.parametrize(
    "case", [case for case in CASES if (FIXTURES / case / "session.expand.base64.json").stat().st_size]
)
def test_it_answers_in_base64_as_hoop_does(case: str, hoop: StandIn, operator: Client) -> None:
    session_id = put_case(hoop, case)
    expected = recorded(f"{case}/session.expand.base64.json")
    metadata = recorded(f"{case}/session.json")
    expected |= {"script": metadata["script"], "event_size": metadata["event_size"]}
    assert in_order(ask(operator, session_id, "?expand=event_stream&event_stream=base64")) == in_order(
        expected
    )


@pytest.mark.parametrize("case", ["bash-ok", "pg-200", "tty-shell", "bash-hostile"])
def test_it_answers_in_utf8_without_losing_text(case: str, hoop: StandIn, operator: Client) -> None:
    answer = ask(operator, put_case(hoop, case), "?expand=event_stream&event_stream=utf8")
    assert answer["event_stream"] == [printed(case).decode("utf-8", "replace")]


def test_it_answers_for_odd_events_where_hoop_breaks(hoop: StandIn, operator: Client) -> None:
    answer = ask(operator, put_case(hoop, "bad-base64"), "?expand=event_stream&event_stream=base64")
    assert answer["event_stream"] == ["aGkK"]


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        (
            "?expand=event_stream&event_stream=bogus",
            422,
            "event_stream attribute has an unknown type format",
        ),
        ("?extension=csv", 422, "files are at /sessions/"),
    ],
)
def test_it_says_no_in_hoops_form(
    query: str, status: int, message: str, hoop: StandIn, operator: Client
) -> None:
    answer = operator.get(f"/api/sessions/{hoop.id_of('bash-ok')}{query}")
    assert answer.status_code == status
    assert list(answer.json()) == ["message"]
    assert answer.json()["message"].startswith(message)


@pytest.mark.parametrize(
    "query", ["?event_stream=base64", "?expand=", "?expand=bogus", "?expand=-", "?events=i"]
)
def test_it_brings_no_stream_that_was_not_asked_for(query: str, hoop: StandIn, operator: Client) -> None:
    assert "event_stream" not in ask(operator, hoop.id_of("bash-ok"), query)


def test_it_says_that_the_stream_still_arrives(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sessions_ui.api import sessions

    monkeypatch.setattr(sessions, "WAIT_SECONDS", 0)
    hoop.faults.set("stall", query="*event_stream*", seconds=0.5)
    answer = operator.get(f"/api/sessions/{hoop.id_of('pg-200')}?expand=event_stream")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert list(answer.json()) == ["message"]


@pytest.mark.parametrize(("mode", "status"), [("401", 502), ("404", 404), ("html", 502), ("hang", 504)])
def test_it_says_why_a_stream_could_not_be_read(
    mode: str, status: int, hoop: StandIn, operator: Client, settings: Any
) -> None:
    settings.HOOPVIEWER_FIRST_BYTE_SECONDS = 0.3
    session_id = hoop.id_of("bash-ok")
    assert operator.get(f"/api/sessions/{session_id}").status_code == 200
    hoop.faults.set(mode, query="*event_stream*")
    answer = operator.get(f"/api/sessions/{session_id}?expand=event_stream")
    assert answer.status_code == status
    assert list(answer.json()) == ["message"]
    assert "still being read" not in answer.json()["message"]
