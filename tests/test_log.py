"""The log's address: a panel for htmx, a page for everybody else, page after page to its end."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from sessions_ui.archive.ingest import finish_ingests
from sessions_ui.demo.standin import StandIn
from sessions_ui.pages import opening
from tests.recordings import Part, read_page

HTMX = {"HX-Request": "true"}


def rows(part: Part) -> list[str]:
    return [row.one(css="row-no").text for row in part.one(id="event-log").every("li", css="row")]


def test_it_answers_htmx_with_the_panel_and_others_with_a_page(hoop: StandIn, operator: Client) -> None:
    address = f"/sessions/{hoop.id_of('bash-failed')}/log"
    whole = operator.get(address)
    page = read_page(whole.content)
    assert page.one("h1").text == "Owen ran a script on bash-prod"
    panel = operator.get(address, headers=HTMX)
    part = read_page(panel.content)
    assert [child.attributes["id"] for child in part.children if isinstance(child, Part)] == ["event-log"]
    assert rows(part) == rows(page)
    for response in (whole, panel):
        assert "HX-Request" in response["Vary"]
    restored = operator.get(address, headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert read_page(restored.content).one("h1")


def test_it_leads_from_page_to_page_without_gap_or_repetition(hoop: StandIn, operator: Client) -> None:
    events = [(number / 10, "o", f"line {number}\n".encode()) for number in range(1, 1001)]
    session_id = hoop.add_session({}, events)
    panel = read_page(operator.get(f"/sessions/{session_id}/log").content)
    seen: list[str] = []
    pages = 0
    while True:
        pages += 1
        seen += re.findall(r"line \d+", panel.one(id="event-log").text)
        following = panel.some(id="event-log-next")
        if following is None:
            break
        assert following.attributes["hx-get"] == following.attributes["href"]
        panel = read_page(operator.get(following.attributes["href"], headers=HTMX).content)
    assert seen == [f"line {number}" for number in range(1, 1001)]
    assert 3 < pages < 12
    back = 0
    while (previous := panel.some(id="event-log-previous")) is not None:
        back += 1
        panel = read_page(operator.get(previous.attributes["href"], headers=HTMX).content)
    assert "line 1 " in panel.one(id="event-log").text
    assert back == pages - 1


@pytest.mark.parametrize("number", [1, 199, 200, 201, 999, 1000])
def test_it_marks_the_event_it_opens_at(number: int, hoop: StandIn, operator: Client) -> None:
    events = [(index / 10, "o", f"line {index}\n".encode()) for index in range(1, 1001)]
    session_id = hoop.add_session({}, events)
    for address in (f"/sessions/{session_id}", f"/sessions/{session_id}/log"):
        page = read_page(operator.get(f"{address}?e={number}").content)
        marked = page.one(id="event-log").every("li", css="row-marked")
        assert [row.one(css="row-text").lines for row in marked] == [f"line {number}"]
        assert marked[0].attributes["aria-current"] == "true"


def test_it_shows_what_still_arrives_and_makes_the_page_anew_at_the_end(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "WAIT_SECONDS", 0)
    session_id = hoop.id_of("pg-200")
    hoop.faults.set("hang", query="*event_stream*")
    page = read_page(operator.get(f"/sessions/{session_id}").content)
    panel = page.one(id="event-log")
    assert panel.one("progress")
    assert "being read from hoop" in panel.text
    assert page.one(id="answer-completeness").one(css="answer-head").text == "Being read from hoop"
    poll = panel.attributes["hx-get"]
    assert panel.attributes["hx-trigger"].startswith("load delay")
    again = operator.get(poll, headers=HTMX)
    assert (again.status_code, "HX-Refresh" in again) == (200, False)
    assert "Retry-After" not in again
    hoop.faults.clear()
    finish_ingests()
    assert operator.get(poll, headers=HTMX)["HX-Refresh"] == "true"
    assert (
        "Customer 20" in read_page(operator.get(f"/sessions/{session_id}").content).one(id="event-log").text
    )


def test_it_says_what_a_silence_was(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_session({}, [(1, "o", b"a\n"), (766, "o", b"b\n")])
    panel = read_page(operator.get(f"/sessions/{session_id}/log").content)
    assert panel.one("li", css="pause").text == "12 min 45 s without input or output"


def test_it_says_a_silence_at_the_border_of_a_window(hoop: StandIn, operator: Client) -> None:
    events = [(n / 10 + (60 if n > 200 else 0), "o", b"x\n") for n in range(1, 402)]
    address = f"/sessions/{hoop.add_session({}, events)}/log"
    for query, pauses in (("", 0), ("?from=201", 1), ("?from=202", 0)):
        panel = read_page(operator.get(address + query).content)
        assert len(panel.every("li", css="pause")) == pauses, query


def test_it_claims_no_silence_where_something_is_left_out_or_joined(hoop: StandIn, operator: Client) -> None:
    keys = [(float(4 * n), "io"[n % 2], bytes([97 + n // 2])) for n in range(20)]
    events = [(0, "o", b"\x1b[?1049h"), *[(at + 1, kind, data) for at, kind, data in keys]]
    events += [(80, "o", b"\x1b[?1049l"), (81, "i", b"z"), (120, "i", b"y"), (121, "o", b"done\n")]
    session_id = hoop.add_session({"verb": "connect", "connection_subtype": "linux-vm"}, events)

    def pauses(query: str) -> list[str]:
        panel = read_page(operator.get(f"/sessions/{session_id}/log{query}").content)
        return [pause.text for pause in panel.every("li", css="pause")]

    assert "Full-screen program" in operator.get(f"/sessions/{session_id}/log").content.decode()
    # A full-screen program of 80 s is no silence, nor is what it printed while nothing was typed.
    assert pauses("") == pauses("?view=screens") == ["39 s without input or output"]
    assert pauses("?kinds=i") == ["39 s without input"]
    assert pauses("?kinds=o") == ["41 s without output"]
    assert pauses("?kinds=io") == ["39 s without input or output"]


def test_it_joins_what_events_cut_in_two(hoop: StandIn, operator: Client) -> None:
    word = "漢字".encode()
    events = [
        (0.1, "o", word[:2]),
        (0.2, "o", word[2:]),
        (0.3, "o", b"\x1b["),
        (0.4, "o", b"31mred\x1b[0m\n"),
    ]
    panel = read_page(operator.get(f"/sessions/{hoop.add_session({}, events)}/log").content)
    text = panel.one(id="event-log").text
    assert "漢字" in text.replace(" ", "")
    assert "31m" not in text
    assert "red" in text


def test_odd_events_are_named_behind_thousands_of_others(hoop: StandIn, operator: Client) -> None:
    """A desktop's pictures are neither input nor output either, and fill segments."""
    pictures = [(n / 100, "b", b"{}") for n in range(5000)]
    session_id = hoop.add_session({"connection_subtype": "rdp"}, [*pictures, [1, "zz", "aGk="], [2, "o"]])
    page = operator.get(f"/sessions/{session_id}").content.decode()
    assert "2 events not in the form hoop writes: 5001 and 5002" in page
