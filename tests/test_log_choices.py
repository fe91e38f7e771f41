"""The links above the rows: kinds as people expect them, pages with readable addresses, the strip."""

from __future__ import annotations

import pytest
from django.test import Client

from sessions_ui.demo.standin import StandIn
from tests.recordings import Part, read_page

EVENTS = [(1, "i", b"a\n"), (2, "o", b"b\n"), (3, "o", b"c\n"), (4, "e", b"d\n")]


@pytest.fixture
def address(hoop: StandIn) -> str:
    return f"/sessions/{hoop.add_session({}, EVENTS)}/log"


def chips(panel: Part) -> dict[str, Part]:
    return {chip.text.split()[0]: chip for chip in panel.every("ul", css="choices")[0].every("a")}


def lit(panel: Part) -> list[str]:
    return [word for word, chip in chips(panel).items() if "aria-current" in chip.attributes]


def follow(operator: Client, panel: Part, word: str) -> Part:
    return read_page(operator.get(chips(panel)[word].attributes["href"]).content).one(id="event-log")


def test_it_shows_one_kind_alone_then_adds_and_removes(address: str, operator: Client) -> None:
    panel = read_page(operator.get(address).content).one(id="event-log")
    assert (list(chips(panel)), lit(panel)) == (["All", "Input", "Output", "Errors"], ["All"])
    panel = follow(operator, panel, "Output")
    assert lit(panel) == ["Output"]
    assert "Events 2 to 3 of 4, only output (2 events)" in panel.text
    panel = follow(operator, panel, "Errors")
    assert lit(panel) == ["Output", "Errors"]
    assert "Events 2 to 4 of 4, only output and errors (3 events)" in panel.text
    assert lit(follow(operator, panel, "Input")) == ["All"]
    assert lit(follow(operator, panel, "All")) == ["All"]
    panel = follow(operator, panel, "Output")
    assert lit(panel) == ["Errors"]
    assert lit(follow(operator, panel, "Errors")) == ["All"]
    # There are no others: nothing is shown, so nothing is lit.
    assert lit(read_page(operator.get(f"{address}?kinds=x").content).one(id="event-log")) == []


def test_it_shows_the_nearest_of_the_chosen_kinds(address: str, operator: Client) -> None:
    for place, shown in (("1", "Events 2 to 3"), ("4", "Events 2 to 3")):
        panel = read_page(operator.get(f"{address}?kinds=o&e={place}").content).one(id="event-log")
        note = f"{place} is none of what is shown, which is output alone: these rows are the nearest."
        assert note in panel.text
        assert shown in panel.text
        assert panel.every("li", css="row-marked") == []
    assert operator.get(f"{address}?kinds=o&e=5").status_code == 200
    assert "these rows are the nearest" not in operator.get(f"{address}?kinds=o&e=2-4").content.decode()


def test_the_box_for_places_keeps_the_view(address: str, operator: Client) -> None:
    panel = read_page(operator.get(f"{address}?kinds=o&view=raw&tz=Europe/Berlin&e=3").content)
    form = panel.one(id="event-log").every("form", css="goto")[0]
    kept = {box.attributes["name"]: box.attributes.get("value") for box in form.every("input")}
    assert kept == {"kinds": "o", "view": "raw", "tz": "Europe/Berlin", "at": None}


def test_every_link_names_the_zone_that_was_remembered(address: str, operator: Client) -> None:
    operator.get(f"{address}?tz=Europe/Berlin")
    panel = read_page(operator.get(f"{address}?e=2").content).one(id="event-log")
    assert "Times of day in Europe/Berlin" in panel.text
    assert panel.one(id="e2").every("a")[0].attributes["href"].endswith("?e=2&tz=Europe/Berlin#e2")
    panel = read_page(operator.get(f"{address}?tz=UTC").content).one(id="event-log")
    assert "Times of day in UTC" in panel.text
    assert "Times of day in UTC" in operator.get(address).content.decode()


def test_it_keeps_the_strip_while_kinds_are_chosen(address: str, operator: Client) -> None:
    shown = {
        kinds: read_page(operator.get(f"{address}?kinds={kinds}").content).some("div", css="strip")
        for kinds in ("ioex", "i", "x")
    }
    assert [strip is not None for strip in shown.values()] == [False, True, True]


def test_it_names_the_end_in_its_address(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_session({}, [(n / 10, "o", f"line {n}\n".encode()) for n in range(1, 1001)])
    address = f"/sessions/{session_id}/log"
    panel = read_page(operator.get(address).content).one(id="event-log")
    assert panel.one(id="event-log-last").attributes["href"] == f"{address}?before=end"
    last = read_page(operator.get(f"{address}?before=end").content).one(id="event-log")
    assert "of 1,000" in last.one(css="log-range").text
    assert "line 1000" in last.text
    assert last.some(id="event-log-next") is None
    assert operator.get(f"{address}?from=end").status_code == 400


def test_it_puts_the_citation_above_the_marked_rows(address: str, operator: Client) -> None:
    page = read_page(operator.get(f"{address}?e=2-3").content)
    items = [item for item in page.one("ol", css="rows").children if isinstance(item, Part)]
    at = next(place for place, item in enumerate(items) if "cited" in item.attributes["class"])
    assert items[at].one(id="citation")
    assert [item.attributes["id"] for item in items[at + 1 : at + 3]] == ["e2", "e3"]
    assert "Click a number to cite its line" in page.one(css="log-range").text


def test_it_says_where_in_an_event_the_rows_begin_and_end(hoop: StandIn, operator: Client) -> None:
    long = "".join(f"line {n}\n" for n in range(1, 501)).encode()
    address = f"/sessions/{hoop.add_session({}, [(0, 'i', b'ls'), (1, 'o', long), (2, 'o', long)])}/log"
    panel = read_page(operator.get(address).content).one(id="event-log")
    assert "Events 1 to 2 (the last up to its line 199) of 3" in panel.one(css="log-range").text
    middle = read_page(operator.get(f"{address}?from=2.450").content).one(id="event-log")
    said = "Events 2 to 3 (the first from its line 450 and the last up to its line 149) of 3"
    assert said in middle.one(css="log-range").text
