"""The list as a file: all of it, with what it is of, and nothing that passes for all of it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from sessions_ui.archive import exporting
from sessions_ui.demo.standin import StandIn
from sessions_ui.eventlog.formats.zip_stream import zip_stream
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.trail.models import RowRecord
from tests.crowds import BEGIN, SECOND, add_crowd, reading_held
from tests.recordings import read_page


def exported(client: Client, query: str) -> tuple[bytes, dict[str, Any]]:
    """The rows' file and the manifest."""
    response = client.get(f"/export?{query}")
    assert response.status_code == 200
    assert isinstance(response, StreamingHttpResponse)
    with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[1:] == ["manifest.json"]
        manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
        rows = archive.read(names[0])
    assert (manifest["file"], manifest["bytes"]) == (names[0], len(rows))
    assert manifest["sha256"] == hashlib.sha256(rows).hexdigest()
    return rows, manifest


def test_it_exports_all_rows_as_hoop_gave_them(hoop: StandIn, operator: Client) -> None:
    add_crowd(hoop, [BEGIN + SECOND * (number // 90) for number in range(250)])
    expected = [session.id for session in hoop.state.newest_first()]
    rows, manifest = exported(operator, "format=json")
    found = json.loads(rows)
    assert [row["id"] for row in found] == expected
    assert found[0].keys() >= {"connection_tags", "review", "metrics", "user_id"}
    count = len(expected)
    assert (manifest["hoop_count"], manifest["rows"], manifest["rows_checked"]) == (count, count, count)
    assert (manifest["first_id"], manifest["last_id"]) == (expected[0], expected[-1])
    assert manifest["sentence"].startswith(f"hoop counted {count} sessions from the first")
    assert manifest["sentence"].endswith(f"and all {count} rows are in this file.")
    assert manifest["gateway_version"] == hoop.version
    first, *others = hoop.requests("/api/sessions")
    assert "count=exact" in first.query
    assert len(others) == -(-count // 100) - 1


def test_it_exports_what_the_filter_lets_through(hoop: StandIn, operator: Client) -> None:
    rows, manifest = exported(operator, "format=csv&connection=bash-prod&exit=failed")
    table = list(csv.DictReader(io.StringIO(rows.decode(), newline="")))
    wanted = [
        session.id
        for session in hoop.state.newest_first()
        if session.envelope["connection"] == "bash-prod" and session.envelope["exit_code"]
    ]
    assert [row["id"] for row in table] == wanted
    assert manifest["filter"] == {"connection": ["bash-prod"], "exit": ["failed"]}
    assert manifest["hoop_count"] == len(hoop.state.newest_first())
    assert f"{len(wanted)} rows fit the whole filter" in manifest["sentence"]


def test_it_says_what_its_filter_cannot_decide(hoop: StandIn, operator: Client) -> None:
    _, manifest = exported(operator, "format=csv&mark=ai")
    count = len(hoop.state.newest_first())
    assert (manifest["rows"], manifest["rows_checked"]) == (1, count)
    assert manifest["rows_undecided"] == count - 1
    assert "1 row fits the whole filter and is in this file." in manifest["sentence"]
    assert f"Of {count - 1} further sessions it cannot be said whether they fit" in manifest["sentence"]


def test_it_says_what_the_list_says(hoop: StandIn, operator: Client) -> None:
    """Four sessions that hoop ends with the same code, and marks that only a session's own answer has."""
    for case in ("killed", "ai-blocked", "masked"):
        assert operator.get(f"/sessions/{hoop.id_of(case)}").status_code == 200
    rows, _ = exported(operator, "format=csv")
    told = {row["id"]: row for row in csv.DictReader(io.StringIO(rows.decode(), newline=""))}
    lines = {
        case: told[hoop.id_of(case)] for case in ("killed", "ai-blocked", "payroll-rejected", "jit-abandoned")
    }
    assert {line["exit_code"] for line in lines.values()} == {"254"}
    assert lines["killed"]["how_it_ended"] == "Killed by hand"
    assert lines["ai-blocked"]["how_it_ended"] == "Blocked by the AI analysis"
    assert "AI: " in lines["ai-blocked"]["marks"]
    assert lines["payroll-rejected"]["how_it_ended"] == "Rejected"
    assert lines["jit-abandoned"]["was_it_approved"] == "Never decided"
    found, _ = exported(operator, "format=csv&mark=ai")
    ids = {row["id"] for row in csv.DictReader(io.StringIO(found.decode(), newline=""))}
    assert hoop.id_of("ai-blocked") in ids


def test_it_marks_what_was_changed_at_hoop(
    hoop: StandIn, operator: Client, as_person: Callable[[str], Client]
) -> None:
    """hoop's values as hoop says them now, and beside them those that were read first."""
    session_id = hoop.id_of("bash-failed")
    assert operator.get(f"/sessions/{session_id}").status_code == 200
    hoop.kill(session_id)
    rows, _ = exported(operator, "format=csv")
    told = {row["id"]: row for row in csv.DictReader(io.StringIO(rows.decode(), newline=""))}
    line = told.pop(session_id)
    assert (line["exit_code"], line["first_read_exit_code"]) == ("254", "3")
    assert line["changed_at_hoop"] == "yes"
    assert line["ended"] > line["first_read_ended"]
    assert "changed at hoop" in line["marks"]
    assert {row["changed_at_hoop"] for row in told.values()} == {"no"}
    as_json, _ = exported(operator, "format=json")
    row = next(row for row in json.loads(as_json) if row["id"] == session_id)
    assert (row["exit_code"], row["hoopviewer"]["first_read"]["exit_code"]) == (254, 3)
    page = read_page(operator.get("/").content).text
    assert "changed at hoop" in page
    assert "hoop now: exit code 254" in page


def test_it_keeps_formulas_from_running(hoop: StandIn, operator: Client) -> None:
    add_crowd(hoop, [timezone.now() - SECOND * 2], connection='=HYPERLINK("x")', user_name='a,"b"\n+c')
    rows, _ = exported(operator, "format=csv")
    row = next(csv.DictReader(io.StringIO(rows.decode(), newline="")))
    assert row["connection"] == '\'=HYPERLINK("x")'
    assert row["person_name"] == 'a,"b"\n\'+c'


def test_it_says_when_hoop_gave_fewer_than_it_counted(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = exporting.walk

    def forgetful(*args: Any, **kwargs: Any) -> Any:
        pages = first(*args, **kwargs)
        page = next(pages)
        yield replace(page, rows=page.rows[1:])
        yield from pages

    monkeypatch.setattr(exporting, "walk", forgetful)
    count = len(hoop.state.newest_first())
    _, manifest = exported(operator, "format=json")
    assert (manifest["hoop_count"], manifest["rows"]) == (count, count - 1)
    assert f"but gave {count - 1}: until that is explained" in manifest["sentence"]


def test_it_exports_no_more_than_the_person_may_see(
    hoop: StandIn, as_person: Callable[[str], Client]
) -> None:
    rows, manifest = exported(as_person("rita@example.com"), "format=json")
    person = hoop.state.people.find("rita@example.com")
    assert person
    expected = [each.id for each in hoop.state.newest_first() if hoop.state.may_open(each, person)]
    assert [row["id"] for row in json.loads(rows)] == expected
    assert (manifest["hoop_count"], manifest["rows_checked"]) == (None, None)
    assert "this person's to see" in manifest["sentence"]
    end = RowRecord.objects.using(settings.TRAIL_DATABASE).filter(act="ended").latest("number")
    withheld = len(hoop.state.newest_first()) - len(expected)
    assert {"rows": len(expected), "withheld": withheld}.items() <= json.loads(end.about).items()


def test_it_exports_nothing_where_nothing_fits(hoop: StandIn, operator: Client) -> None:
    rows, manifest = exported(operator, "format=json&connection=none")
    assert json.loads(rows) == []
    assert (manifest["rows"], manifest["first_id"], manifest["hoop_count"]) == (0, None, 0)


def test_it_leaves_a_file_that_does_not_open_when_hoop_fails(hoop: StandIn, operator: Client) -> None:
    add_crowd(hoop, [BEGIN + SECOND * number for number in range(250)])
    response = operator.get("/export?format=json")
    assert isinstance(response, StreamingHttpResponse)
    hoop.faults.set("503", "/api/sessions")
    sent: list[bytes] = []
    with pytest.raises(GatewayError):
        sent.extend(response)
    assert not zipfile.is_zipfile(io.BytesIO(b"".join(sent)))


def test_it_does_not_export_a_part_of_the_list(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_crowd(hoop, [timezone.now() - timedelta(hours=number) for number in range(300)])
    monkeypatch.setattr(exporting, "WAIT_SECONDS", 0.05)
    with reading_held():
        response = operator.get("/export?format=csv&verb=exec")
    assert response.status_code == 503
    assert "would not be an export" in read_page(response.content).text
    exported(operator, "format=csv&verb=exec")


def test_it_is_written_down_with_how_it_went(hoop: StandIn, operator: Client) -> None:
    response = operator.get("/export?format=json&type=custom")
    assert isinstance(response, StreamingHttpResponse)
    begun, ended = [], []
    content = response.getvalue()
    response.close()
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("manifest.json"))
    for row in RowRecord.objects.using(settings.TRAIL_DATABASE).order_by("number"):
        (ended if row.ends else begun).append(row)
    row = next(row for row in begun if row.act == "exported")
    assert json.loads(row.about)["list"] == {"type": ["custom"]}
    assert [json.loads(end.about) for end in ended if end.ends == row.number] == [
        {
            "bytes": len(content),
            "outcome": "finished",
            "rows": manifest["rows"],
            "withheld": 0,
            "sha256": manifest["sha256"],
        }
    ]


@pytest.mark.parametrize("query", ["", "format=xml", "format=csv&q=x", "format=csv&exit=y"])
def test_it_refuses_what_it_cannot_take(query: str, hoop: StandIn, operator: Client) -> None:
    assert operator.get(f"/export?{query}").status_code == 400


def test_it_says_that_hoop_cannot_be_reached(hoop: StandIn, operator: Client) -> None:
    hoop.faults.set("refuse")
    assert operator.get("/export?format=csv").status_code == 503


def test_it_streams_in_flat_memory() -> None:
    def chunks() -> Any:
        for number in range(2_000):
            yield hashlib.sha256(str(number).encode()).digest() * 512

    tracemalloc.start()
    size = sum(len(piece) for piece in zip_stream([("rows", chunks())], at=datetime(2026, 1, 1, tzinfo=UTC)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 100_000
    assert peak < 2_000_000
