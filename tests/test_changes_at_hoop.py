"""What changes at hoop after it was read: said, kept beside, never written over our first copy."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from sessions_ui.archive import ingest
from sessions_ui.archive.event_logs import EventLog, find_copy_beside, open_event_log
from sessions_ui.archive.sessions import get_session
from sessions_ui.archive.sweeping import sweep_leftovers
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import EventLogRecord, LeaseRecord, SegmentRecord, SessionRecord
from tests.recordings import read_page
from tests.waiting import LONG

pytestmark = pytest.mark.database


def read(session_id: str) -> EventLog:
    log = open_event_log(get_session(UUID(session_id)), wait_seconds=LONG)
    assert isinstance(log, EventLog)
    return log


def age(seconds: float = 3600) -> None:
    """As if everything had been read that long ago."""
    earlier = timezone.now() - timedelta(seconds=seconds)
    SessionRecord.objects.update(fetched_at=earlier)
    EventLogRecord.objects.update(started_at=earlier, ended_at=earlier)


def settled(session_id: str) -> None:
    """Open it, and let what that begins come to its end."""
    read(session_id)
    ingest.finish_ingests()


def streams(hoop: StandIn) -> int:
    return len(hoop.requests(query="*expand=event_stream*"))


def test_it_reads_once_more_what_was_destroyed_and_keeps_both(hoop: StandIn) -> None:
    session_id = hoop.id_of("destroyed")
    first = read(session_id)
    whole = b"".join(first.printed())
    hoop.kill(session_id)
    age()
    settled(session_id)
    kept = get_session(UUID(session_id))
    beside = find_copy_beside(kept)
    assert beside is not None
    assert [event.payload for event in beside.read_from(1)] == [b"no log found on disk"]
    assert read(session_id).record.pk == first.record.pk
    assert b"".join(read(session_id).printed()) == whole
    assert kept.changed_between is not None
    assert kept.changed_between[0] < kept.changed_between[1]
    asked = streams(hoop)
    age()
    settled(session_id)
    assert streams(hoop) == asked == 2


def test_its_page_names_what_changed_and_opens_the_other_copy(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("destroyed")
    read(session_id)
    hoop.kill(session_id)
    age()
    settled(session_id)
    page = operator.get(f"/sessions/{session_id}").content.decode()
    assert "the exit code from 0 to 254" in page
    assert "hoop now sends only “no log found on disk”" in page
    assert "Erased at hoop; our copy is whole" in page
    assert "between" in page
    assert "rows deleted: 4711" in page
    assert "Open what hoop sent on" in page
    row = operator.get("/").content.decode()
    assert "Ended with exit code 0, and was erased at hoop later" in row
    assert "erased at hoop</span>" in row
    other = operator.get(f"/sessions/{session_id}?copy=hoop").content.decode()
    assert "not the log that was kept" in other
    assert "our copy, read before, has exit code 0" in other
    assert "the real one is gone" not in other
    assert "no log found on disk" in other
    links = read_page(other.encode()).one("div", css="downloads").every("a")
    assert links[0].attributes["href"] == f"/sessions/{session_id}/download?format=text&copy=hoop"
    form = operator.get(links[-1].attributes["href"])
    assert (form.status_code, "copy=hoop" in form.content.decode()) == (200, True)
    text = b"".join(operator.get(links[0].attributes["href"]))  # type: ignore[arg-type]  # streams
    assert text == b"no log found on disk"
    assert operator.get(f"/sessions/{hoop.id_of('bash-ok')}?copy=hoop").status_code == 400
    assert operator.get(f"/sessions/{session_id}?copy=mine").status_code == 400


def test_it_reads_an_open_session_again_and_stores_only_what_is_new(hoop: StandIn) -> None:
    session_id = hoop.add_running(minutes_ago=3)
    hoop.at(session_id, 70)
    first = read(session_id)
    stored = set(SegmentRecord.objects.values_list("pk", flat=True))
    hoop.at(session_id, 170)
    age()
    settled(session_id)
    second = read(session_id)
    assert second.record.pk != first.record.pk
    assert second.events > first.events
    assert not second.record.prefix_changed
    assert second.record.store_id == first.record.pk
    assert not SegmentRecord.objects.filter(log=second.record).exists()
    assert SegmentRecord.objects.count() == len(stored)
    assert list(second.read(1, first.events)) == list(first.read_from(1))
    assert b"".join(second.printed()).startswith(b"".join(first.printed()))


def test_an_open_session_that_ends_keeps_its_known_beginning(
    hoop: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions_ui.archive.segments.SEGMENT_ROWS", 7)
    session_id = hoop.add_running(minutes_ago=3)
    hoop.at(session_id, 120)
    first = read(session_id)
    kept = set(SegmentRecord.objects.order_by("sequence").values_list("pk", flat=True))
    hoop.kill(session_id)
    age()
    settled(session_id)
    last = read(session_id)
    assert last.record.status == "done"
    assert list(last.read_from(1))[-1].payload == b"session killed by the user"
    assert [event.number for event in last.read_from(1)] == list(range(1, last.events + 1))
    assert list(first.read_from(1)) == list(last.read(1, first.events))
    assert len(kept & set(SegmentRecord.objects.values_list("pk", flat=True))) == len(kept) - 1


def test_it_reports_a_beginning_that_changed(hoop: StandIn, operator: Client) -> None:
    session_id = open_session(hoop, [(0.1, "o", b"first\n"), (0.2, "o", b"second\n")])
    read(session_id)
    put_stream(hoop, session_id, [(0.1, "o", b"FIRST\n"), (0.2, "o", b"second\n"), (0.3, "o", b"third\n")])
    age()
    settled(session_id)
    log = read(session_id)
    assert log.record.prefix_changed
    assert b"".join(log.printed()) == b"FIRST\nsecond\nthird\n"
    page = operator.get(f"/sessions/{session_id}").content.decode()
    assert "What was recorded before is no longer what hoop sends" in page


def test_a_file_says_as_well_that_its_recording_was_changed(hoop: StandIn, operator: Client) -> None:
    """Changed before its recording was read, after that, and while it was open; erased since."""
    words = "Changed at hoop after we first saw it"
    before, after, erased = hoop.id_of("bash-ok"), hoop.id_of("bash-failed"), hoop.id_of("pg-200")
    get_session(UUID(before))
    for session_id in (after, erased):
        assert said_of_the_recording(operator, session_id) == {"All that hoop stored"}
    for session_id in (before, after):
        hoop.session(session_id).envelope["exit_code"] = 7
    hoop.kill(erased)
    age()
    for session_id in (before, after, erased):
        settled(session_id)
        told = {"Erased at hoop; our copy is whole" if session_id == erased else words}
        assert said_of_the_recording(operator, session_id) == told
    assert said_of_the_recording(operator, erased, "&copy=hoop") == {"Erased at hoop after it was recorded"}
    begun_anew = open_session(hoop, [(0.1, "o", b"first\n")])
    read(begun_anew)
    put_stream(hoop, begun_anew, [(0.1, "o", b"FIRST\n")])
    hoop.kill(begun_anew)
    age()
    settled(begun_anew)
    assert read(begun_anew).record.prefix_changed
    assert len(said_of_the_recording(operator, begun_anew)) == 1


def said_of_the_recording(client: Client, session_id: str, more: str = "") -> set[str]:
    """Whether it is whole, as a JSON file of it and as the pages say it."""
    address = f"/sessions/{session_id}/download"
    file = json.loads(client.get(f"{address}?format=json{more}").getvalue())["recording"]
    form = read_page(client.get(f"{address}/form?format=json{more}").content)
    return {file, form.one("div", id="download-completeness").one("strong").text}


def test_it_reports_a_beginning_that_was_cut(hoop: StandIn) -> None:
    session_id = open_session(hoop, [(0.1, "o", b"first\n"), (0.2, "o", b"second\n")])
    read(session_id)
    put_stream(hoop, session_id, [(0.1, "o", b"first\n")])
    age()
    settled(session_id)
    assert read(session_id).record.prefix_changed
    assert read(session_id).events == 1


def test_it_sweeps_what_was_superseded_an_hour_ago_and_nothing_shared(hoop: StandIn) -> None:
    session_id = open_session(hoop, [(0.1, "o", b"first\n"), (0.2, "o", b"second\n")])
    first = read(session_id)
    put_stream(hoop, session_id, [(0.1, "o", b"FIRST\n")])
    age()
    settled(session_id)
    sweep_leftovers()
    assert b"".join(first.printed()) == b"first\nsecond\n"
    EventLogRecord.objects.filter(pk=first.record.pk).update(
        superseded_at=timezone.now() - timedelta(hours=2)
    )
    LeaseRecord.objects.filter(name="sweep").delete()
    sweep_leftovers()
    assert not SegmentRecord.objects.filter(log=first.record).exists()
    assert b"".join(read(session_id).printed()) == b"FIRST\n"


def test_it_looks_once_more_where_the_sizes_do_not_fit(hoop: StandIn) -> None:
    """hoop may say done a moment before it has written all."""
    session_id = hoop.id_of("bash-ok")
    session = hoop.session(session_id)
    full, session.stream = session.stream, type(session.stream)([])
    first = read(session_id)
    assert first.events == 0
    session.stream = full
    age(30)
    settled(session_id)
    assert streams(hoop) == 1
    age(61)
    settled(session_id)
    assert read(session_id).events == 5
    assert find_copy_beside(get_session(UUID(session_id))) is None


def test_it_looks_only_once_more(hoop: StandIn) -> None:
    session_id = hoop.id_of("truncated")
    read(session_id)
    for _ in range(3):
        age()
        settled(session_id)
    assert streams(hoop) == 2


def open_session(hoop: StandIn, stream: list[tuple[float, str, bytes]]) -> str:
    session_id = hoop.add_running()
    put_stream(hoop, session_id, stream)
    return session_id


def put_stream(hoop: StandIn, session_id: str, stream: list[tuple[float, str, bytes]]) -> None:
    """What hoop has stored of an open session, as a test wants it."""
    envelope: dict[str, Any] = json.loads(json.dumps(hoop.session(session_id).envelope))
    hoop.add_session(envelope, stream=stream, as_it_is=True)
