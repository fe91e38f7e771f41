"""The log as a file: the bytes of the recording, and nothing else."""

from __future__ import annotations

import base64
import csv
import gc
import hashlib
import io
import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from sessions_ui.archive import gateway_facts
from sessions_ui.archive.ingest import finish_ingests
from sessions_ui.archive.sessions import make_stale
from sessions_ui.demo.standin import StandIn
from sessions_ui.eventlog.masking import MASK
from sessions_ui.models import FileLengthRecord, SegmentRecord, ServerRecord
from sessions_ui.pages import download, download_form, file_lengths, files
from sessions_ui.pages.seats import taken_seats
from sessions_ui.pages.waiting import SHORT_SECONDS, granted
from sessions_ui.trail.models import RowRecord
from sessions_ui.trail.store import TrailUnavailable
from tests.recorded_facts import session_of
from tests.recordings import CASES, printed, put_case, read_page, recorded

PLAIN = [
    case
    for case in CASES
    if case != "bad-base64" and recorded(f"{case}/session.expand.json").get("event_stream")
]


def file_of(client: Client, session_id: str, form: str = "text", query: str = "") -> tuple[Any, bytes]:
    response = client.get(f"/sessions/{session_id}/download?format={form}{query}")
    assert response.status_code == 200, response.content
    return response, response.getvalue()


def triples(case: str) -> list[tuple[float, str, bytes]]:
    """What was recorded; of a terminal without what was typed."""
    events = recorded(f"{case}/session.expand.json")["event_stream"]
    hides = {"i"} if session_of(case).is_terminal else set()
    return [
        (seconds, kind, MASK if kind in hides else base64.b64decode(payload))
        for seconds, kind, payload in events
    ]


def ask_hoop_again() -> None:
    """As if a minute had gone by since hoop was asked of itself."""
    gateway_facts.forget()
    ServerRecord.objects.update(heard_at=timezone.now() - timedelta(minutes=2))


def payload_of(record: dict[str, str]) -> bytes:
    return base64.b64decode(record["data"]) if record["encoding"] == "base64" else record["data"].encode()


def rows_of(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline=""), strict=True))


def test_it_gives_back_every_recording_in_every_format(hoop: StandIn, operator: Client) -> None:
    for case in PLAIN:
        session_id = put_case(hoop, case)
        expected = triples(case)
        response, body = file_of(operator, session_id)
        assert body == printed(case), case
        assert response["Content-Length"] == str(len(body))
        assert response["Content-Type"] == "application/octet-stream"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response["Cache-Control"]
        assert response["X-Event-Count"] == str(sum(kind in "oe" for _, kind, _ in expected))
        page = read_page(operator.get(f"/sessions/{session_id}/log").content)
        # hoop's own sentence in place of a recording is shown as what it is: none.
        if body not in (b"", b"no log found on disk"):
            shown = page.one("p", css="panel-note").one("span", css="log-print").text
            assert shown == hashlib.sha256(body).hexdigest() == response["ETag"].strip('"')
        else:
            assert page.some("p", css="panel-note") is None
        response, body = file_of(operator, session_id, "json")
        document = json.loads(body)
        assert [(e["offset_seconds"], e["kind"], payload_of(e)) for e in document["events"]] == expected, case
        assert document["event_count"] == len(expected) == int(response["X-Event-Count"])
        assert document["session"] == session_id
        form = read_page(operator.get(f"/sessions/{session_id}/download/form").content)
        assert document["recording"] == form.one("div", id="download-completeness").one("strong").text
        lines = [json.loads(line) for line in file_of(operator, session_id, "ndjson")[1].split(b"\n")[:-1]]
        assert lines[:-1] == document["events"]
        assert lines[-1]["end"]["event_count"] == len(expected)
        rows = rows_of(file_of(operator, session_id, "csv", "&formula_guard=0")[1])
        told = [(float(row["offset_seconds"]), row["kind"], payload_of(row)) for row in rows]
        assert told == expected, case
        assert [int(row["event"]) for row in rows] == list(range(1, len(rows) + 1))
        cast = [json.loads(line) for line in file_of(operator, session_id, "asciicast")[1].splitlines()]
        assert cast[0]["version"] == 2
        told_text = "".join(data for _, code, data in cast[1:] if code == "o")
        # Where there was no terminal, lines end as one wants them.
        texts = [text.replace("\r\n", "\n") for text in (told_text, printed(case).decode("utf-8", "replace"))]
        assert texts[0] == texts[1], case


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


def test_it_gives_what_was_chosen_and_says_how_long_it_is(hoop: StandIn, operator: Client) -> None:
    events = [
        (0.1, "i", b"ls\n"),
        (0.2, "o", b"a\n"),
        (0.3, "e", b"no"),
        (0.4, "h", b"x"),
        (0.5, "o", b"b\n"),
    ]
    session_id = hoop.add_session({"start_date": "2026-11-23T12:00:00Z"}, events)
    for query, expected in {
        "": b"a\nnob\n",
        "&kinds=o": b"a\nb\n",
        "&kinds=i&kinds=x": b"ls\nx",
        "&kinds=ioex": b"ls\na\nnoxb\n",
        "&e=2-3": b"a\nno",
        "&e=3": b"no",
        "&e=4&kinds=i": b"",
        "&newline=1": b"a\n\nno\nb\n\n",
        "&newline=0&newline=1&kinds=e": b"no\n",
        "&times=offset&kinds=e": b"00:00:00.300000 no",
        "&times=utc&e=3-5&newline=1": b"2026-11-23T12:00:00.300000Z no\n2026-11-23T12:00:00.500000Z b\n\n",
        "&formula_guard=0&times=off": b"a\nnob\n",
    }.items():
        response, body = file_of(operator, session_id, query=query)
        assert body == expected, query
        assert response["Content-Length"] == str(len(body)), query
        assert response["Accept-Ranges"] == "bytes"
    assert [row["event"] for row in rows_of(file_of(operator, session_id, "csv", "&kinds=xi&e=1-4")[1])] == [
        "1",
        "4",
    ]
    response, body = file_of(operator, session_id, "json", "&kinds=o&e=3-5")
    assert json.loads(body)["selection"] == {"kinds": "o", "first": 3, "last": 5}
    assert response["X-Event-Count"] == "1"
    # Nothing of these kinds, and the kinds that there is no place for.
    assert file_of(operator, session_id, "asciicast", "&kinds=x")[0]["X-Event-Count"] == "0"


def test_it_knows_how_long_a_text_is_whose_input_is_hidden(hoop: StandIn, operator: Client) -> None:
    odd = [["1", "i", "cGFzcw=="], None, [0.5, "o"]]
    events = [(0.1, "o", b"$ "), *((n / 10, "i", b"x" * n) for n in range(1, 30)), *odd, (9.0, "e", b"end")]
    session_id = hoop.add_session({"verb": "connect", "type": "custom"}, events)
    for query in ("", "&kinds=i", "&kinds=io", "&kinds=ioex", "&kinds=x", "&kinds=ix&e=3-33&newline=1"):
        for more in ("", "&times=offset"):
            response, body = file_of(operator, session_id, query=query + more)
            assert response["Content-Length"] == str(len(body)), query
            assert (MASK in body) is ("kinds=i" in query)
            address = f"/sessions/{session_id}/download?{query}{more}"
            part = operator.get(address, headers={"Range": "bytes=3-"})
            assert part.getvalue() == body[3:]


BAD_VALUES = {
    "format=xml": "format=xml",
    "format=": "format=",
    "kinds=z": "kinds=z",
    "kinds=": "kinds=",
    "times=iso": "times=iso",
    "times=hoop": "times=hoop",
    "newline=2": "newline=2",
    "formula_guard=no": "formula_guard=no",
    "e=9-3": "e=9-3",
    "e=2.5": "e=2.5",
    "e=1-3": "within the recording's 2 events",
    "e=99999": "within the recording's 2 events",
    "extension=csv&format=csv": "extension=csv",
    "extension=../x": "extension=../x",
    "copy=mine": "copy=mine",
}


def test_it_takes_no_value_that_it_does_not_know(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_session({}, [(0.1, "o", b"a"), (0.2, "o", b"b")])
    for query, named in BAD_VALUES.items():
        for path in ("download", "download/form"):
            response = operator.get(f"/sessions/{session_id}/{path}?{query}")
            assert response.status_code == 400, query
            assert named in read_page(response.content).one("main").text


def test_its_form_keeps_no_kinds_of_another_format(hoop: StandIn, operator: Client) -> None:
    """As a browser without a script sends it: each choice, and the boxes as they were first ticked."""
    address = f"/sessions/{hoop.id_of('bash-failed')}/download"
    form = read_page(operator.get(f"{address}/form").content).one("form", css="download-form")
    fields = [part.attributes for part in form.every("input") if part.attributes["name"] == "kinds"]
    assert [(one["value"], "checked" in one) for one in fields] == [
        ("usual", True),
        ("", False),
        ("i", False),
        ("o", True),
        ("e", True),
    ]
    ticked = "&kinds=o&kinds=e"
    for query, expected in {
        f"format=json&kinds=usual{ticked}": ("ioex", "6"),
        f"format=json&kinds={ticked}": ("oe", "5"),
        "format=json&kinds=usual": ("ioex", "6"),
    }.items():
        response = operator.get(f"{address}?{query}")
        assert (json.loads(response.getvalue())["selection"]["kinds"], response["X-Event-Count"]) == expected
        shown = read_page(operator.get(f"{address}/form?{query}").content)
        assert f"{expected[1]} events of 6" in shown.one("div", id="download-sum").text
        usual = next(part for part in shown.every("input") if part.attributes.get("value") == "usual")
        assert ("checked" in usual.attributes) is ("usual" in query)
    cast = read_page(operator.get(f"{address}/form?format=asciicast&kinds=ex").content)
    assert "1 event of 6: errors" in cast.one("div", id="download-sum").text


def test_it_takes_any_extension_as_hoop_does(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_session({}, [(0.1, "o", b"a")])
    for extension, start in {"csv": b"event,", "json": b'{"session"', "txt": b"a", "LOG": b"a"}.items():
        response = operator.get(f"/sessions/{session_id}/download?extension={extension}")
        assert response.getvalue().startswith(start)
        assert f'.{extension}"' in response["Content-Disposition"]


def test_it_gives_ranges_of_a_text(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_session({}, [(n / 10, "o", b"%04d\n" % n) for n in range(40)])
    whole, body = file_of(operator, session_id)
    assert len(body) == 200
    etag = whole["ETag"]
    _, timed = file_of(operator, session_id, query="&times=offset")
    for query, file in (("", body), ("&times=offset", timed)):
        size = len(file)
        for asked, start, stop in (
            ("bytes=0-0", 0, 1),
            ("bytes=10-19", 10, 20),
            ("Bytes=190-", 190, size),
            ("bytes=190-99999", 190, size),
            ("bytes=-5", size - 5, size),
            ("bytes=-99999", 0, size),
        ):
            response = operator.get(f"/sessions/{session_id}/download?{query}", headers={"Range": asked})
            assert response.status_code == 206
            assert response.getvalue() == file[start:stop]
            assert response["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
            assert response["Content-Length"] == str(stop - start)
    for asked in ("bytes=200-", "bytes=999-1000", "bytes=-0"):
        response = operator.get(f"/sessions/{session_id}/download", headers={"Range": asked})
        assert (response.status_code, response["Content-Range"]) == (416, "bytes */200")
        assert response.content == b""
    # No range of bytes, several of them, or one of another file: the whole file.
    others = [{"Range": text} for text in ("lines=1-2", "bytes=1-2,5-6", "bytes=5-2", "bytes=a-b")]
    others += [{"Range": "bytes=0-1", "If-Range": '"other"'}, {"Range": "bytes=0-1", "If-Range": f"W/{etag}"}]
    for headers in others:
        response = operator.get(f"/sessions/{session_id}/download", headers=headers)
        assert (response.status_code, response.getvalue()) == (200, body)
    response = operator.get(
        f"/sessions/{session_id}/download", headers={"Range": "bytes=0-1", "If-Range": etag}
    )
    assert (response.status_code, response.getvalue()) == (206, b"00")
    head = operator.head(f"/sessions/{session_id}/download", headers={"Range": "bytes=0-1"})
    assert (head.status_code, head["Content-Length"]) == (200, "200")


def test_it_knows_how_long_a_file_is_that_was_sent_before(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small one at once; a large one when it was written to its end."""
    session_id = hoop.add_session({}, [(n / 10, "o", b"%04d\x00\n" % n) for n in range(40)])
    for form in ("csv", "json", "ndjson", "asciicast"):
        response, body = file_of(operator, session_id, form)
        assert response["Content-Length"] == str(len(body)), form
    monkeypatch.setattr(file_lengths, "SMALL_EVENTS", 39)
    for form in ("csv", "json", "ndjson", "asciicast"):
        address = f"/sessions/{session_id}/download?format={form}"
        broken = operator.get(address)
        next(iter(broken.streaming_content))
        broken.close()
        first, body = file_of(operator, session_id, form)
        assert ("Content-Length" in first, first["Accept-Ranges"]) == (False, "none")
        again, same = file_of(operator, session_id, form)
        assert (again["Content-Length"], again["ETag"]) == (str(len(body)), first["ETag"])
        assert same == body
        part = operator.get(address, headers={"Range": "bytes=7-", "If-Range": first["ETag"]})
        assert (part.status_code, part.getvalue()) == (206, body[7:])
        # Of a part of the recording none is remembered, and no other file's is taken for it.
        for _ in range(2):
            assert "Content-Length" not in file_of(operator, session_id, form, "&e=1-40&kinds=iox")[0]
    assert FileLengthRecord.objects.count() == 4


def test_a_file_of_another_length_than_was_said_is_not_sent_to_its_end(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = hoop.add_session({}, [(0.1, "o", b"a"), (0.2, "o", b"b")])
    monkeypatch.setattr(file_lengths, "SMALL_EVENTS", 0)
    body = file_of(operator, session_id, "json")[1]
    for wrong in (len(body) - 1, len(body) + 1):
        FileLengthRecord.objects.update(length=wrong)
        response = operator.get(f"/sessions/{session_id}/download?format=json")
        assert response["Content-Length"] == str(wrong)
        sent: list[bytes] = []
        with pytest.raises(file_lengths.WrongLength):
            sent.extend(response.streaming_content)
        response.close()
        assert sum(map(len, sent)) < min(wrong, len(body))
        # The next one finds it out anew.
        assert not FileLengthRecord.objects.exists()
        assert file_of(operator, session_id, "json")[1] == body


def test_it_says_that_a_log_was_replaced_meanwhile(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = hoop.id_of("bash-ok")
    file_of(operator, session_id)
    SegmentRecord.objects.all().delete()
    for path in (f"/sessions/{session_id}/download?format=csv", f"/sessions/{session_id}/download?e=2-3"):
        response = operator.get(path)
        assert (response.status_code, response["Retry-After"]) == (503, "5")
        assert "has just been read anew" in read_page(response.content).one("main").text
    response = operator.get(f"/api/sessions/{session_id}?expand=event_stream")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert list(response.json()) == ["message"]


def test_it_tells_files_apart_and_the_same_one_again(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_session({}, [(0.1, "o", b"a"), (0.2, "e", b"b")])
    queries = ["", "?kinds=o", "?newline=1", "?times=offset", "?e=1", "?format=csv", "?format=json"]
    queries += ["?format=ndjson", "?format=asciicast", "?format=csv&formula_guard=0"]
    tags = []
    for query in queries:
        address = f"/sessions/{session_id}/download{query}"
        tags.append(operator.get(address)["ETag"])
        again = operator.get(address, headers={"If-None-Match": f'"x", W/{tags[-1]}'})
        assert (again.status_code, again.content) == (304, b"")
        head = operator.head(address)
        assert (head.status_code, head["ETag"]) == (200, tags[-1])
        assert head.get("Content-Length", "") == operator.get(address).get("Content-Length", "")
    assert len(set(tags)) == len(queries)
    assert all(re.fullmatch(r'"[0-9a-f]{64}"', tag) for tag in tags)


def test_it_leaves_no_formula_to_a_spreadsheet(hoop: StandIn, operator: Client) -> None:
    lines = [b"=1+1\n", b"+1", b"-1", b"@SUM(A1)", b"\t=1", "＝1".encode(), b"ok\n=2\n", b'a,b\n"c"\n']
    session_id = hoop.add_session({}, [(number / 10, "o", line) for number, line in enumerate(lines, 1)])
    data = [row["data"] for row in rows_of(file_of(operator, session_id, "csv")[1])]
    assert data == ["'=1+1\n", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'＝1", "ok\n'=2\n", 'a,b\n"c"\n']


def test_it_names_the_file_for_people_and_systems(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-failed")
    name = f"Owen_bash-prod_20261123-123357_{session_id}"
    for form, extension in (("text", "txt"), ("json", "json"), ("csv", "csv"), ("asciicast", "cast")):
        response, _ = file_of(operator, session_id, form)
        assert response["Content-Disposition"] == f'attachment; filename="{name}.{extension}"'
    response, _ = file_of(operator, session_id, "ndjson", "&kinds=oe&e=2-3")
    assert response["Content-Disposition"] == f'attachment; filename="{name}_only-oe_events-2-3.ndjson"'
    response, _ = file_of(operator, session_id, "text", "&times=offset")
    assert response["Content-Disposition"] == f'attachment; filename="{name}_with-times.txt"'
    make_stale(session_id, by=timedelta(hours=1))
    hoop.kill(session_id)
    operator.get(f"/sessions/{session_id}")
    finish_ingests()
    assert json.loads(file_of(operator, session_id, "json")[1])["copy"] == "kept"
    response, body = file_of(operator, session_id, "json", "&copy=hoop")
    assert json.loads(body)["copy"] == "at-hoop"
    assert response["Content-Disposition"] == f'attachment; filename="{name}_copy-at-hoop.json"'


NAMES = ['../../x"; a=b', "a\r\nX-Evil: 1", "漢字\u202e", "Zoë Ωmega", "\x00", "é" * 5000, "...", ""]


def test_it_names_no_file_as_an_attacker_wants(hoop: StandIn, operator: Client) -> None:
    for name in NAMES:
        session_id = hoop.add_session({"user_name": name, "connection": name, "user": "", "user_id": ""})
        response, _ = file_of(operator, session_id)
        found = re.fullmatch(
            r"attachment; filename=\"([A-Za-z0-9._-]+)\"(?:; filename\*=UTF-8''([A-Za-z0-9._~%-]+))?",
            response["Content-Disposition"],
        )
        assert found
        for given in (found[1], unquote(found[2] or found[1])):
            assert given.endswith(f"{session_id}.txt")
            assert len(given.encode()) < 250
            assert not given.startswith(".")
            assert not re.search('[\\\\/\u202e\x00-\x1f"]', given)
        assert "X-Evil" not in response
        if name == "Zoë Ωmega":
            assert found[1].startswith("Zoe-mega_Zoe-mega_")
            assert unquote(found[2]).startswith("Zoë-Ωmega_Zoë-Ωmega_")


def test_it_gives_times_only_where_they_are_known(hoop: StandIn, operator: Client) -> None:
    known = json.loads(file_of(operator, hoop.id_of("bash-failed"), "json")[1])
    assert (known["clock"], known["events"][1]["time"]) == ("recorded", "2026-11-23T12:33:57.913676Z")
    waited = json.loads(file_of(operator, hoop.id_of("payroll-ran"), "json")[1])
    assert [event["time"] for event in waited["events"]] == [None, None]
    assert waited["clock"] == "estimated"
    response = operator.get(f"/sessions/{hoop.id_of('payroll-ran')}/download?times=utc")
    assert response.status_code == 400
    assert "one that waited" in read_page(response.content).one("main").text


def test_it_gives_the_same_address_to_each_by_their_own_rights(
    hoop: StandIn, as_person: Callable[[str], Client]
) -> None:
    session_id = hoop.id_of("payroll-ran")
    tag = as_person("audrey@example.com").get(f"/sessions/{session_id}/download")["ETag"]
    # The owner; a reviewer, who may see the details alone; somebody else.
    for email, status in (("owen@example.com", 200), ("rita@example.com", 403), ("olga@example.com", 403)):
        client = as_person(email)
        for path in ("download", "download?format=json", "download/form"):
            response = client.get(f"/sessions/{session_id}/{path}")
            assert response.status_code == status, (email, path)
            if status == 403:
                assert printed("payroll-ran") not in response.content
                assert "ETag" not in response
                known = client.get(f"/sessions/{session_id}/{path}", headers={"If-None-Match": tag})
                assert known.status_code == 403


def test_it_offers_no_file_of_nothing(hoop: StandIn, operator: Client) -> None:
    """A person is told so; a program gets what hoop gives, 200 and no byte."""
    address = f"/sessions/{hoop.id_of('rdp')}/download"
    form = read_page(operator.get(f"{address}/form").content)
    assert "nothing of these kinds in the recording, so there is no file" in form.text
    assert not [link for link in form.every("a") if link.attributes.get("href", "").startswith(f"{address}?")]
    narrow = read_page(
        operator.get(f"/sessions/{hoop.id_of('bash-failed')}/download/form?e=1&kinds=oe").content
    )
    assert "nothing of these kinds in the range, so there is no file" in narrow.text
    sent = operator.get(address, headers={"Accept": "text/html,*/*"})
    assert (sent.status_code, sent["Location"]) == (302, f"{address}/form?format=text")
    response, body = file_of(operator, hoop.id_of("rdp"))
    assert (response.status_code, body, response["X-Event-Count"]) == (200, b"", "0")


def test_it_obeys_hoops_switch(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    links = read_page(operator.get(f"/sessions/{session_id}").content).one("div", css="downloads").every("a")
    assert [link.text for link in links] == ["Text", "CSV", "JSON", "NDJSON", "asciicast", "Choose…"]
    hoop.state.downloads_disabled = True
    ask_hoop_again()
    for path in ("download", "download?format=json", "download/form"):
        response = operator.get(f"/sessions/{session_id}/{path}")
        assert response.status_code == 403
        assert "switched off at hoop" in read_page(response.content).one("main").text
    page = read_page(operator.get(f"/sessions/{session_id}").content)
    assert page.some("div", css="downloads") is None


def test_it_takes_hoops_last_word_while_hoop_is_away(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For an hour, whichever process of the deployment heard it."""
    session_id = hoop.id_of("bash-ok")
    assert file_of(operator, session_id)[1] == printed("bash-ok")
    asked = len(hoop.requests("/api/serverinfo"))
    gateway_facts.forget()
    assert file_of(operator, session_id)[1] == printed("bash-ok")
    # Another process heard it within a minute.
    assert len(hoop.requests("/api/serverinfo")) == asked
    monkeypatch.setattr(gateway_facts, "FRESH_SECONDS", 0)
    hoop.faults.set("refuse")
    assert file_of(operator, session_id)[1] == printed("bash-ok")
    gateway_facts.forget()
    assert file_of(operator, session_id)[1] == printed("bash-ok")
    for ago in (timedelta(minutes=61), -timedelta(minutes=61)):
        ServerRecord.objects.update(heard_at=timezone.now() - ago)
        response = operator.get(f"/sessions/{session_id}/download")
        assert response.status_code == 503
        assert "does not say whether downloads are allowed" in read_page(response.content).one("main").text
    # What was heard to be off stays off.
    ServerRecord.objects.update(heard_at=timezone.now() - timedelta(minutes=59), disable_download=True)
    response = operator.get(f"/sessions/{session_id}/download")
    assert response.status_code == 403
    assert "switched off at hoop" in read_page(response.content).one("main").text


def test_it_takes_no_last_word_where_hoop_refuses(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = hoop.id_of("bash-ok")
    assert file_of(operator, session_id)[1] == printed("bash-ok")
    monkeypatch.setattr(gateway_facts, "FRESH_SECONDS", 0)
    hoop.faults.set("401", path="/api/serverinfo", times=None)
    response = operator.get(f"/sessions/{session_id}/download")
    assert response.status_code == 503
    assert "does not say whether downloads are allowed" in read_page(response.content).one("main").text


def test_it_asks_hoop_for_nothing_once_the_log_is_kept(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-failed")
    expected = file_of(operator, session_id)[1]
    make_stale(session_id, by=timedelta(days=1))
    asked = len(hoop.requests())
    assert file_of(operator, session_id)[1] == expected
    assert file_of(operator, session_id, "csv")[0]["X-Event-Count"] == "6"
    assert len(hoop.requests()) == asked
    hoop.close()
    assert file_of(operator, session_id)[1] == expected
    # Whether downloads are allowed at all is not known where no process ever heard it.
    gateway_facts.forget()
    ServerRecord.objects.all().delete()
    response = operator.get(f"/sessions/{session_id}/download")
    assert response.status_code == 503
    assert "does not say whether downloads are allowed" in read_page(response.content).one("main").text


def test_it_reckons_the_size_of_what_it_does_not_write(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_form, "SAMPLE_EVENTS", 20)
    monkeypatch.setattr(file_lengths, "SMALL_EVENTS", 20)
    lines = [(n / 10, "io"[n % 2], b"%d " % n * (1 + n % 50) + b"\n") for n in range(1, 2000)]
    session_id = hoop.add_session({}, lines)
    for form in ("csv", "json", "ndjson", "asciicast"):
        address = f"/sessions/{session_id}/download/form?format={form}"
        figures = read_page(operator.get(address).content).one("div", id="download-sum").text
        told = re.match(r"about ([0-9.]+) kB", figures)
        assert told, figures
        true = len(file_of(operator, session_id, form)[1])
        assert float(told[1]) * 1000 == pytest.approx(true, rel=0.1)
    address = f"/sessions/{session_id}/download/form?format=csv&e=1-9"
    figures = read_page(operator.get(address).content).one("div", id="download-sum").text
    size = len(file_of(operator, session_id, "csv", "&e=1-9")[1])
    assert figures.startswith(f"{size} bytes 9 events of 1,999")


def test_it_shows_how_far_a_recording_is_that_still_arrives(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "PERSON_SECONDS", 0)
    hoop.faults.set("hang", query="*event_stream*")
    session_id = hoop.id_of("pg-200")
    page = {"headers": {"Accept": "text/html,*/*"}}
    query = "?format=csv&kinds=oe"
    response = operator.get(f"/sessions/{session_id}/download{query}", **page)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    panel = read_page(response.content).one("section", id="download")
    assert "The recording is being read from hoop" in panel.text
    assert "Being read from hoop" in panel.one("div", id="download-completeness").text
    # Without a script the very address of the file leads on.
    assert [link.attributes["href"] for link in panel.every("a")] == [
        f"/sessions/{session_id}/download{query}"
    ]
    poll = panel.attributes["hx-get"]
    assert poll == f"/sessions/{session_id}/download/form{query}&starts=1"
    polled = operator.get(poll, headers={"HX-Request": "true"})
    assert polled.status_code == 200
    assert "hx-get" in read_page(polled.content).one("section").attributes
    hoop.faults.clear()
    finish_ingests()
    ready = read_page(operator.get(poll, headers={"HX-Request": "true"}).content).one(
        "section", id="download"
    )
    assert "hx-get" not in ready.attributes
    (link,) = [part for part in ready.every("a") if "data-starts" in part.attributes]
    assert operator.get(link.attributes["href"]).getvalue().startswith(b"event,")


def test_it_says_why_a_recording_cannot_be_had(hoop: StandIn, operator: Client) -> None:
    gateway_facts.get_server()
    hoop.faults.set("empty-500", query="*event_stream*")
    for path in ("download", "download/form"):
        response = operator.get(f"/sessions/{hoop.id_of('pg-200')}/{path}")
        assert response.status_code == 503
        panel = read_page(response.content).one("section", id="download")
        assert "could not be read" in panel.one("div", id="download-completeness").text


def test_it_sends_no_more_files_at_once_than_it_has_seats(
    hoop: StandIn, operator: Client, as_person: Callable[[str], Client], settings: Any
) -> None:
    settings.HOOPVIEWER_THREADS = 8
    # Answers that earlier tests did not read give their seats back when they are forgotten.
    gc.collect()
    session_id = hoop.add_session({}, [(0.1, "o", b"x" * (files.PIECE_BYTES + 1))])
    small, large = (f"/sessions/{one}/download" for one in (hoop.id_of("bash-ok"), session_id))
    # Three of four seats are one person's at most.
    under_way = [operator.get(large), operator.get(f"{large}?format=csv"), operator.get(large)]
    refused = operator.get(large)
    assert (refused.status_code, refused["Retry-After"]) == (429, "5")
    assert "Too many downloads of yours" in read_page(refused.content).one("main").text
    told = operator.get(f"/api/sessions/{session_id}?expand=event_stream")
    assert (told.status_code, told["Retry-After"]) == (429, "5")
    assert told.json()["message"].startswith("too many answers are on their way to you")
    audrey = as_person("audrey@example.com")
    under_way.append(audrey.get(large))
    refused = audrey.get(large)
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert "Too many downloads at once" in read_page(refused.content).one("main").text
    # What a page's time is enough for takes no seat.
    assert audrey.head(large).status_code == 200
    assert audrey.get(small).getvalue() == printed("bash-ok")
    assert audrey.get(large, headers={"Range": "bytes=0-9"}).getvalue() == b"x" * 10
    assert json.loads(audrey.get(f"/api/sessions/{session_id}").getvalue())["id"] == session_id
    under_way.pop().close()
    assert len(as_person("audrey@example.com").get(large).getvalue()) == files.PIECE_BYTES + 1
    # One that nobody reads or closes gives its seat back when it is forgotten.
    under_way.clear()
    gc.collect()
    assert taken_seats() == 0


def test_it_lets_few_requests_wait_long(hoop: StandIn, operator: Client, settings: Any) -> None:
    """The others come back sooner, so that threads are left for pages."""
    long = settings.HOOPVIEWER_THREADS // 4
    with ExitStack() as waiting:
        seconds = [waiting.enter_context(granted(20)) for _ in range(long + 1)]
        assert seconds == [20] * long + [SHORT_SECONDS]
        assert waiting.enter_context(granted(1.5)) == 1.5
        assert file_of(operator, hoop.id_of("bash-ok"))[1] == printed("bash-ok")
    with granted(20) as again:
        assert again == 20


def test_it_writes_down_each_download_and_how_it_went(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    size = len(file_of(operator, session_id, "csv", "&kinds=oe&e=1-3")[1])
    operator.get(f"/sessions/{session_id}/download", headers={"Range": "bytes=0-1"}).close()
    operator.head(f"/sessions/{session_id}/download")
    kept = [row for row in RowRecord.objects.order_by("number") if row.act in ("downloaded", "ended")]
    assert [(row.act, row.session, json.loads(row.about)) for row in kept] == [
        ("downloaded", session_id, {"events": 2, "format": "csv", "kinds": "oe", "e": "1-3"}),
        ("ended", session_id, {"bytes": size, "outcome": "finished"}),
        ("downloaded", session_id, {"events": 4, "format": "text", "range": "bytes=0-1"}),
        ("ended", session_id, {"bytes": 0, "outcome": "broken off"}),
    ]
    assert [row.ends for row in kept] == [0, kept[0].number, 0, kept[2].number]


def test_it_sends_nothing_that_cannot_be_written_down(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise TrailUnavailable("full")

    address = f"/sessions/{hoop.id_of('bash-ok')}/download"
    assert operator.get(address).getvalue() == printed("bash-ok")
    gc.collect()
    monkeypatch.setattr(files, "record", refuse)
    response = operator.get(address)
    assert response.status_code == 503
    assert printed("bash-ok") not in response.content
    gc.collect()
    assert taken_seats() == 0


def test_it_knows_how_a_sending_went(rf: RequestFactory) -> None:
    went: list[files.Sent] = []
    left: list[bool] = []

    def read(start: int) -> Iterator[bytes]:
        try:
            for _ in range(3):
                yield b"x" * files.PIECE_BYTES * 2
        finally:
            left.append(True)

    whole = files.LogFile("a.txt", "text/plain", "tag", 3, 6 * files.PIECE_BYTES, read)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        response = files.file_response(
            rf.get("/", **{"gunicorn.socket": ours}), whole, begins=lambda: went.append
        )
        # A reader who takes nothing for this long has left.
        assert ours.gettimeout() == files.STALL_SECONDS
    pieces = [len(piece) for piece in response]
    assert pieces == [files.PIECE_BYTES] * 6
    response.close()
    response.close()
    assert went == [files.Sent(6 * files.PIECE_BYTES, True)]
    response = files.file_response(rf.get("/"), whole, begins=lambda: went.append)
    sending = iter(response)
    next(sending)
    next(sending)
    response.close()
    assert left == [True, True]
    # The second piece may have been on its way when the client left.
    assert went[1] == files.Sent(files.PIECE_BYTES, False, files.PIECE_BYTES)
