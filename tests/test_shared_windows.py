"""Windows that many people ask for at once: made once, kept apart by all that they are made from."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from sessions_ui.archive.masking import NOTHING, Mask, Reveal, mask_of
from sessions_ui.archive.reading import EventLog
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import EventLogRecord
from sessions_ui.pages import logs, shared_windows
from sessions_ui.pages.log_query import LogQuery
from sessions_ui.pages.log_shapes import LogShape
from sessions_ui.pages.shared_windows import share_drawing, share_window
from tests.recorded_facts import session_of
from tests.waiting import LONG


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    shared_windows.forget()
    yield
    shared_windows.forget()


class Maker:
    """Counts what it makes."""

    def __init__(self) -> None:
        self.made: list[tuple[Any, ...]] = []

    def __call__(self, *given: Any) -> LogShape:
        self.made.append(given)
        return LogShape("ready", summary=str(len(self.made)))


def test_it_makes_a_window_once_for_equal_arguments() -> None:
    make = Maker()
    session = session_of("bash-ok")
    first = share_window(make, LogQuery(), "http://here", session)
    assert share_window(make, LogQuery(), "http://here", replace(session)) is first
    assert len(make.made) == 1


def log(number: int, mask: Mask = NOTHING) -> EventLog:
    return EventLog(EventLogRecord(pk=number), mask)


def test_whatever_differs_keeps_windows_apart() -> None:
    make = Maker()
    session = session_of("bash-ok")
    asked: list[tuple[Any, ...]] = [
        (log(1), LogQuery(), "http://here", session),
        (log(2), LogQuery(), "http://here", session),
        (log(1), LogQuery(zone="Europe/Berlin"), "http://here", session),
        (log(1), LogQuery(kinds="e"), "http://here", session),
        (log(1), LogQuery(), "http://there", session),
        (log(1), LogQuery(), "http://here", replace(session, user_name="Mallory")),
        (log(1, Mask(typed=True)), LogQuery(), "http://here", session),
        (log(1, Mask(typed=True, reveal=Reveal(1, 2))), LogQuery(), "http://here", session),
    ]
    shapes = [share_window(make, *given) for given in asked]
    assert len({id(shape) for shape in shapes}) == len(asked)
    assert [share_window(make, *given) for given in asked] == shapes
    assert len(make.made) == len(asked)


def test_a_crowd_waits_for_the_one_who_makes_it() -> None:
    waiting, go = threading.Barrier(9), threading.Event()
    make = Maker()

    def slowly(*given: Any) -> LogShape:
        go.wait(LONG)
        return make(*given)

    shapes: list[LogShape] = []

    def ask() -> None:
        waiting.wait()
        shapes.append(share_window(slowly, "the same"))

    crowd = [threading.Thread(target=ask) for _ in range(8)]
    for one in crowd:
        one.start()
    waiting.wait()
    go.set()
    for one in crowd:
        one.join()
    assert len(shapes) == 8
    assert len(make.made) == 1


def test_it_keeps_few_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    make = Maker()
    for number in range(3 * shared_windows.KEPT):
        share_window(make, number)
    assert len(shared_windows._kept) == shared_windows.KEPT
    last = make.made[-1]
    share_window(make, *last)
    assert make.made[-1] == last
    count = len(make.made)
    monkeypatch.setattr(shared_windows, "KEPT_SECONDS", 0.0)
    share_window(make, *last)
    assert len(make.made) == count + 1
    assert len(shared_windows._kept) == 1


def test_it_keeps_no_failure() -> None:
    def fail() -> LogShape:
        raise LookupError("swept")

    with pytest.raises(LookupError):
        share_window(fail)
    make = Maker()
    assert share_window(make).summary == "1"


def test_it_draws_a_window_once_and_a_changed_copy_anew() -> None:
    drawn: list[str] = []

    def draw_as(text: str) -> Callable[[], str]:
        def draw() -> str:
            drawn.append(text)
            return text

        return draw

    shape = share_window(Maker())
    assert share_drawing(shape, draw_as("whole")) == "whole"
    assert share_drawing(shape, draw_as("again")) == "whole"
    assert share_drawing(replace(shape, goto_error="No such place."), draw_as("other")) == "other"
    assert share_drawing(LogShape("ready"), draw_as("unknown")) == "unknown"
    assert drawn == ["whole", "other", "unknown"]


def test_people_share_the_rows_and_nothing_of_their_own(
    hoop: StandIn, as_person: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    window = logs._window

    def counted(*given: Any) -> LogShape:
        made.append(given)
        return window(*given)

    monkeypatch.setattr(logs, "_window", counted)
    address = f"/sessions/{hoop.id_of('bash-ok')}"
    people = ("audrey@example.com", "owen@example.com", "audrey@example.com")
    pages = [as_person(email).get(address).content.decode() for email in people]
    assert len(made) == 1
    assert all('id="e1"' in page for page in pages)
    panels = [page.partition('id="event-log"')[2].partition("</section>")[0] for page in pages]
    assert panels[0] == panels[1] == panels[2]
    stranger = as_person("olga@example.com").get(address)
    assert stranger.status_code == 403
    assert 'id="e1"' not in stranger.content.decode()


def test_a_newer_reading_takes_the_place_of_what_was_kept(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_session({}, [(0.1, "o", b"first\n")])
    address = f"/sessions/{session_id}"
    assert "first" in operator.get(address).content.decode()
    shown = EventLogRecord.objects.get(state="published")
    newer = EventLogRecord.objects.get(pk=shown.pk)
    newer.pk = None
    newer.save()
    for segment in shown.stored_segments():
        segment.pk, segment.log_id = None, newer.pk
        segment.save()
    shown.state = EventLogRecord.State.SUPERSEDED
    shown.save()
    shown.stored_segments().delete()
    assert "first" in operator.get(address).content.decode()
    mask = mask_of(session_of("bash-ok"))
    assert {made.asked[0] for made in shared_windows._kept} == {
        (shown.pk, mask),
        (newer.pk, mask),
    }
