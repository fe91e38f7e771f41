"""The list names the approval that covers a session without its own, or says that it did not look."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import pytest
from django.test import Client
from django.utils import timezone

from sessions_ui.access.people import Person
from sessions_ui.archive.accesses import LOOK_BACK, Accesses, find_accesses
from sessions_ui.archive.list_rows import KeptRow
from sessions_ui.archive.list_walk import Row
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import ListRowRecord, ListSpanRecord
from sessions_ui.pages.covered import Looked, covered_of
from sessions_ui.session import Session
from tests.recorded_facts import session_of
from tests.recordings import Part, listed_rows, read_page
from tests.test_covering import COVERED
from tests.test_list import ids_on, page_of, read_ahead
from tests.test_list_export import exported

HTMX = {"HX-Request": "true"}
AUDITOR = Person("audrey@example.com", "Audrey", "audrey@example.com", "auditor", (), "test")
OWEN = replace(AUDITOR, id="owen@example.com", role="standard")
OLGA = replace(OWEN, id="olga@example.com")


@pytest.fixture
def jit(hoop: StandIn) -> StandIn:
    for row in listed_rows().values():
        if row["connection"] == "bash-jit" and row["review"] is None:
            hoop.add_session({**row, "script": {"data": ""}, "event_size": 0}, None, as_it_is=True)
    return hoop


def reviews_on(page: Part) -> dict[str, str]:
    rows = page.one("tbody").every("tr")
    return {each: row.one(css="line-review").text for each, row in zip(ids_on(page), rows, strict=True)}


@pytest.mark.database
def test_it_names_the_approval_of_another_session(jit: StandIn, operator: Client) -> None:
    read_ahead(operator)
    page = page_of(operator, "/?review=none&connection=bash-jit&verb=connect")
    told = reviews_on(page)
    assert len(told) == 12
    covered = {each[:8]: text for each, text in told.items() if text.startswith("Covered by another")}
    assert covered.keys() == COVERED.keys()
    assert "Approved by Rita : our inference." in covered["a729739e"]
    assert "Who approved cannot be known any more" in covered["a96eebc6"]
    assert set(told.values()) - set(covered.values()) == {"No approval on record"}
    links = {each.attributes["href"] for each in page.every("a") if each.text.startswith("Approved by Rita")}
    assert links == {f"/sessions/{session_of('jit-window').id}#review"}
    assert page.some(id="covering-note") is None


@pytest.mark.database
def test_it_asks_hoop_where_its_rows_cannot_tell(jit: StandIn, operator: Client) -> None:
    """The page itself costs one call, and the part that looks for approvals another one."""
    page = page_of(operator, "/?connection=bash-jit&review=none")
    assert len(jit.requests("/api/*")) == 1
    assert set(reviews_on(page).values()) == {"No approval on record another's not looked for"}
    note = page.one(id="covering-note")
    assert "For 12 sessions without an approval of their own, one of another session was not" in note.text
    jit.forget_requests()
    part = operator.get(note.attributes["hx-get"], headers=HTMX)
    (seen,) = jit.requests("/api/*")
    asked = {name: values[0] for name, values in parse_qs(seen.query).items()}
    assert (asked["connection"], asked["review.status"]) == ("bash-jit", "%O%ED")
    found = read_page(part.content)
    assert found.some(id="covering-note") is None
    texts = {each.attributes["id"][7:15]: each.text for each in found.every("div") if "id" in each.attributes}
    assert len(texts) == 12
    assert {each for each, text in texts.items() if text.startswith("Covered")} == COVERED.keys()
    assert not [text for text in texts.values() if "not looked for" in text]


def test_it_says_that_hoop_could_not_be_asked(jit: StandIn, operator: Client) -> None:
    note = page_of(operator, "/?connection=bash-jit&review=none").one(id="covering-note")
    jit.faults.set("refuse")
    part = operator.get(note.attributes["hx-get"], headers=HTMX)
    assert part.status_code == 200
    assert "hoop cannot be reached. For 12 sessions" in read_page(part.content).one(id="covering-note").text


@pytest.mark.parametrize("query", ["", "?id=x", "?" + "&".join(["id=" + "0" * 32] * 101)])
def test_it_refuses_what_is_no_page_of_ids(query: str, hoop: StandIn, operator: Client) -> None:
    assert operator.get(f"/covering{query}", headers=HTMX).status_code == 400
    assert hoop.requests("/api/sessions") == []


def test_its_part_is_no_page(hoop: StandIn, operator: Client) -> None:
    assert operator.get(f"/covering?id={hoop.id_of('bash-ok')}")["Location"] == "/"


def test_it_exports_what_covers(jit: StandIn, operator: Client) -> None:
    def told(query: str) -> tuple[dict[str, dict[str, str]], int]:
        rows, manifest = exported(operator, f"format=csv&{query}")
        table = csv.DictReader(io.StringIO(rows.decode(), newline=""))
        return {row["id"][:8]: row for row in table}, manifest["rows_covering_not_looked_for"]

    read_ahead(operator)
    found, left = told("connection=bash-jit&review=none&verb=connect")
    assert left == 0
    covered = {each: row for each, row in found.items() if row["covering_approval"] == "covered"}
    assert {each: row["covered_by_session"] for each, row in covered.items()} == {
        begin: session_of(case).id for begin, case in COVERED.items()
    }
    assert {row["was_it_approved"] for row in covered.values()} == {"Covered by another approval"}
    assert {row["covering_approval"] for row in found.values()} == {"covered", "none found"}
    ListSpanRecord.objects.all().delete()
    ListRowRecord.objects.all().delete()
    found, left = told("connection=bash-jit&review=none")
    assert left == len(found) == 12
    assert {row["covering_approval"] for row in found.values()} == {"not looked for"}


# Which rows count, for one session and one access.


def accesses(access: Session, *, fetched_at: datetime, since: datetime | None = None) -> Accesses:
    return Accesses((KeptRow(Row(access, {}), fetched_at),), since, fetched_at + timedelta(days=1))


def one(after: float = 60) -> tuple[Session, Session, datetime]:
    """A session that began under the access (so many seconds after it was asked for), and when that was."""
    access = session_of("jit-window")
    assert access.review
    assert access.review.expires_at
    begun = access.review.expires_at - timedelta(minutes=45) + timedelta(seconds=after)
    session = replace(session_of("bash-ok"), connection="bash-jit", user_id=access.user_id, start_date=begun)
    return session, access, begun


def test_what_hoop_said_before_a_session_began_may_have_changed() -> None:
    session, access, begun = one()
    later, before = begun + timedelta(seconds=1), begun - timedelta(seconds=1)
    found = covered_of(AUDITOR, session, accesses(access, fetched_at=later))
    assert found
    assert (found.looked, found.by) == (Looked.COVERED, access)
    stale = covered_of(AUDITOR, session, accesses(access, fetched_at=before))
    assert stale
    assert (stale.looked, stale.by) == (Looked.NOT_LOOKED_FOR, None)
    # An access that had ended by then covers nothing, whatever hoop said since.
    over, _, begun = one(after=46 * 60)
    ended = covered_of(AUDITOR, over, accesses(access, fetched_at=begun - timedelta(seconds=1)))
    assert ended
    assert ended.looked == Looked.NONE_FOUND


def test_a_request_that_waits_may_have_been_granted_since() -> None:
    session, access, begun = one()
    assert access.review
    waiting = replace(access, review=replace(access.review, status="PENDING", expires_at=None))
    found = covered_of(AUDITOR, session, accesses(waiting, fetched_at=begun - timedelta(seconds=1)))
    assert found
    assert found.looked == Looked.NOT_LOOKED_FOR


def test_none_is_found_only_where_the_rows_reach_back() -> None:
    session, _, begun = one()
    for since, until, looked in (
        (None, begun, Looked.NONE_FOUND),
        (begun - LOOK_BACK, begun, Looked.NONE_FOUND),
        (begun - LOOK_BACK + timedelta(seconds=1), begun, Looked.NOT_LOOKED_FOR),
        (None, begun - timedelta(seconds=1), Looked.NOT_LOOKED_FOR),
        (None, None, Looked.NOT_LOOKED_FOR),
    ):
        found = covered_of(AUDITOR, session, Accesses((), since, until))
        assert found
        assert found.looked == looked


def test_nobody_learns_of_an_access_that_they_may_not_see() -> None:
    session, access, begun = one()
    rows = accesses(access, fetched_at=begun + timedelta(seconds=1))
    mine = covered_of(OWEN, session, rows)
    assert mine
    assert mine.by == access
    theirs = covered_of(OLGA, session, rows)
    assert theirs
    assert (theirs.looked, theirs.by) == (Looked.NOT_LOOKED_FOR, None)


def test_a_session_with_a_review_needs_no_other() -> None:
    assert covered_of(AUDITOR, session_of("payroll-ran"), Accesses(())) is None


@pytest.mark.database
def test_it_says_nothing_is_reached_where_there_are_too_many(
    jit: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions_ui.archive.accesses.MOST", 1)
    read_ahead(operator)
    (session, _, _) = one()
    wide = [session, replace(session, start_date=timezone.now() - timedelta(days=9_000))]
    assert find_accesses(wide).until is None
    assert len(find_accesses(wide).rows) == 1
