"""``/sessions/<id>/search``: the page, its fragment, its refusals, and nothing hostile let through."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.test import Client, RequestFactory

from sessions_ui.archive.event_logs import Arriving, NotRead
from sessions_ui.archive.searching import search_log, search_slot
from sessions_ui.demo.standin import StandIn
from sessions_ui.pages import search as page
from sessions_ui.pages.log_hits import is_gone, person_key
from tests.pages import outline

FRAGMENT = {"HTTP_HX_REQUEST": "true"}


def asked(client: Client, session_id: str, query: str, **headers: str) -> tuple[int, str]:
    response = client.get(f"/sessions/{session_id}/search?{query}", **headers)  # type: ignore[arg-type]
    assert {"HX-Request", "Cookie"} <= set(response["Vary"].split(", "))
    html = response.content.decode()
    outline(html.strip())
    return response.status_code, html


def test_it_works(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_large_log(2000)
    status, html = asked(operator, session_id, "q=status%3D200&hit=101")
    assert status == 200
    count = int(re.search(r": ([\d,]+) hits", html)[1].replace(",", ""))  # type: ignore[index]
    assert count > 1900
    assert f"Hits 101–200 of {count:,}" in html
    assert f'href="/sessions/{session_id}/search?q=status%3D200&amp;hit=201"' in html
    assert f'href="/sessions/{session_id}/search?q=status%3D200&amp;hit=1"' in html
    assert html.count("<mark><span") == 100
    assert '<mark><span class="">status=200</span></mark>' in html
    asked_for = "q=status%3D200&amp;hit=101"
    link = re.search(rf'href="(/sessions/{session_id}\?e=(\d+)\.1&amp;{asked_for}#e\2)">Event', html)
    assert link is not None
    assert operator.get(unescape(link[1]).partition("#")[0]).status_code == 200


def test_it_gives_htmx_the_panel_alone(hoop: StandIn, operator: Client) -> None:
    status, html = asked(operator, hoop.id_of("bash-ok"), "q=e", **FRAGMENT)
    assert status == 200
    assert outline(html.strip()).roots == 1
    assert 'id="log-search"' in html
    assert "<html" not in html


def test_it_gives_a_page_to_the_history(hoop: StandIn, operator: Client) -> None:
    restoring = {**FRAGMENT, "HTTP_HX_HISTORY_RESTORE_REQUEST": "true"}
    _, html = asked(operator, hoop.id_of("bash-ok"), "q=e", **restoring)
    assert "<html" in html


def test_it_offers_the_form_before_anything_is_asked(hoop: StandIn, operator: Client) -> None:
    status, html = asked(operator, hoop.id_of("bash-ok"), "")
    assert status == 200
    assert 'id="search-answer"' not in html
    assert f'action="/sessions/{hoop.id_of("bash-ok")}/search"' in html


def test_it_says_that_it_searched_everything_and_found_nothing(hoop: StandIn, operator: Client) -> None:
    status, html = asked(operator, hoop.add_large_log(500), "q=nowhere&lane=printed&case=1")
    assert status == 200
    assert re.search(
        r"Searched 499 of 500 events, [\d.]+ kB: no hit\. Only what was printed was searched\.", html
    )
    assert 'name="case" value="1" checked' in html
    assert '<option value="printed" selected>' in html


@pytest.mark.parametrize(
    "query", ["q=" + "x" * 513, "q=x&case=yes", "q=x&regex=2", "q=x&lane=other", "q=x&hit=0", "q=x&hit=last"]
)
@pytest.mark.parametrize("headers", [{}, FRAGMENT])
def test_it_rejects_what_it_cannot_understand(
    query: str, headers: dict[str, str], hoop: StandIn, operator: Client
) -> None:
    status, html = asked(operator, hoop.id_of("bash-ok"), query, **headers)
    assert status == 400
    assert "This address cannot be understood" in html


def test_it_says_what_is_wrong_with_an_expression(hoop: StandIn, operator: Client) -> None:
    status, html = asked(operator, hoop.id_of("bash-ok"), "q=a%28b&regex=1")
    assert status == 400
    assert "does not take this expression: missing ): a(b." in html
    assert 'value="a(b"' in html
    assert 'aria-invalid="true"' in html


def test_it_refuses_a_third_search(hoop: StandIn, operator: Client) -> None:
    key = person_key(page.person_of_request(_request(operator)))
    with search_slot(key), search_slot(key):
        response = operator.get(f"/sessions/{hoop.id_of('bash-ok')}/search?q=a")
    assert response.status_code == 429
    assert response["Retry-After"] == "5"
    assert "Two searches of yours are still under way." in response.content.decode()


def _request(client: Client) -> Any:
    from sessions_ui.access.people import OPERATOR

    request = RequestFactory().get("/")
    request.person = OPERATOR  # type: ignore[attr-defined]
    return request


def test_it_shows_nothing_of_a_recording_that_is_not_for_them(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = page.open_session
    monkeypatch.setattr(page, "open_session", lambda *args: replace(real(*args), log=None))
    status, html = asked(operator, hoop.id_of("bash-ok"), "q=e")
    assert status == 403
    assert "<mark>" not in html


def test_it_searches_no_log_that_is_still_arriving(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = page.open_session
    arriving = Arriving(84_000, 1, 2, page.timezone.now())
    monkeypatch.setattr(page, "open_session", lambda *args: replace(real(*args), log=arriving))
    response = operator.get(f"/sessions/{hoop.id_of('bash-ok')}/search?q=e")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "84,000 events so far" in response.content.decode()


def test_it_says_why_a_recording_could_not_be_read(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = page.open_session
    unread = NotRead("GatewayGarbled", "<b>half</b> an answer", page.timezone.now(), 7)
    monkeypatch.setattr(page, "open_session", lambda *args: replace(real(*args), log=unread))
    status, html = asked(operator, hoop.id_of("bash-ok"), "q=e")
    assert status == 502
    assert "nothing of it was kept: &lt;b&gt;half&lt;/b&gt; an answer." in html


def test_it_answers_a_part_when_time_is_over(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "search_log", lambda *args, **more: search_log(*args, **more, seconds=0))
    status, html = asked(operator, hoop.id_of("bash-ok"), "q=e")
    assert status == 200
    assert "Searched 0 % of the recording in 20 s: no hit so far." in html


def test_it_leads_to_the_id_as_hoop_writes_it(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    response = operator.get(f"/sessions/{session_id.upper()}/search?q=a+b")
    assert (response.status_code, response["Location"]) == (302, f"/sessions/{session_id}/search?q=a+b")


def test_it_escapes_what_is_hostile(hoop: StandIn, operator: Client) -> None:
    for case in ("bash-hostile", "tty-vi", "rdp", "bad-base64"):
        for query in ("q=.%2A&regex=1", "q=%3Cscript%3E", "q=%22%27%3E%3Cimg+src%3Dx+onerror%3D1%3E"):
            status, html = asked(operator, hoop.id_of(case), query)
            assert status == 200
            assert "<script>alert" not in html
            assert not [found for found in outline(html).attributes if found[1] == "onerror"]
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)


def test_it_notices_that_the_client_hung_up() -> None:
    ours, theirs = socket.socketpair()
    request = RequestFactory().get("/", **{"gunicorn.socket": ours})  # type: ignore[arg-type]
    assert not is_gone(request)
    theirs.sendall(b"GET")
    assert not is_gone(request)
    ours.recv(3)
    theirs.close()
    assert is_gone(request)
    ours.close()
    assert is_gone(request)
    assert not is_gone(RequestFactory().get("/"))


def test_it_says_what_it_did_not_search(hoop: StandIn, operator: Client) -> None:
    """Never "all", where what was typed is hidden; and that is not offered as a place to search."""
    status, html = asked(operator, hoop.id_of("tty-shell"), "q=zzz")
    assert status == 200
    assert re.search(r"Searched \d+ of \d+ events, [^:]+: no hit\. What was typed is hidden", html)
    assert 'value="typed"' not in html
    assert 'value="typed"' in asked(operator, hoop.id_of("bash-ok"), "q=zzz")[1]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("payroll-approved", "There is nothing to search: nothing has been recorded yet."),
        ("rdp", "There is nothing to search: the recording holds no text."),
    ],
)
def test_it_says_that_there_is_nothing_to_search(
    case: str, words: str, hoop: StandIn, operator: Client
) -> None:
    assert words in asked(operator, hoop.id_of(case), "q=zzz")[1]
