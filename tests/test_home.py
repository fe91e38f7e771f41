"""The start page: the newest sessions, and each person's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from sessions_ui.demo.standin import StandIn
from sessions_ui.pages.home import find_ids
from tests.recordings import Part, put_case, read_page


def lines(client: Client) -> dict[str, Part]:
    """The rows by session id, in their order."""
    response = client.get("/")
    assert response.status_code == 200
    rows = read_page(response.content).one("tbody").every("tr")
    return {row.every("a")[0].attributes["href"].removeprefix("/sessions/"): row for row in rows}


def test_it_works(hoop: StandIn, operator: Client) -> None:
    found = lines(operator)
    assert list(found) == [session.id for session in hoop.state.newest_first()][:50]
    forced = found[hoop.id_of("payroll-forced")].text
    for text in (
        "Owen ran a script",
        "pg-payroll",
        "environment prod",
        "Finished with exit code 0",
        "Forced by Ada",
    ):
        assert text in forced
    assert "Failed with exit code 3" in found[hoop.id_of("bash-failed")].text
    assert "Waiting for approval" in found[hoop.id_of("payroll-pending")].text
    assert "guardrail hit" in found[hoop.id_of("guardrail-blocked")].text
    assert "Rejected by Raj" in found[hoop.id_of("payroll-rejected")].text
    assert "cut at hoop's cap" in found[hoop.id_of("truncated")].text


@pytest.mark.parametrize("person", ["owen@example.com", "olga@example.com", "rita@example.com"])
def test_it_lists_only_what_one_may_open(
    person: str, hoop: StandIn, as_person: Callable[[str], Client]
) -> None:
    known = hoop.state.people.find(person)
    assert known
    expected = [session.id for session in hoop.state.newest_first() if hoop.state.may_open(session, known)]
    client = as_person(person)
    assert list(lines(client)) == expected
    assert 0 < len(expected) < len(hoop.state.newest_first())
    for session_id in expected[:3]:
        assert client.get(f"/sessions/{session_id}").status_code == 200


def test_it_says_that_none_are_ones_own(hoop: StandIn, as_person: Callable[[str], Client]) -> None:
    for session in hoop.state.newest_first():
        if session.user_id == "olga@example.com":
            hoop.state.remove(session.id)
    text = read_page(as_person("olga@example.com").get("/").content).one(id="session-list").text
    assert "No sessions of yours" in text
    assert "All of hoop's sessions from hoop's first session to" in text


def test_it_says_that_there_are_none_yet(hoop: StandIn, operator: Client) -> None:
    for session in hoop.state.newest_first():
        hoop.state.remove(session.id)
    assert "No sessions yet" in read_page(operator.get("/").content).one(id="session-list").text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("4d9e8728-7e1e-4fcb-8112-f378ee20fa08", 1),
        ("4D9E87287E1E4FCB8112F378EE20FA08 4d9e8728-7e1e-4fcb-8112-f378ee20fa08", 1),
        ("4d9e8728-7e1e-4fcb-8112-f378ee20fa08 620ce99a-0000-4000-8000-000000000000", 2),
        ("4d9e8728-7e1e-4fcb-8112-f378ee20fa08a", 0),
        ("0123456789abcdef" * 4, 0),
        ("", 0),
    ],
)
def test_it_finds_ids_in_links(text: str, count: int) -> None:
    assert len(find_ids(text)) == count


@pytest.mark.parametrize("case", ["ai-blocked", "killed", "guardrail-blocked", "payroll-rejected"])
def test_it_says_what_the_page_says_once_that_was_opened(case: str, hoop: StandIn, operator: Client) -> None:
    session_id = put_case(hoop, case)
    page = read_page(operator.get(f"/sessions/{session_id}").content)
    row = lines(operator)[session_id].text
    assert page.one(id="answer-ending").one(css="answer-head").text in row
    assert page.one("h1").text.split(" on ")[0] in row


@pytest.mark.parametrize("case", ["ai-blocked", "killed"])
def test_it_claims_no_more_than_a_row_tells(case: str, hoop: StandIn, operator: Client) -> None:
    row = lines(operator)[hoop.id_of(case)].text
    assert "Ended abnormally or blocked" in row
    assert "Owen sent a script" in row
    assert "ran a script" not in row


def test_it_tells_a_destroyed_recording_as_its_page_does(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("destroyed")
    operator.get(f"/sessions/{session_id}")
    hoop.kill(session_id)
    row = lines(operator)[session_id].text
    assert "Ended with exit code 0, and was changed at hoop later" in row
