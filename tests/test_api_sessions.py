"""``GET /api/sessions/{id}``: its parameters, its validators and its refusals. That it answers as hoop does
is in test_api_contract.py."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client

from sessions_ui.archive.ingest import finish_ingests
from sessions_ui.archive.sessions import make_stale
from sessions_ui.demo.standin import StandIn
from sessions_ui.eventlog.masking import MASK
from sessions_ui.models import EventLogRecord
from tests.api_people import let_hoops_people_in, program
from tests.recordings import DOCUMENT, put_case, recorded
from tests.trails import clear_trail, rows
from tests.waiting import impatient

STREAM = "?expand=event_stream"


def ask(client: Client, session_id: str, query: str = "", **headers: str) -> Any:
    return client.get(f"/api/sessions/{session_id}{query}", headers=headers)


def body(client: Client, session_id: str, query: str = "") -> Any:
    answer = ask(client, session_id, query)
    assert answer.status_code == 200
    return json.loads(answer.getvalue())


def test_it_passes_the_documented_shape_on(hoop: StandIn, operator: Client) -> None:
    session_id = put_case(hoop, DOCUMENT)
    expected = recorded(f"{DOCUMENT}.json")
    # hoop cuts it to milliseconds.
    expected["review"]["created_at"] = "2024-07-25T15:56:35.317Z"
    stream = expected.pop("event_stream")
    assert body(operator, session_id) == expected
    assert body(operator, session_id, STREAM) == {**expected, "event_stream": stream}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?event_stream=bogus", "event_stream cannot be “bogus”: one of utf8, base64 or raw-queries"),
        ("?event_stream=UTF8", "event_stream cannot be “UTF8”: one of utf8, base64 or raw-queries"),
        (f"{STREAM},x", "expand cannot be “x”: a list of event_stream and session_input"),
        ("?events=i&events=o,%20z", "events cannot be “z”: a list of i, o and e"),
        ("?event-time=2", "event-time cannot be “2”: one of 0 or 1"),
        ("?new_line=yes", "new_line cannot be “yes”: one of 0 or 1"),
        ("?new_line=1&newline=0", "newline cannot be “0”: “1” was asked for as well"),
        (
            "?event_stream=utf8&event_stream=base64",
            "event_stream cannot be “base64”: “utf8” was asked for as well",
        ),
        ("?blob-type=stream", "blob-type cannot be “stream”: one of session_input"),
        ("?extension=" + "a" * 65, "extension cannot be"),
        ("?extension=a&extension=b", "extension cannot be “b”: “a” was asked for as well"),
        (f"{STREAM}&copy=mine", "copy cannot be “mine”"),
        ("?events=%E2%80%AE", "events cannot be “⟨U+202E⟩”"),
    ],
)
def test_it_names_a_value_that_it_cannot_take(
    query: str, message: str, hoop: StandIn, operator: Client
) -> None:
    answer = ask(operator, hoop.id_of("bash-ok"), query)
    assert answer.status_code == 422
    assert list(answer.json()) == ["message"]
    assert answer.json()["message"].startswith(message)


@pytest.mark.parametrize(
    "query", ["?event_stream=base64", "?expand=", "?expand=session_input", "?events=i", "?x=1"]
)
def test_it_brings_no_stream_that_was_not_asked_for(query: str, hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    assert "event_stream" not in body(operator, session_id, query)
    # Nor is it read from hoop for that.
    assert hoop.requests()
    assert not hoop.requests(query="*event_stream*")


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", "ioe"),
        ("&events=o", "o"),
        ("&events=e&events=i", "ie"),
        ("&events=i,e", "ie"),
        ("&events=o,%20i&events=e", "ioe"),
        ("&events=", "ioe"),
    ],
)
def test_it_chooses_events_from_any_list(query: str, kinds: str, hoop: StandIn, operator: Client) -> None:
    stream = body(operator, hoop.id_of("killed"), STREAM + query)["event_stream"]
    assert stream == [
        event for event in recorded("killed/session.expand.json")["event_stream"] if event[1] in kinds
    ]
    assert stream


def test_it_gives_every_statement_of_a_message(hoop: StandIn, operator: Client) -> None:
    def frame(letter: bytes, text: bytes) -> bytes:
        return letter + (len(text) + 4).to_bytes(4, "big") + text

    batch = frame(b"P", b"a\0SELECT 1\0\0\0") + frame(b"P", b"b\0SELECT 2\0\0\0") + frame(b"S", b"")
    session_id = hoop.add_session(
        {"verb": "connect", "type": "database", "connection_subtype": "postgres"},
        [(0.5, "i", batch), (1.0, "i", frame(b"X", b"")), (2.5, "i", frame(b"Q", b"SELECT 3\0"))],
    )
    answer = body(operator, session_id, f"{STREAM}&event_stream=raw-queries")
    assert [(event[0], base64.b64decode(event[2])) for event in answer["event_stream"]] == [
        (0.5, b"SELECT 1"),
        (0.5, b"SELECT 2"),
        (2.5, b"SELECT 3"),
    ]
    assert answer["event_size"] == 24


def test_it_keeps_what_hoop_wrote_byte_for_byte(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_session(
        {"metadata": {"event_size": [1, {"event_stream": "\u2028\\"}], "<": 1.50}, "newer": None},
        [(1.0, "o", b"x")],
    )
    plain = ask(operator, session_id).getvalue()
    expanded = ask(operator, session_id, STREAM).getvalue()
    assert b'"event_stream":[[1,"o","eA=="]],"event_size"' in expanded
    assert expanded.replace(b'"event_stream":[[1,"o","eA=="]],', b"") == plain.rstrip(b"\n")


def test_it_says_nothing_new_to_who_knows(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    first = ask(operator, session_id, STREAM)
    assert first["Cache-Control"] == "private, no-cache"
    assert {"Cookie", "Authorization"} <= {name.strip() for name in first["Vary"].split(",")}
    again = ask(operator, session_id, STREAM, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.getvalue(), again["ETag"]) == (304, b"", first["ETag"])
    assert again["Cache-Control"] == "private, no-cache"
    tags = {
        ask(operator, session_id, query)["ETag"]
        for query in (
            "",
            STREAM,
            f"{STREAM}&events=o",
            f"{STREAM}&event_stream=base64",
            f"{STREAM}&event_stream=utf8",
        )
    }
    assert len(tags) == 5


def test_it_asks_the_rule_before_the_validator(hoop: StandIn, operator: Client, as_person: Any) -> None:
    tag = ask(operator, hoop.id_of("machine"))["ETag"]
    answer = ask(as_person("owen@example.com"), hoop.id_of("machine"), **{"If-None-Match": tag})
    assert (answer.status_code, answer.json()) == (
        403,
        {"message": f"user is not allowed to access this session. {settings.HOOPVIEWER_WHOM_TO_ASK}"},
    )
    assert "ETag" not in answer
    # Who sees details alone has another validator than who sees the stream.
    reviewed, member = hoop.id_of("payroll-ran"), as_person("rita@example.com")
    assert (
        ask(member, reviewed, STREAM)["ETag"]
        != ask(as_person("audrey@example.com"), reviewed, STREAM)["ETag"]
    )


def test_it_leaves_out_what_may_not_be_seen_and_says_so(hoop: StandIn, as_person: Any) -> None:
    """As hoop answers a reviewer: a 200 without the member, which is not null either."""
    clear_trail()
    answer = ask(as_person("rita@example.com"), hoop.id_of("payroll-ran"), STREAM)
    assert (answer.status_code, answer["X-Event-Stream"]) == (200, "not-shown")
    told = json.loads(answer.getvalue())
    assert "event_stream" not in told
    assert told.keys() == recorded("payroll-ran/as-rita.json").keys()
    call = next(row for row in rows() if row.act == "api-called")
    assert json.loads(call.about) == {"stream": "not-shown"}
    assert "X-Event-Stream" not in ask(as_person("rita@example.com"), hoop.id_of("payroll-ran"))
    assert "X-Event-Stream" not in ask(as_person("owen@example.com"), hoop.id_of("payroll-ran"), STREAM)


def test_it_says_that_the_session_was_changed(hoop: StandIn, operator: Client) -> None:
    """The members stay hoop's own; that they are not the first ones is said beside them."""
    session_id = hoop.id_of("bash-failed")
    assert "X-Changed-At-Hoop" not in ask(operator, session_id, STREAM)
    # The answer with the recording is the last that said what the session was.
    seen = EventLogRecord.objects.get().started_at
    hoop.state.kill(hoop.session(session_id))
    make_stale(UUID(session_id), by=timedelta(hours=1))
    answer = ask(operator, session_id)
    assert json.loads(answer.getvalue())["exit_code"] == 254
    after, before = map(datetime.fromisoformat, answer["X-Changed-At-Hoop"].split("/"))
    assert after == seen
    assert before == datetime.fromisoformat(answer["X-Fetched-At"])
    assert ask(operator, session_id, STREAM)["X-Event-Stream"] == "kept"
    finish_ingests()
    assert ask(operator, session_id, f"{STREAM}&copy=hoop")["X-Event-Stream"] == "at-hoop"


def test_it_gives_the_kept_recording(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    kept = body(operator, session_id, STREAM)
    refused = ask(operator, session_id, f"{STREAM}&copy=hoop")
    sentence = "copy cannot be “hoop”: it is not a copy of this recording that we have"
    assert (refused.status_code, refused.json()["message"]) == (422, sentence)
    hoop.state.kill(hoop.session(session_id))
    make_stale(UUID(session_id), by=timedelta(hours=1))
    ask(operator, session_id, STREAM).getvalue()
    finish_ingests()
    now = body(operator, session_id, STREAM)
    # The recording that was read first, and what hoop said of the end with it.
    assert datetime.fromisoformat(now.pop("end_date")) == datetime.fromisoformat(kept.pop("end_date"))
    assert now == kept
    present = body(operator, session_id, f"{STREAM}&copy=hoop")
    assert present["exit_code"] == body(operator, session_id)["exit_code"] == 254
    assert [event[1:] for event in present["event_stream"]] == [
        ["e", base64.b64encode(b"no log found on disk").decode()]
    ]


def test_it_masks_what_was_typed(hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    let_hoops_people_in(monkeypatch)
    session_id, sent = hoop.id_of("tty-shell"), recorded("tty-shell/session.expand.json")["event_stream"]
    typed = base64.b64encode(MASK).decode()
    masked = [[time, kind, typed if kind == "i" else data] for time, kind, data in sent]
    assert body(operator, session_id, STREAM)["event_stream"] == masked
    trusted, other = (program("audrey@example.com", may_see_input=may) for may in (True, False))
    assert body(trusted, session_id, STREAM)["event_stream"] == sent
    assert body(other, session_id, STREAM)["event_stream"] == masked
    tags = {ask(client, session_id, STREAM)["ETag"] for client in (trusted, other, operator)}
    assert len(tags) == 2
    # The scope is nothing for who may not see it any more.
    owners = program("owen@example.com", may_see_input=True)
    assert body(owners, session_id, STREAM)["event_stream"] == masked


def test_it_is_for_no_other_site(hoop: StandIn, operator: Client) -> None:
    answer = ask(operator, hoop.id_of("bash-ok"), Origin="https://elsewhere.example.com")
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_it_answers_head_without_a_body(hoop: StandIn, operator: Client) -> None:
    address = f"/api/sessions/{hoop.id_of('bash-ok')}{STREAM}"
    head, whole = operator.head(address), operator.get(address)
    assert (head.status_code, head.getvalue()) == (200, b"")
    assert (head["ETag"], head["Content-Type"]) == (whole["ETag"], whole["Content-Type"])


def test_it_tells_the_length_where_it_is_known(hoop: StandIn, operator: Client) -> None:
    plain = ask(operator, hoop.id_of("bash-ok"))
    assert plain["Content-Length"] == str(len(plain.getvalue())) == "951"


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_it_only_reads(method: str, hoop: StandIn, operator: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    answer = getattr(strict, method)(f"/api/sessions/{hoop.id_of('bash-ok')}")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
    assert list(answer.json()) == ["message"]


def test_it_says_so_when_hoop_cannot_be_asked(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    fresh = ask(operator, session_id)
    fresh_body = fresh.getvalue()
    assert fresh["X-Fetched-At"]
    assert "X-Stale" not in fresh
    make_stale(UUID(session_id), by=timedelta(hours=1))
    hoop.close()
    stale = ask(operator, session_id)
    assert (stale.status_code, stale.getvalue()) == (200, fresh_body)
    assert stale["X-Stale"] == "hoop cannot be reached"
    unknown = ask(operator, hoop.id_of("pg-200"))
    assert unknown.status_code == 503
    assert int(unknown["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("preferred", "applied"),
    [
        ("wait=1", "wait=1"),
        ("respond-async, wait=0", "wait=0"),
        ('WAIT = "1" ; x=2', "wait=1"),
        ("wait=900", "wait=30"),
    ],
)
def test_it_waits_as_long_as_preferred(preferred: str, applied: str, hoop: StandIn, operator: Client) -> None:
    answer = ask(operator, hoop.id_of("bash-ok"), STREAM, Prefer=preferred)
    assert answer["Preference-Applied"] == applied
    if applied != "wait=0":
        assert answer.status_code == 200
    assert "Preference-Applied" not in ask(operator, hoop.id_of("bash-ok"), Prefer="wait=1")


@pytest.mark.parametrize(
    "preferred", ["wait=x", "other; wait=9", "wait=", "await=3", "wait=-1", "", "wait=1.5"]
)
def test_it_passes_over_what_is_no_preference(preferred: str, hoop: StandIn, operator: Client) -> None:
    answer = ask(operator, hoop.id_of("bash-ok"), STREAM, Prefer=preferred)
    assert answer.status_code == 200
    assert "Preference-Applied" not in answer


def test_it_says_that_no_such_address_is_there(operator: Client) -> None:
    answer = operator.get("/api/nothing")
    assert (answer.status_code, answer.json()) == (404, {"message": "not found"})


def test_it_says_that_the_stream_still_arrives(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sessions_ui.api import reading

    monkeypatch.setattr(reading, "SHORT_SECONDS", 0)
    hoop.faults.set("stall", query="*event_stream*")
    answer = operator.get(f"/api/sessions/{hoop.id_of('pg-200')}?expand=event_stream")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert list(answer.json()) == ["message"]


@pytest.mark.parametrize(("mode", "status"), [("401", 502), ("404", 404), ("html", 502), ("hang", 504)])
def test_it_says_why_a_stream_could_not_be_read(
    mode: str, status: int, hoop: StandIn, operator: Client, settings: Any
) -> None:
    session_id = hoop.id_of("bash-ok")
    assert operator.get(f"/api/sessions/{session_id}").status_code == 200
    hoop.faults.set(mode, query="*event_stream*")
    with impatient(settings, "FIRST_BYTE", when=mode == "hang"):
        answer = operator.get(f"/api/sessions/{session_id}?expand=event_stream")
    assert answer.status_code == status
    assert list(answer.json()) == ["message"]
    assert "still being read" not in answer.json()["message"]
