"""The log as a file: the bytes of the recording, and nothing else."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from typing import Any

import pytest
from django.test import Client

from sessions_ui.archive import gateway_facts
from sessions_ui.demo.standin import StandIn
from tests.recordings import CASES, printed, put_case, read_page, recorded

#: Recordings with events in hoop's own form, and something in them.
PLAIN = [
    case
    for case in CASES
    if case != "bad-base64" and recorded(f"{case}/session.expand.json").get("event_stream")
]


def file_of(client: Client, session_id: str, form: str = "text") -> tuple[Any, bytes]:
    response = client.get(f"/sessions/{session_id}/download?format={form}")
    assert response.status_code == 200
    return response, response.getvalue()


def triples(case: str) -> list[tuple[float, str, bytes]]:
    events = recorded(f"{case}/session.expand.json")["event_stream"]
    return [(seconds, kind, base64.b64decode(payload)) for seconds, kind, payload in events]


def payload_of(record: dict[str, str]) -> bytes:
    return base64.b64decode(record["data"]) if record["encoding"] == "base64" else record["data"].encode()


@pytest.mark.parametrize("case", PLAIN)
def test_it_gives_back_what_was_recorded(case: str, hoop: StandIn, operator: Client) -> None:
    session_id = put_case(hoop, case)
    response, body = file_of(operator, session_id)
    assert body == printed(case)
    assert response["Content-Length"] == str(len(body))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert response["X-Event-Count"] == str(len(triples(case)))
    _, body = file_of(operator, session_id, "json")
    document = json.loads(body)
    assert [(e["offset_seconds"], e["kind"], payload_of(e)) for e in document["events"]] == triples(case)
    assert document["event_count"] == len(triples(case))
    assert document["session"] == session_id
    _, body = file_of(operator, session_id, "csv")
    rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    assert [(float(row["offset_seconds"]), row["kind"]) for row in rows] == [e[:2] for e in triples(case)]
    assert [int(row["event"]) for row in rows] == list(range(1, len(rows) + 1))


def test_it_keeps_odd_events_as_they_came(hoop: StandIn, operator: Client) -> None:
    session_id = put_case(hoop, "bad-base64")
    stream = recorded("bad-base64/session.expand.json")["event_stream"]
    _, body = file_of(operator, session_id, "json")
    events = json.loads(body)["events"]
    assert len(events) == len(stream) == 8
    for number in (2, 4, 5, 6, 7, 8):
        assert events[number - 1]["encoding"] == "json"
        assert json.loads(events[number - 1]["data"]) == stream[number - 1]
    assert file_of(operator, session_id)[1] == b"hi\n"


def test_it_leaves_no_formula_to_a_spreadsheet(hoop: StandIn, operator: Client) -> None:
    lines = [b"=1+1\n", b"+1", b"-1", b"@SUM(A1)", b"\t=1", "＝1".encode(), b"ok\n=2\n", b'a,b\n"c"\n']
    session_id = hoop.add_session({}, [(number / 10, "o", line) for number, line in enumerate(lines, 1)])
    rows = list(csv.reader(io.StringIO(file_of(operator, session_id, "csv")[1].decode(), newline="")))
    data = [row[-1] for row in rows[1:]]
    assert data == ["'=1+1\n", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'＝1", "ok\n'=2\n", 'a,b\n"c"\n']


def test_it_names_the_file_for_people_and_systems(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-failed")
    for form, extension in (("text", "txt"), ("json", "json"), ("csv", "csv")):
        response, _ = file_of(operator, session_id, form)
        assert response["Content-Disposition"] == (
            f'attachment; filename="Owen_bash-prod_20261123-123357_{session_id}.{extension}"'
        )


@pytest.mark.parametrize(
    "name", ['../../x"; a=b', "a\r\nX-Evil: 1", "漢字\u202e", "\x00", "x" * 5000, "...", ""]
)
def test_it_names_no_file_as_an_attacker_wants(name: str, hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_session({"user_name": name, "connection": name, "user": "", "user_id": ""})
    response, _ = file_of(operator, session_id)
    found = re.fullmatch(r'attachment; filename="([A-Za-z0-9._-]+)"', response["Content-Disposition"])
    assert found
    assert found[1].endswith(f"{session_id}.txt")
    assert len(found[1]) < 250
    assert not found[1].startswith(".")
    assert "X-Evil" not in response


def test_it_gives_times_only_where_they_are_known(hoop: StandIn, operator: Client) -> None:
    known = json.loads(file_of(operator, hoop.id_of("bash-failed"), "json")[1])["events"]
    assert known[1]["time"] == "2026-11-23T12:33:57.913676Z"
    waited = json.loads(file_of(operator, hoop.id_of("payroll-ran"), "json")[1])["events"]
    assert [event["time"] for event in waited] == ["", ""]


def test_it_obeys_hoops_switch(hoop: StandIn, operator: Client) -> None:
    hoop.state.downloads_disabled = True
    gateway_facts.forget()
    for form in ("text", "json", "csv"):
        response = operator.get(f"/sessions/{hoop.id_of('bash-ok')}/download?format={form}")
        assert response.status_code == 403
        assert "switched off at hoop" in read_page(response.content).one("main").text


def test_it_gives_no_part_of_what_still_arrives(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sessions_ui.pages import download

    monkeypatch.setattr(download, "WAIT_SECONDS", 0)
    hoop.faults.set("stall", query="*event_stream*", seconds=0.5)
    response = operator.get(f"/sessions/{hoop.id_of('pg-200')}/download")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "still being read" in read_page(response.content).one("main").text
