"""The log as a file: the bytes of the recording, and nothing else."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.test import Client

from sessions_ui.archive.ingest import finish_ingests
from sessions_ui.archive.sessions import make_stale
from sessions_ui.demo.standin import StandIn
from sessions_ui.eventlog.masking import MASK
from sessions_ui.pages import download_form, file_lengths
from tests.recorded_facts import session_of
from tests.recordings import CASES, file_of, printed, put_case, read_page, recorded

PLAIN = [
    case
    for case in CASES
    if case != "bad-base64" and recorded(f"{case}/session.expand.json").get("event_stream")
]


def triples(case: str) -> list[tuple[float, str, bytes]]:
    """What was recorded; of a terminal without what was typed."""
    events = recorded(f"{case}/session.expand.json")["event_stream"]
    hides = {"i"} if session_of(case).is_terminal else set()
    return [
        (seconds, kind, MASK if kind in hides else base64.b64decode(payload))
        for seconds, kind, payload in events
    ]


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
