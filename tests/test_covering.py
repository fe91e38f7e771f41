"""Sessions without a review of their own, opened under another session's just-in-time approval."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sessions_ui.archive.covering import forget_requests
from sessions_ui.demo.standin import StandIn
from sessions_ui.gateway.wire import parse_session
from sessions_ui.session import Session
from sessions_ui.verdicts.covering import covers, find_covering, in_force
from tests.recorded_facts import session_of
from tests.recordings import listed_rows, read_page
from tests.trails import rows

HTMX = {"HX-Request": "true"}
#: Of the recordings' 12 sessions on bash-jit without a review, those that an approval covers, and whose.
COVERED = {
    "a96eebc6": "jit-approved",
    "e5e85c4d": "jit-approved",
    "1412c92f": "jit-approved",
    "a729739e": "jit-window",
}


def without_review() -> list[Session]:
    sessions = [parse_session(row) for row in listed_rows().values() if row["connection"] == "bash-jit"]
    return [session for session in sessions if session.review is None]


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    forget_requests()
    yield
    forget_requests()


def test_it_finds_the_recorded_approvals_that_cover() -> None:
    others = [parse_session(row) for row in listed_rows().values()]
    sessions = without_review()
    found = {session.id[:8]: find_covering(session, others) for session in sessions}
    assert len(sessions) == 12
    covered = {begin: other.id for begin, other in found.items() if other}
    assert covered == {begin: session_of(case).id for begin, case in COVERED.items()}


def test_an_approval_is_in_force_until_its_end_or_its_revocation() -> None:
    revoked, window = session_of("jit-approved"), session_of("jit-window")
    assert revoked.review
    assert window.review
    assert in_force(window) == (window.review.expires_at - timedelta(minutes=45), window.review.expires_at)  # type: ignore[operator]
    assert in_force(revoked) is not None
    assert in_force(revoked)[1] == revoked.review.groups[0].reviewed_at  # type: ignore[index]
    undated = tuple(replace(group, reviewed_at=None) for group in revoked.review.groups)
    for nothing in (
        session_of("bash-ok"),
        session_of("payroll-ran"),
        session_of("jit-rejected"),
        session_of("jit-abandoned"),
        replace(revoked, review=replace(revoked.review, groups=undated)),
        replace(window, review=replace(window.review, expires_at=None)),
    ):
        assert in_force(nothing) is None


@pytest.mark.parametrize(
    ("seconds", "changes", "covered"),
    [
        (-0.001, {}, False),
        (0, {}, True),
        (2_700, {}, True),
        (2_700.001, {}, False),
        (60, {"user_id": "olga@example.com"}, False),
        (60, {"user_id": "OWEN@example.com"}, False),
        (60, {"connection": "bash_jit"}, False),
        (60, {"id": "the same"}, False),
        (60, {"start_date": None}, False),
    ],
)
def test_it_covers_who_began_in_that_time(seconds: float, changes: dict[str, Any], covered: bool) -> None:
    other = replace(session_of("jit-window"), id="the same")
    times = in_force(other)
    assert times
    session = replace(
        session_of("bash-ok"), connection="bash-jit", start_date=times[0] + timedelta(seconds=seconds)
    )
    assert covers(other, replace(session, **changes)) is covered


def test_blank_names_are_nobodys() -> None:
    other = replace(session_of("jit-window"), user_id=" ")
    times = in_force(other)
    assert times
    assert not covers(other, replace(other, id="x", review=None, start_date=times[0]))


# The pages, over a gateway with the recorded list.


@pytest.fixture
def jit(hoop: StandIn) -> StandIn:
    for row in listed_rows().values():
        if row["connection"] == "bash-jit" and row["review"] is None:
            hoop.add_session({**row, "script": {"data": ""}, "event_size": 0}, None, as_it_is=True)
    return hoop


def address(begin: str) -> str:
    return next(f"/sessions/{row}/covering-approval" for row in listed_rows() if row.startswith(begin))


def test_its_page_asks_for_it_and_shows_it(jit: StandIn, operator: Client) -> None:
    asked = address("a96eebc6")
    page = read_page(operator.get(asked.removesuffix("/covering-approval")).content)
    panel = page.one(id="covering")
    assert panel.attributes["hx-get"] == panel.one("a").attributes["href"] == asked
    assert "whether none was needed" in page.one(id="answer-approval").text
    assert "whether none was needed" not in panel.text

    part = read_page(operator.get(asked, headers=HTMX).content)
    text = part.one(css="covering").text
    assert "Covered by another approval" in text
    assert "Approved Who approved cannot be known any more. Mon 23 Nov 2026, 12:41:13.113 UTC" in text
    assert "This session began 11.4 s after the approval" in text
    assert "The approval was revoked Mon 23 Nov 2026, 12:42:00.705 UTC" in text
    assert "is our inference" in text
    link = part.one(css="covering").one("a").attributes["href"]
    assert link == f"/sessions/{session_of('jit-approved').id}#review"
    answer = part.one(id="answer-approval")
    assert answer.attributes["hx-swap-oob"] == "true"
    assert part.one(id="review-state").text == "covered by another"
    assert answer.one(css="answer-head").text == "Covered by another approval"

    whole = read_page(operator.get(asked).content)
    assert "Covered by another approval" in whole.one("main").text
    assert whole.some(id="answer-approval") is None


def test_it_names_who_approved_and_the_hours_that_hoop_does_not_enforce(
    jit: StandIn, operator: Client
) -> None:
    text = read_page(operator.get(address("a729739e"), headers=HTMX).content).text
    assert "Approved by Rita" in text
    assert "It lies inside the hours that the approval names: 09:00 to 23:30 UTC." in text
    assert "This session ended" in text
    assert "The approval ends" in text


def test_it_asks_hoop_for_a_page_of_each_status_and_once_a_minute(jit: StandIn, operator: Client) -> None:
    jit.forget_requests()
    first = operator.get(address("0b1853f9"), headers=HTMX)
    again = operator.get(address("0b1853f9"), headers=HTMX)
    asked = jit.requests("/api/sessions")
    assert first.content == again.content
    assert len(asked) == 2
    assert all("end_date=2026-11-23T12%3A38%3A30Z" in seen.query for seen in asked)
    text = read_page(first.content).text
    assert "No other approval of this person for this connection covers it either." in text
    assert "Covered by" not in text


@pytest.mark.parametrize(
    ("case", "minutes", "said"),
    [
        ("jit-window", 50, "after the approval's end; hoop gives each use of it its full 45 min again"),
        ("jit-approved", 10, "9 min 13 s after the approval's end"),
        ("jit-window", 12 * 60, "It lies not all inside the hours that the approval names"),
    ],
)
def test_it_says_that_it_went_on_after_the_approval(
    case: str, minutes: int, said: str, jit: StandIn, operator: Client
) -> None:
    times = in_force(session_of(case))
    assert times
    began = times[0] + timedelta(seconds=1)
    ended = began + timedelta(minutes=minutes)
    dates = {"start_date": f"{began:%Y-%m-%dT%H:%M:%SZ}", "end_date": f"{ended:%Y-%m-%dT%H:%M:%SZ}"}
    session_id = jit.add_session({"connection": "bash-jit", "verb": "connect", **dates})
    part = read_page(operator.get(f"/sessions/{session_id}/covering-approval", headers=HTMX).content)
    assert said in part.text


def test_it_names_what_does_not_hold_of_the_covering_approval(jit: StandIn, operator: Client) -> None:
    group = jit.session(session_of("jit-window").id).envelope["review"]["review_groups_data"][0]
    group["reviewed_by"] = {"id": "owen@example.com", "name": "Owen", "email": "owen@example.com"}
    part = read_page(operator.get(address("a729739e"), headers=HTMX).content)
    assert "Of that approval does not hold: decided by somebody else." in part.one(css="covering").text
    # What holds is named as well: nobody has to open the other session for it.
    assert "Of it holds: needed approvals reached and not forced." in part.one(css="covering").text
    answer = part.one(id="answer-approval")
    assert "tone-warn" in answer.attributes["class"]
    assert "does not hold" in answer.text


def test_it_follows_the_named_session_only_where_that_covers(jit: StandIn, operator: Client) -> None:
    """A session's owner can write anything into its metadata."""
    base = {"connection": "bash-jit", "start_date": "2026-11-23T12:50:00Z", "verb": "connect"}
    named = {"metadata": {"credential_session": session_of("jit-window").id}}
    truly = jit.add_session({**base, **named})
    jit.forget_requests()
    text = read_page(operator.get(f"/sessions/{truly}/covering-approval", headers=HTMX).content).text
    assert "Its credentials were given to that session." in text
    assert jit.requests("/api/sessions") == []
    for metadata in (
        {"credential_session": session_of("payroll-ran").id},
        {"credential_session": "c1f0c7a9-6d39-4b30-8f3a-0b1c9b1a77aa"},
        {"credential_session": ["no id"]},
    ):
        claimed = jit.add_session({**base, "start_date": "2026-11-23T15:00:00Z", "metadata": metadata})
        text = read_page(operator.get(f"/sessions/{claimed}/covering-approval", headers=HTMX).content).text
        assert "covers it either" in text
        assert "Covered by" not in text


def test_it_shows_a_covering_session_only_as_far_as_the_person_may_see_it(
    jit: StandIn, as_person: Callable[[str], Client]
) -> None:
    text = read_page(as_person("owen@example.com").get(address("a729739e"), headers=HTMX).content).text
    assert "Approved by Rita" in text
    refused = as_person("olga@example.com").get(address("a729739e"), headers=HTMX)
    assert refused.status_code == 403
    assert b"Rita" not in refused.content


def test_it_says_that_hoop_could_not_be_asked(jit: StandIn, operator: Client) -> None:
    for begin in ("a729739e", "0b1853f9"):
        assert operator.get(address(begin).removesuffix("/covering-approval")).status_code == 200
    assert operator.get(f"/sessions/{session_of('jit-window').id}").status_code == 200
    jit.faults.set("503", path="/api/sessions*")
    kept = read_page(operator.get(address("a729739e"), headers=HTMX).content).text
    assert "Approved by Rita" in kept
    text = read_page(operator.get(address("0b1853f9"), headers=HTMX).content).text
    assert "hoop could not be asked" in text
    assert "no approval that is kept here covers it" in text


def test_it_writes_whose_approval_was_shown(jit: StandIn, operator: Client) -> None:
    operator.get(address("0b1853f9"), headers=HTMX)
    assert [row for row in rows() if row.act == "approval-read"] == []
    operator.get(address("a729739e"), headers=HTMX)
    (row,) = (row for row in rows() if row.act == "approval-read")
    assert row.session == session_of("jit-window").id
    assert json.loads(row.about)["approval for"].startswith("a729739e")


def test_a_session_with_a_review_needs_no_other(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("payroll-ran")
    answer = operator.get(f"/sessions/{session_id}/covering-approval")
    assert (answer.status_code, answer["Location"]) == (302, f"/sessions/{session_id}#review")
