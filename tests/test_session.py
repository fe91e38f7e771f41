"""What the page of each recorded session must say, written down from the recordings.

Every case goes the whole way: stand-in gateway, archive, page. The table was made by reading the
recorded answers as an auditor would; figures are counted from them.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from sessions_ui.demo.standin import StandIn
from tests.recordings import CASES, DOCUMENT, Part, put_case, read_page
from tests.session_table import EXPECTED


def opened(client: Client, session_id: str) -> Part:
    response = client.get(f"/sessions/{session_id}")
    assert response.status_code == 200
    return read_page(response.content)


def answers(page: Part) -> dict[str, tuple[str, str, str]]:
    """Question: headline, tone, detail."""
    found = {}
    for part in page.one(id="answers").every(css="answer"):
        tone = next(name for name in part.attributes["class"].split() if name.startswith("tone-"))
        detail = part.some(css="answer-detail")
        found[part.one("h2").text] = (
            part.one(css="answer-head").text,
            tone.removeprefix("tone-"),
            detail.text if detail else "",
        )
    return found


def rows(page: Part) -> list[Part]:
    return page.one(id="event-log").every("li", css="row")


def shown_events(client: Client, page: Part) -> dict[int, str]:
    """What is shown of each event, over all windows: its lines, or the run that it belongs to."""
    shown: dict[int, str] = {}
    while True:
        for row in rows(page):
            label = row.one(css="row-no").text
            text = row.one(css="row-text").lines
            if label.startswith("."):
                shown[max(shown)] += f"\n{text}"
                continue
            # The address says how far a row goes; of hidden input the label does not.
            stretch = parse_qs(urlsplit(row.one(css="row-no").attributes["href"]).query)["e"][0]
            first, _, last = stretch.partition("-")
            number = int(first.partition(".")[0])
            for event in range(number, int(last.partition(".")[0] or number) + 1):
                shown[event] = f"{shown[event]}\n{text}" if event in shown else text
        following = page.one(id="event-log").some(id="event-log-next")
        if following is None:
            return shown
        page = read_page(client.get(following.attributes["href"]).content)


def test_every_recording_is_in_the_table() -> None:
    assert set(EXPECTED) == {*CASES, DOCUMENT}
    assert len(CASES) == 29


@pytest.mark.parametrize("case", EXPECTED)
def test_it_says_what_the_recording_says(case: str, hoop: StandIn, operator: Client) -> None:
    expected = EXPECTED[case]
    page = opened(operator, put_case(hoop, case))
    assert page.one("h1").text == expected.title
    assert page.one("title").text == f"{expected.title} · hoopviewer"
    assert page.one(css="lede").text == expected.sentence
    said = answers(page)
    assert {question: answer[:2] for question, answer in said.items()} == {
        "How did it end?": expected.ending,
        "Was it approved?": expected.approval,
        "Is the recording whole?": expected.whole,
    }
    for text in expected.facts:
        assert text in page.one(id="facts").text
    for text in expected.review:
        assert text in page.one(id="review").text
    panels = " ".join(part.text for part in page.every("section", css="panel"))
    for text in expected.groups:
        assert text in panels
    script = page.some(id="script")
    if expected.script:
        assert expected.script in script.one("code").raw
    elif script:
        assert "hoop holds no script of it." in script.text
    log = page.one(id="event-log")
    shown = shown_events(operator, page)
    assert list(shown) == list(range(1, expected.events + 1))
    for number, text in expected.rows.items():
        assert text in shown[number]
    assert expected.blank in log.text
    assert bool(expected.blank) == (expected.events == 0)
    assert page.some(css="banners") is None


@pytest.mark.parametrize(("case", "below"), [("payroll-ran", True), ("tty-shell", False)])
def test_its_review_stands_below_a_short_log(case: str, below: bool, hoop: StandIn, operator: Client) -> None:
    """Beside one it leaves the wide column empty, below a long one nobody finds it."""
    text = operator.get(f"/sessions/{hoop.id_of(case)}").content.decode()
    assert text.count('id="review"') == 1
    assert (text.index('id="review"') < text.index('id="facts"')) is below
