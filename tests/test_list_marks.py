"""What our copies tell the list beyond hoop's rows: kills, changes at hoop, silence; and of how many not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sessions_ui.archive.list_filter import ListFilter
from sessions_ui.archive.list_matching import View
from sessions_ui.archive.list_rows import count_rows, count_undecided
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import ListRowRecord, ListSpanRecord, SessionRecord
from tests.recordings import put, read_page
from tests.test_list import ids_on, page_of, read_ahead

KILLED = ListFilter(marks=("killed",))
EVERYTHING = View(everything=True)


def abnormal_ones(hoop: StandIn) -> list[str]:
    return [
        each.id
        for each in hoop.state.newest_first()
        if (each.envelope["status"], each.envelope["exit_code"]) == ("done", 254)
    ]


@pytest.mark.database
def test_it_finds_what_was_killed_among_what_was_read(hoop: StandIn, operator: Client) -> None:
    """hoop ends a kill, a block and a lost connection with one code: only the recording tells."""
    abnormal, killed = abnormal_ones(hoop), hoop.id_of("killed")
    read_ahead(operator)
    page = page_of(operator, "/?mark=killed")
    assert ids_on(page) == []
    assert "No session is known to fit" in page.text
    words = f"Of {len(abnormal)} further sessions it cannot be said whether they fit: hoop ends a kill"
    assert words in page.text
    for session_id in abnormal:
        assert operator.get(f"/sessions/{session_id}").status_code == 200
    page = page_of(operator, "/?mark=killed")
    assert ids_on(page) == [killed]
    assert "cannot be said" not in page.text
    assert "Killed by hand" in page.one("tbody").text
    # Rows that are read anew find what was read before.
    ListRowRecord.objects.all().delete()
    ListSpanRecord.objects.all().delete()
    read_ahead(operator)
    assert ids_on(page_of(operator, "/?mark=killed")) == [killed]


def test_it_tells_no_reviewer_of_a_kill(hoop: StandIn, operator: Client) -> None:
    """They see no recording, and a filter must not show what stands in it."""
    killed = hoop.id_of("killed")
    read_ahead(operator)
    operator.get(f"/sessions/{killed}")
    ListRowRecord.objects.filter(session_id=killed).update(
        groups=ListRowRecord.objects.exclude(groups="").first().groups  # type: ignore[union-attr]
    )
    owner = ListRowRecord.objects.get(session_id=killed).user_id
    assert count_rows(View(everything=False, user_id=owner), KILLED) == 1
    reviewer = View(everything=False, user_id="rita@example.com", groups=("security-reviewers",))
    theirs = [each for each in (KILLED, ListFilter()) if count_rows(reviewer, each)]
    assert theirs == [ListFilter()]
    assert count_undecided(reviewer, KILLED) > 0


@pytest.mark.database
def test_it_finds_what_was_changed_at_hoop(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-failed")
    read_ahead(operator)
    assert operator.get(f"/sessions/{session_id}").status_code == 200
    assert ids_on(page_of(operator, "/?mark=changed")) == []
    hoop.kill(session_id)
    # The next page of hoop's list says so, and so does the session's own answer.
    page_of(operator, "/")
    page = page_of(operator, "/?mark=changed")
    assert ids_on(page) == [session_id]
    done = sum(each.envelope["status"] == "done" for each in hoop.state.newest_first())
    assert f"Of {done - 1} further sessions it cannot be said whether they fit" in page.text
    ListRowRecord.objects.update(changed=False)
    SessionRecord.objects.update(fetched_at=timezone.now() - timedelta(hours=1))
    assert operator.get(f"/sessions/{session_id}").status_code == 200
    assert ids_on(page_of(operator, "/?mark=changed")) == [session_id]


def test_it_answers_by_marks_from_its_copies_while_hoop_is_away(hoop: StandIn, operator: Client) -> None:
    killed = hoop.id_of("killed")
    for session_id in (killed, hoop.id_of("bash-failed")):
        operator.get(f"/sessions/{session_id}")
    hoop.faults.set("refuse")
    assert ids_on(page_of(operator, "/?mark=killed")) == [killed]


def test_it_finds_errors_of_masking(hoop: StandIn, operator: Client) -> None:
    read_ahead(operator)
    page = page_of(operator, "/?mark=masking-errors")
    errors = [
        each.id
        for each in hoop.state.newest_first()
        if ((each.envelope["metrics"] or {}).get("data_masking") or {}).get("err_count")
    ]
    assert ids_on(page) == errors != []
    assert "masking errors" in page.one("tbody").text
    assert "cannot be said" not in page.text


def test_it_says_of_a_silent_session_what_its_page_does(
    hoop: StandIn, operator: Client, as_person: Callable[[str], Client]
) -> None:
    session_id = put(hoop, "bash-running/session.at-70s.json", "bash-running/session.expand.at-70s.json")

    def ending() -> str:
        page = page_of(operator, "/")
        row = page.one("tbody").every("tr")[ids_on(page).index(session_id)]
        return row.one(css="line-ending").text

    assert ending() == "Still open"
    head = read_page(operator.get(f"/sessions/{session_id}").content).one(id="answer-ending")
    assert ending() == head.one(css="answer-head").text
    assert ending().startswith("Still open, silent for ")
