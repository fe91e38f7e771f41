"""Pages of sessions that change: running, killed afterwards, gone; and who may see how much of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from sessions_ui.demo.standin import StandIn
from sessions_ui.models import EventLogRecord, GatewayTroubleRecord, SessionRecord
from tests.recordings import Part, put, read_page

HTMX = {"HX-Request": "true"}
PRINTED = "Employee 1\t50001"


def page_of(client: Client, session_id: str) -> Part:
    response = client.get(f"/sessions/{session_id}")
    assert response.status_code == 200
    return read_page(response.content)


def head(page: Part, key: str) -> str:
    return page.one(id=f"answer-{key}").one(css="answer-head").text


def age_copies() -> None:
    SessionRecord.objects.update(fetched_at=timezone.now() - timedelta(hours=1))


def test_it_keeps_the_first_copy_of_what_is_destroyed_later(hoop: StandIn, operator: Client) -> None:
    session_id = put(hoop, "destroyed/before.session.json", "destroyed/before.session.expand.json")
    before = page_of(operator, session_id)
    assert before.one(css="lede").text == (
        "Finished with exit code 0 after 0.05 s. All that hoop stored: 2 events, 53 bytes."
    )
    assert before.some(css="banners") is None
    assert put(hoop, "destroyed/after.session.json", "destroyed/after.session.expand.json") == session_id
    age_copies()
    after = page_of(operator, session_id)
    banner = after.one(css="banners").text
    assert "This session was changed at hoop after its recording was read" in banner
    assert "our copy" in banner
    assert head(after, "ending") == "Ended with exit code 0, and was changed at hoop later"
    assert "hoop now says exit code 254" in after.one(id="answer-ending").text
    assert "rows deleted: 4711" in after.one(id="event-log").text
    assert "no log found on disk" not in after.one(id="event-log").text
    printed = b"".join(operator.get(f"/sessions/{session_id}/download"))
    assert printed == b"rows deleted: 4711\n"


def test_it_says_that_a_recording_was_erased_before_it_was_read(hoop: StandIn, operator: Client) -> None:
    session_id = put(hoop, "destroyed/after.session.json", "destroyed/after.session.expand.json")
    page = page_of(operator, session_id)
    assert page.one(css="lede").text == "Not known any more. Erased at hoop after it was recorded."
    assert "the real one is gone" in page.one(id="answer-ending").text
    assert "hoop once stored 119 bytes" in page.one(id="answer-completeness").text
    log = page.one(id="event-log").text
    assert "The recording was erased at hoop." in log
    assert "no log found on disk" in log


def test_it_says_what_runs_is_still_open(hoop: StandIn, operator: Client) -> None:
    session_id = put(hoop, "bash-running/session.at-70s.json", "bash-running/session.expand.at-70s.json")
    page = page_of(operator, session_id)
    # Recorded long ago: an old silence is not said to be written on.
    lede = page.one(css="lede").text
    assert lede.startswith("Still open, silent for ")
    assert lede.endswith(". hoop has recorded no end.")
    assert "51 events, 446 bytes so far" in page.one(id="answer-completeness").text
    assert "Ended still open" in page.one(id="facts").text
    assert "tick 50" in page.one(id="event-log").text


def test_it_says_so_while_hoop_is_known_to_fail(hoop: StandIn, operator: Client) -> None:
    """A copy of a minute ago is not checked either, and finished sessions change."""
    session_id = hoop.id_of("bash-ok")
    assert page_of(operator, session_id).some(css="banners") is None
    GatewayTroubleRecord.objects.create(
        gateway=settings.HOOP_API_URL, since=timezone.now(), cooling_until=timezone.now(), reason="no answer"
    )
    assert "hoop cannot be reached: this is our copy" in page_of(operator, session_id).one(css="banners").text


def test_it_says_that_nothing_is_recorded_yet(hoop: StandIn, operator: Client) -> None:
    session_id = put(hoop, "bash-running/session.at-4s.json", "bash-running/session.expand.at-4s.json")
    log = page_of(operator, session_id).one(id="event-log").text
    assert "Nothing is recorded yet." in log
    assert "every 50 s" in log


def test_it_says_that_a_session_printed_nothing(hoop: StandIn, operator: Client) -> None:
    page = page_of(operator, hoop.add_session({}, []))
    assert "This session printed nothing." in page.one(id="event-log").text
    typed = page_of(operator, hoop.add_session({}, [(0.1, "i", b"true\n")])).one(id="event-log")
    assert [link.text for link in typed.one(css="downloads").every("a")] == [
        "CSV",
        "JSON",
        "NDJSON",
        "Choose…",
    ]


def test_it_keeps_what_hoop_no_longer_has_for_auditors(
    hoop: StandIn, as_person: Callable[[str], Client]
) -> None:
    session_id = hoop.id_of("bash-failed")
    address = f"/sessions/{session_id}"
    assert as_person("owen@example.com").get(address).status_code == 200
    hoop.state.remove(session_id)
    age_copies()
    page = page_of(as_person("audrey@example.com"), session_id)
    banner = page.one(css="banners").text
    assert "hoop no longer has this session: this is the kept copy" in banner
    assert "Kept of its recording: 6 events, SHA-256 of the events " in banner
    log = EventLogRecord.objects.get(state="published")
    assert log.events_sha256 in banner
    assert "hoop has answered since" in banner
    assert "Last seen at hoop on" in banner
    whole = page.one(id="answer-completeness")
    assert "tone-warn" in whole.attributes["class"]
    auditor = as_person("audrey@example.com")
    for marked in ("", "/log", "/download/form"):
        assert "this is the kept copy" in auditor.get(f"{address}{marked}").content.decode()
    assert "mailer: connection refused" in page.one(id="event-log").text
    gone = as_person("owen@example.com").get(address)
    assert gone.status_code == 404
    assert "connection refused" not in gone.content.decode()


def test_it_says_of_a_lost_session_that_its_recording_was_never_read(
    hoop: StandIn, as_person: Callable[[str], Client]
) -> None:
    session_id = hoop.id_of("payroll-ran")
    # Who may not see the recording does not make it be read.
    assert as_person("rita@example.com").get(f"/sessions/{session_id}").status_code == 200
    hoop.state.remove(session_id)
    age_copies()
    banner = page_of(as_person("audrey@example.com"), session_id).one(css="banners").text
    assert "Its recording was never read here, so nothing is left of it." in banner


def test_it_says_that_hoop_refuses_the_recording_to_our_credential(
    hoop: StandIn, operator: Client, settings: Any
) -> None:
    # A key in a group of the review sees the details, and no stream comes with them.
    settings.HOOP_API_KEY = hoop.key_for("rita@example.com")
    answer = page_of(operator, hoop.id_of("payroll-ran")).one(id="answer-completeness")
    assert answer.one(css="answer-head").text == "Refused to this credential"
    assert "the key of hoopviewer is neither's" in answer.text


# Who sees what. payroll-ran is Owen's; Rita is in a group that approved it.

ADDRESSES = ("", "/log", "/download", "/download?format=json", "/download?format=csv")


def test_it_shows_owners_all_of_their_own(hoop: StandIn, as_person: Callable[[str], Client]) -> None:
    owen = as_person("owen@example.com")
    for rest in ADDRESSES:
        assert owen.get(f"/sessions/{hoop.id_of('payroll-ran')}{rest}").status_code == 200
    assert PRINTED.replace("\t", " ") in page_of(owen, hoop.id_of("payroll-ran")).one(id="event-log").text


@pytest.mark.parametrize("warm", [False, True])
def test_it_shows_reviewers_nothing_that_the_recording_tells(
    warm: bool, hoop: StandIn, as_person: Callable[[str], Client]
) -> None:
    session_id = hoop.id_of("payroll-ran")
    if warm:
        page_of(as_person("audrey@example.com"), session_id)
    rita = as_person("rita@example.com")
    page = page_of(rita, session_id)
    assert page.one("h1").text == "Owen ran a script on pg-payroll"
    assert "SELECT name, salary" in page.one(id="script").one("code").raw
    assert head(page, "approval") == "Approved by Rita and Raj"
    assert head(page, "completeness") == "Not shown to you"
    assert page.one(id="review").text.count("which is not shown to you") == 2
    assert page.one(css="lede").text.endswith("Its recording is not shown to you.")
    log = page.one(id="event-log")
    assert "The recording is not shown to you." in log.text
    assert log.every("li") == []
    assert log.every("a") == []
    text = page.one("main").text
    for told in ("Employee", "2 events", "175 bytes", "279", "SHA-256", "Last event"):
        assert told not in text
    assert not re.search(r"[0-9a-f]{64}", text)
    panel = rita.get(f"/sessions/{session_id}/log", headers=HTMX)
    assert "not shown to you" in panel.content.decode()
    for rest in ADDRESSES[2:]:
        refused = rita.get(f"/sessions/{session_id}{rest}")
        assert refused.status_code == 403
        assert "for its owner, auditors and admins" in refused.content.decode()
        assert "X-Event-Count" not in refused
    answer = rita.get(f"/api/sessions/{session_id}?expand=event_stream")
    assert answer.status_code == 200
    assert "event_stream" not in json.loads(answer.getvalue())


@pytest.mark.parametrize("warm", [False, True])
def test_it_refuses_everybody_else(
    warm: bool, hoop: StandIn, as_person: Callable[[str], Client], settings: Any
) -> None:
    settings.HOOPVIEWER_WHOM_TO_ASK = "Ask the security team, extension 4711."
    session_id = hoop.id_of("payroll-ran")
    if warm:
        page_of(as_person("audrey@example.com"), session_id)
    olga = as_person("olga@example.com")
    for rest in ADDRESSES:
        response = olga.get(f"/sessions/{session_id}{rest}")
        assert response.status_code == 403
        text = read_page(response.content).one("main").text
        assert "neither yours nor for one of your groups to review" in text
        assert "extension 4711" in text
        assert "pg-payroll" not in text
    panel = olga.get(f"/sessions/{session_id}/log", headers=HTMX)
    assert panel.status_code == 403
    assert read_page(panel.content).children[0].attributes["id"] == "event-log"
    answer = olga.get(f"/api/sessions/{session_id}")
    assert (answer.status_code, answer.json()) == (
        403,
        {"message": "user is not allowed to access this session. Ask the security team, extension 4711."},
    )
