"""Hits on the log's own page: on the strip, from one to the next, and in every link."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from sessions_ui.access.people import OPERATOR
from sessions_ui.archive import segments, spread
from sessions_ui.archive.searching import search_log, search_slot
from sessions_ui.archive.spread import find_spread, spread_of
from sessions_ui.demo.standin import StandIn
from sessions_ui.eventlog.query import Query
from sessions_ui.pages.log_hits import person_key
from tests.recordings import Part, read_page
from tests.test_reading import stored

LINES = [(n / 2, "o", b"line %d %s\n" % (n, b"found it" if n % 100 == 7 else b"")) for n in range(1, 1001)]


@pytest.fixture
def session_id(hoop: StandIn) -> str:
    return hoop.add_session({}, LINES)


def panel(client: Client, address: str) -> Part:
    response = client.get(address, follow=True)
    assert response.status_code == 200
    return read_page(response.content).one(id="event-log")


def links(part: Part) -> dict[str, str]:
    return {link.text: link.attributes["href"] for link in part.one(id="log-hits").every("a")}


def test_one_goes_from_a_hit_to_the_next_and_back(operator: Client, session_id: str) -> None:
    page = read_page(operator.get(f"/sessions/{session_id}/search?q=found+it").content)
    shown = panel(operator, page.one(id="hit-1").one("a").attributes["href"].partition("#")[0])
    assert "Hit 1 of 10 for “found it”" in shown.one(id="log-hits").text
    assert "Previous hit" not in links(shown)
    for number in (2, 3):
        shown = panel(operator, links(shown)["Next hit"])
        assert f"Hit {number} of 10" in shown.one(id="log-hits").text
        assert [row.one(css="row-no").text for row in shown.every("li", css="row-marked")] == [
            str(100 * (number - 1) + 7)
        ]
    shown = panel(operator, links(shown)["Previous hit"])
    assert "Hit 2 of 10" in shown.one(id="log-hits").text
    assert "Next hit" not in links(panel(operator, f"/sessions/{session_id}/search?q=found+it&hit=10&open=1"))


def test_every_link_keeps_the_search_until_it_is_left(operator: Client, session_id: str) -> None:
    shown = panel(operator, f"/sessions/{session_id}/log?q=Found&case=0&lane=printed&hit=3")
    kept = ("q=Found", "lane=printed")
    for link in [*shown.every("a", css="strip-cell"), shown.one(id="event-log-next")]:
        assert all(word in link.attributes["href"] for word in kept)
    row = shown.every("a", css="row-no")[0].attributes["href"]
    assert all(word in row for word in kept)
    assert "hit=" not in row
    without = panel(operator, links(shown)["Without hits"])
    assert without.some(id="log-hits") is None
    assert shown.one(id="log-q").attributes["value"] == "Found"


def test_the_strip_shows_where_they_are_on_both_pages(operator: Client, session_id: str) -> None:
    pages = [
        read_page(operator.get(f"/sessions/{session_id}/{name}?q=found+it").content)
        for name in ("log", "search")
    ]
    for page in pages:
        strip = page.one("div", css="strip")
        assert "10 hits at 10 places" in strip.one("svg").attributes["aria-label"]
        assert strip.one("path", css="strip-hit").attributes["d"].count("M") == 10
        assert len(strip.every("a", css="strip-to-hit")) == 5
    first = pages[0].every("a", css="strip-to-hit")[0]
    assert first.text == "Hit 1"
    assert "Hit 1 of 10" in panel(operator, first.attributes["href"]).one(id="log-hits").text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("q=nowhere", "No hit for “nowhere”"),
        ("q=a(b&regex=1", "RE2, which searches here, does not take this expression: missing )"),
        ("q=found&hit=99", "10 hits for “found”"),
    ],
)
def test_it_says_what_came_of_the_search(operator: Client, session_id: str, query: str, words: str) -> None:
    assert words in panel(operator, f"/sessions/{session_id}/log?{query}").one(id="log-hits").text


@pytest.mark.parametrize("query", ["q=" + "x" * 513, "q=x&lane=no", "q=x&hit=a", "q=x&hit=" + "1" * 16])
def test_it_takes_no_value_that_it_does_not_know(operator: Client, session_id: str, query: str) -> None:
    assert operator.get(f"/sessions/{session_id}/log?{query}").status_code == 400


def test_a_log_is_shown_also_while_two_searches_are_under_way(operator: Client, session_id: str) -> None:
    key = person_key(OPERATOR)
    with search_slot(key), search_slot(key):
        shown = panel(operator, f"/sessions/{session_id}/log?q=found")
    assert "Two searches of yours are still under way" in shown.one(id="log-hits").text
    assert len(shown.every("li", css="row")) == 200


payloads = st.sampled_from([b"a", b"", b"b\n", b"xa\n"])


@given(st.lists(st.tuples(st.sampled_from("iooe?"), payloads), max_size=30))
def test_a_place_is_where_the_line_of_the_hit_begins(db: None, rows: list[tuple[str, bytes]]) -> None:
    """Parts of one byte: each hit has a place, and none is before the event that begins its line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "SEGMENT_ROWS", 3)
        log = stored(rows)
    query = Query("a", cased=True)
    found = search_log(log, query, limit=100)
    spread._kept.clear()
    made = spread_of(log, query, found)
    assert made.count == sum(place.count for place in made.places) == len(found.hits)
    starts = [place.first for place in made.places]
    assert starts == sorted(starts)
    for place in made.places:
        assert place.seconds <= found.hits[place.first - 1].seconds
    assert find_spread(log, query) == made
