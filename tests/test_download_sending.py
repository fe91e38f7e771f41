"""How a file of the log is sent: its length, its parts, to how many at once, and what is written of it."""

from __future__ import annotations

import gc
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from sessions_ui.archive import gateway_facts
from sessions_ui.archive.ingest import finish_ingests
from sessions_ui.archive.sessions import make_stale
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import FileLengthRecord, SegmentRecord, ServerRecord
from sessions_ui.pages import download, file_lengths, files
from sessions_ui.pages.seats import taken_seats
from sessions_ui.pages.waiting import SHORT_SECONDS, granted
from sessions_ui.trail.models import RowRecord
from sessions_ui.trail.store import TrailUnavailable
from tests.recordings import file_of, printed, read_page


def ask_hoop_again() -> None:
    """As if a minute had gone by since hoop was asked of itself."""
    gateway_facts.forget()
    ServerRecord.objects.update(heard_at=timezone.now() - timedelta(minutes=2))


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
