"""Every failure of hoop that the stand-in knows, and the page, panel and answer it must give.

Cold (nothing kept), with a kept copy, and for the recording alone; each ends with hoop well again.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from sessions_ui.archive import event_logs
from sessions_ui.demo.standin import StandIn
from sessions_ui.gateway.errors import (
    GatewayCoolingDown,
    GatewayError,
    GatewayNotFound,
    GatewaySlow,
    GatewayUnreachable,
)
from sessions_ui.models import SessionRecord
from sessions_ui.pages.refusals import problem_of
from tests.recordings import Part, read_page
from tests.waiting import impatient

HTMX = {"HX-Request": "true"}
UNREACHABLE = (503, "hoop cannot be reached")
SLOW = (504, "hoop is too slow")
REFUSED = (502, "hoop refuses hoopviewer's key")
FORBIDDEN = (403, "hoop does not show this to hoopviewer")
GONE = (404, "hoop has no such session")
GARBLED = (502, "hoop's answer makes no sense")
TOO_BIG = (502, "hoop's answer is too big")

#: What each fault does to the session's own data.
FAULTS = {
    "refuse": UNREACHABLE,
    "reset": UNREACHABLE,
    "empty-500": UNREACHABLE,
    "502": UNREACHABLE,
    "503": UNREACHABLE,
    "429": UNREACHABLE,
    "hang": SLOW,
    "stall": SLOW,
    "drip": SLOW,
    "401": REFUSED,
    "403": FORBIDDEN,
    "404": GONE,
    "html": GARBLED,
    "empty-200": GARBLED,
    "list": GARBLED,
    "truncated-json": GARBLED,
    "not-json": GARBLED,
    "redirect": GARBLED,
    "cut": GARBLED,
    "cut-chunked": GARBLED,
    "cut-close": GARBLED,
}
#: What they, and a stream without an end, do to a recording.
LOG_FAULTS = {
    "reset": UNREACHABLE,
    "empty-500": UNREACHABLE,
    "hang": SLOW,
    "stall": SLOW,
    "401": REFUSED,
    "403": FORBIDDEN,
    "html": GARBLED,
    "list": GARBLED,
    "truncated-json": GARBLED,
    "cut": GARBLED,
    "cut-close": GARBLED,
    "endless-log": TOO_BIG,
    "endless-string": TOO_BIG,
}
#: A proxy's 503 asks for a second by itself.
WAITS = {"503": {"retry_after": 0}}
SCRIPT = "restarting $s"
PRINTED = "mailer: connection refused"


@pytest.fixture(autouse=True)
def at_once(settings: Any, hoop: StandIn) -> None:
    """hoop is asked again at once."""
    settings.HOOPVIEWER_COOL_DOWN_SECONDS = 0
    settings.HOOPVIEWER_MAX_LOG_BYTES = 300_000


def age_copies() -> None:
    """Make every kept copy older than it may answer by itself."""
    SessionRecord.objects.update(fetched_at=timezone.now() - timedelta(hours=1))


def keeps_quiet(response: HttpResponse, hoop: StandIn) -> str:
    """The page's text: nothing of the session, nothing of the credential, nothing of hoop's body."""
    text = response.content.decode()
    for secret in (SCRIPT, PRINTED, hoop.auditor_key, "Bearer", "<h1>Sign in</h1>", "Traceback"):
        assert secret not in text
    return text


def answers_with(response: HttpResponse, expected: tuple[int, str], hoop: StandIn) -> Part:
    """The problem's status, words, what to do, and the request's number; Retry-After where it helps."""
    status, title = expected
    assert response.status_code == status
    page = read_page(keeps_quiet(response, hoop))
    assert title in page.text
    assert response["X-Request-ID"] in page.text
    assert "HX-Request" in response["Vary"]
    assert ("Retry-After" in response) == (status in (503, 504))
    if status in (503, 504):
        assert int(response["Retry-After"]) >= 1
    return page


@pytest.mark.parametrize("mode", FAULTS)
def test_it_says_what_is_wrong_with_hoop(mode: str, hoop: StandIn, operator: Client, settings: Any) -> None:
    expected = FAULTS[mode]
    address = f"/sessions/{hoop.id_of('bash-failed')}"
    hoop.faults.set(mode, **WAITS.get(mode, {}))
    with impatient(settings, when=expected is SLOW):
        page = answers_with(operator.get(address), expected, hoop)
        panel = answers_with(operator.get(f"{address}/log", headers=HTMX), expected, hoop)
    again = [link.attributes["href"] for link in page.every("a") if link.text == "Try again"]
    assert again == ([] if expected is GONE else [address])
    assert panel.children[0].attributes["id"] == "event-log"
    hoop.faults.clear()
    well = operator.get(address)
    assert well.status_code == 200
    assert PRINTED in well.content.decode()


@pytest.mark.parametrize("mode", ["refuse", "401", "403", "404", "html"])
def test_it_says_so_to_programs_and_downloads(mode: str, hoop: StandIn, operator: Client) -> None:
    status, title = FAULTS[mode]
    session_id = hoop.id_of("bash-failed")
    hoop.faults.set(mode, **WAITS.get(mode, {}))
    answer = operator.get(f"/api/sessions/{session_id}")
    assert answer.status_code == status
    assert list(answer.json()) == ["message"]
    keeps_quiet(answer, hoop)
    answers_with(operator.get(f"/sessions/{session_id}/download"), (status, title), hoop)


@pytest.mark.parametrize("mode", FAULTS)
def test_it_shows_a_kept_copy_only_while_hoop_is_away(
    mode: str, hoop: StandIn, operator: Client, settings: Any
) -> None:
    address = f"/sessions/{hoop.id_of('bash-failed')}"
    assert PRINTED in operator.get(address).content.decode()
    age_copies()
    fetched_at = SessionRecord.objects.get().fetched_at
    hoop.faults.set(mode, **WAITS.get(mode, {}))
    with impatient(settings, when=FAULTS[mode] is SLOW):
        response = operator.get(address)
    status, title = FAULTS[mode]
    if status in (503, 504):
        page = read_page(response.content)
        assert response.status_code == 200
        banner = page.one(css="banners").text
        assert "hoop cannot be reached: this is our copy Reason:" in banner
        assert f"{fetched_at:%H:%M:%S} UTC" in banner
        assert "1 hour ago" in banner
        assert PRINTED in page.one(id="event-log").text
    elif status == 404:
        # hoop lost it, and our copy is all there is: that is said.
        page = read_page(response.content)
        assert response.status_code == 200
        assert "hoop no longer has this session: this is the kept copy" in page.one(css="banners").text
        assert PRINTED in page.one(id="event-log").text
    else:
        answers_with(response, (status, title), hoop)
    hoop.faults.clear()
    age_copies()
    page = read_page(operator.get(address).content)
    assert page.some(css="banners") is None
    assert PRINTED in page.one(id="event-log").text


@pytest.mark.parametrize("mode", LOG_FAULTS)
def test_it_says_why_a_recording_could_not_be_read(
    mode: str, hoop: StandIn, operator: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, title = LOG_FAULTS[mode]
    session_id = hoop.id_of("bash-failed")
    hoop.faults.set(mode, query="*event_stream*")
    with impatient(settings, "FIRST_BYTE", "BETWEEN_BYTES", when=LOG_FAULTS[mode] is SLOW):
        page = settled(operator, f"/sessions/{session_id}")
    panel = page.one(id="event-log")
    assert title in panel.text
    assert "Since " in panel.text
    assert panel.every("a")[-1].text == "Try again"
    assert panel.every("li") == []
    # The rest of the page does not rest on the recording, and stands.
    assert SCRIPT in page.one(id="script").one("code").raw
    answer = page.one(id="answer-completeness")
    assert answer.one(css="answer-head").text == "The recording could not be read"
    response = operator.get(f"/sessions/{session_id}/log", headers=HTMX)
    assert response.status_code == status
    assert read_page(response.content).children[0].attributes["id"] == "event-log"
    assert operator.get(f"/sessions/{session_id}/download").status_code == status
    hoop.faults.clear()
    monkeypatch.setattr(event_logs, "RETRY_AFTER", timedelta(0))
    assert PRINTED in settled(operator, f"/sessions/{session_id}").one(id="event-log").text


def settled(client: Client, address: str) -> Part:
    """The page once its recording is read, or is known not to be readable."""
    response = client.get(address)
    assert response.status_code == 200
    page = read_page(response.content)
    assert page.one(id="event-log").some("progress") is None
    return page


@pytest.mark.parametrize("mode", ["refuse", "502", "hang", "401", "html", "list", "truncated-json"])
def test_it_says_on_the_start_page_that_there_is_no_list(
    mode: str, hoop: StandIn, operator: Client, settings: Any
) -> None:
    status, title = FAULTS[mode]
    hoop.faults.set(mode, **WAITS.get(mode, {}))
    with impatient(settings, when=FAULTS[mode] is SLOW):
        response = operator.get("/")
    page = read_page(keeps_quiet(response, hoop))
    assert response.status_code == status
    assert title in page.one(css="banners").text
    assert page.one("form", css="box")
    assert page.every("tbody") == []
    hoop.faults.clear()
    assert read_page(operator.get("/").content).one("tbody")


def test_it_lists_what_it_kept_while_hoop_is_away(hoop: StandIn, operator: Client) -> None:
    operator.get(f"/sessions/{hoop.id_of('bash-failed')}")
    hoop.faults.set("refuse")
    page = read_page(operator.get("/").content)
    assert (
        "Shown are sessions that were listed or opened here before, as they were then."
        in page.one(css="banners").text
    )
    assert [row.one("a").attributes["href"] for row in page.one("tbody").every("tr")] == [
        f"/sessions/{hoop.id_of('bash-failed')}"
    ]
    hoop.faults.clear()
    hoop.faults.set("401")
    response = operator.get("/")
    assert (response.status_code, read_page(response.content).every("tbody")) == (502, [])


def test_it_leaves_a_gateway_in_trouble_alone_and_says_since_when(
    settings: Any, hoop: StandIn, operator: Client
) -> None:
    settings.HOOPVIEWER_COOL_DOWN_SECONDS = 30
    hoop.faults.set("empty-500")
    first = operator.get(f"/sessions/{hoop.id_of('bash-failed')}")
    assert first.status_code == 503
    hoop.forget_requests()
    response = operator.get(f"/sessions/{hoop.id_of('bash-ok')}")
    page = answers_with(response, (503, "hoop failed a moment ago"), hoop)
    assert hoop.requests() == []
    assert re.search(r"Since \w{3} \d+ \w{3} \d{4}, \d\d:\d\d:\d\d UTC", page.text)
    assert 0 < int(response["Retry-After"]) <= 32


def test_it_obeys_the_wait_that_hoop_asks_for(settings: Any, hoop: StandIn, operator: Client) -> None:
    settings.HOOPVIEWER_COOL_DOWN_SECONDS = 1
    hoop.faults.set("503", retry_after=120)
    response = operator.get(f"/sessions/{hoop.id_of('bash-failed')}")
    assert (response.status_code, response["Retry-After"]) == (503, "120")
    again = operator.get(f"/sessions/{hoop.id_of('bash-failed')}")
    assert 30 < int(again["Retry-After"]) <= 122


def test_it_writes_the_number_of_the_request_and_no_content_to_the_log(
    hoop: StandIn, operator: Client, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    hoop.faults.set("html")
    response = operator.get(f"/sessions/{hoop.id_of('bash-failed')}?e=3")
    said = capsys.readouterr()
    lines = said.out + said.err + caplog.text
    assert response["X-Request-ID"] in lines
    assert "GatewayGarbled" in lines
    for secret in (hoop.auditor_key, "Sign in", SCRIPT):
        assert secret not in lines


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (GatewayNotFound("hoop has no such session"), "The hoop gateway knows no session with this id."),
        (
            GatewaySlow("hoop did not begin to answer within 20 s"),
            "hoop did not begin to answer within 20 s.",
        ),
        (
            GatewayUnreachable("connection refused"),
            "hoopviewer got no usable answer from the hoop gateway: connection refused.",
        ),
    ],
)
def test_it_says_once_what_happened(error: GatewayError, words: str) -> None:
    assert problem_of(error).happened == words


def test_it_says_when_hoop_is_asked_again() -> None:
    error = GatewayCoolingDown("connection refused", until=timezone.now() + timedelta(seconds=8))
    told = problem_of(error).happened
    assert re.fullmatch(r"Connection refused\. The next try is in (8|9|10) s\.", told)
