"""A page that follows its review until it is settled: /sessions/<id>/review."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from sessions_ui.demo.standin import StandIn
from sessions_ui.models import SessionRecord
from tests.recordings import Part, read_page
from tests.trails import rows

HTMX = {"HX-Request": "true"}


def poll_address(page: Part) -> str:
    return page.one(id="review").attributes.get("hx-get", "")


def age_copies() -> None:
    """Let hoop be asked at once again."""
    SessionRecord.objects.update(fetched_at="2026-01-01T00:00:00Z")


def opened(client: Client, session_id: str) -> Part:
    return read_page(client.get(f"/sessions/{session_id}").content)


def test_it_is_asked_while_undecided_and_changes_nothing(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_pending_review()
    page = opened(operator, session_id)
    review = page.one(id="review")
    assert review.attributes["hx-trigger"] == "every 5s"
    assert "data-watch" in review.attributes
    answer = operator.get(poll_address(page), headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "HX-Request" in answer["Vary"]


def test_it_renews_the_page_when_a_group_decides(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_pending_review()
    page = opened(operator, session_id)
    groups = hoop.session(session_id).envelope["review"]["review_groups_data"]
    groups[0].update(status="APPROVED", review_date="2026-11-25T12:00:00Z")
    groups[0]["reviewed_by"] = {"id": "rita", "name": "Rita", "email": "rita@example.com"}
    age_copies()
    answer = operator.get(poll_address(page), headers=HTMX)
    assert answer.status_code == 200
    assert (answer["HX-Retarget"], answer["HX-Reselect"], answer["HX-Reswap"]) == (
        "#session",
        "#session",
        "outerHTML",
    )
    renewed = read_page(answer.content)
    assert poll_address(renewed) not in ("", poll_address(page))
    said = renewed.one(id="review-said")
    assert (said.attributes["role"], said.attributes["hx-swap-oob"]) == ("status", "innerHTML")
    assert said.text.startswith("The review has changed. Waiting for approval. 2 approvals needed, 1 given.")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("APPROVED", "Approved by Rita and Raj"),
        ("REJECTED", "Rejected by Rita and Raj"),
        ("UNKNOWN", "Cannot be known"),
    ],
)
def test_it_ends_the_asking_once_it_is_settled(
    status: str, said: str, hoop: StandIn, operator: Client
) -> None:
    session_id = hoop.add_pending_review()
    asked = poll_address(opened(operator, session_id))
    hoop.settle_review(session_id, status)
    age_copies()
    answer = operator.get(asked, headers=HTMX)
    assert answer.status_code == 286
    renewed = read_page(answer.content)
    assert said in renewed.one(id="review-said").text
    assert said in renewed.one(id="answer-approval").text
    assert poll_address(renewed) == ""
    assert renewed.one(id="session").some(id="review-said") is None


def test_it_writes_only_what_it_shows(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_pending_review()
    asked = poll_address(opened(operator, session_id))
    before = len(rows())
    assert operator.get(asked, headers=HTMX).status_code == 204
    assert len(rows()) == before
    hoop.settle_review(session_id, "APPROVED")
    age_copies()
    assert operator.get(asked, headers=HTMX).status_code == 286
    assert [(row.act, row.session) for row in rows()[before:]] == [("session-opened", session_id)]


def test_it_follows_a_script_that_is_being_run(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_pending_review()
    hoop.settle_review(session_id, "APPROVED")
    hoop.settle_review(session_id, "PROCESSING")
    page = opened(operator, session_id)
    assert "running" in page.one(id="review").text
    asked = poll_address(page)
    hoop.settle_review(session_id, "EXECUTED")
    age_copies()
    assert operator.get(asked, headers=HTMX).status_code == 286


def test_it_follows_nothing_that_is_settled_or_abandoned(hoop: StandIn, operator: Client) -> None:
    for case in ("payroll-approved", "payroll-ran", "payroll-rejected", "jit-abandoned", "bash-ok"):
        page = opened(operator, hoop.id_of(case))
        assert poll_address(page) == ""
        assert page.one(id="review-said").text == ""


def test_it_stays_as_it_is_while_hoop_is_away(hoop: StandIn, operator: Client) -> None:
    page = opened(operator, hoop.add_pending_review())
    age_copies()
    hoop.faults.set("503")
    assert operator.get(poll_address(page), headers=HTMX).status_code == 204


def test_it_ends_the_asking_for_what_hoop_no_longer_has(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_pending_review()
    asked = poll_address(opened(operator, session_id))
    hoop.state.remove(session_id)
    age_copies()
    answer = operator.get(asked, headers=HTMX)
    assert answer.status_code == 286
    renewed = read_page(answer.content)
    assert poll_address(renewed) == ""
    assert "hoop no longer has this session" in renewed.one(css="banners").text


def test_it_keeps_to_who_may_see_the_session(hoop: StandIn, as_person: Callable[[str], Client]) -> None:
    asked = poll_address(opened(as_person("rita@example.com"), hoop.add_pending_review()))
    assert as_person("olga@example.com").get(asked, headers=HTMX).status_code == 403


def test_it_reads_its_address_strictly(hoop: StandIn, operator: Client) -> None:
    address = f"/sessions/{hoop.add_pending_review()}/review"
    for seen in ("x", "0123456789AB", "0123456789abc"):
        assert operator.get(f"{address}?seen={seen}", headers=HTMX).status_code == 400
    plain = operator.get(address)
    assert (plain.status_code, plain["Location"]) == (302, address.removesuffix("/review") + "#review")
    assert operator.post(address).status_code == 405
    assert operator.get(address, headers=HTMX).status_code == 200
