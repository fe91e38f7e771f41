"""Hidden input shown for a reason: to whom it may be, once, and only after it is written down."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as deployed
from django.test import Client

from sessions_ui.access.people import OPERATOR
from sessions_ui.demo.standin import StandIn
from sessions_ui.pages import reveal
from sessions_ui.trail.acts import Act
from sessions_ui.trail.store import TrailUnavailable
from tests.recordings import Part, read_page, recorded
from tests.trails import rows

SECRET = "s3cr3t-Pa55"
WHY = "Ticket SEC-17: was the old password typed?"


def log_page(client: Client, address: str, **posted: str) -> tuple[Any, Part]:
    response = client.post(address, posted) if posted else client.get(address)
    return response, read_page(response.content)


@pytest.fixture
def address(hoop: StandIn) -> str:
    return f"/sessions/{hoop.id_of('tty-shell')}"


def test_an_auditor_sees_a_stretch_once_and_it_is_written_down(operator: Client, address: str) -> None:
    _, page = log_page(operator, f"{address}/log?e=57")
    assert page.one(id="e57").one(css="row-text").text == "⟨input hidden⟩"
    _, form = log_page(operator, page.one("p", css="reveal-link").one("a").attributes["href"])
    action = form.one("form", css="reveal-form").attributes["action"]
    assert SECRET not in form.text

    shown, page = log_page(operator, action, reason=WHY)
    assert shown.status_code == 200
    assert "no-store" in shown["Cache-Control"]
    assert page.one(id="e57").one(css="row-text").lines == f"{SECRET}⟨enter⟩"
    # What was not asked for stays hidden, and so does what is copied.
    assert page.one(id="e54-55").one(css="row-text").text == "read -s -p 'Password: ' P"
    assert SECRET not in page.one(id="citation").text
    assert WHY in page.text

    (row,) = [row for row in rows() if row.act == str(Act.REVEALED)]
    assert json.loads(row.about) == {"events": [57, 57], "reason": WHY}
    assert row.session in address
    _, page = log_page(operator, f"{address}/log?e=57")
    assert SECRET not in page.text


def test_keys_that_are_one_row_are_shown_together(hoop: StandIn, operator: Client) -> None:
    keys = [
        (0.1, "o", b"Password: "),
        *((1 + n / 10, "i", bytes([byte])) for n, byte in enumerate(b"hunter2\r")),
    ]
    terminal = {"verb": "connect", "type": "custom", "connection_subtype": ""}
    address = f"/sessions/{hoop.add_session(terminal, [*keys, (3.0, 'o', b'ok')])}"
    _, page = log_page(operator, f"{address}/log")
    # One row, without its length.
    assert [row.one(css="row-no").text for row in page.every("li", css="row")] == ["1", "2", "10"]
    _, page = log_page(operator, f"{address}/reveal?e=5", reason=WHY)
    assert "hunter2 ⟨enter⟩" in page.text
    (row,) = [row for row in rows() if row.act == str(Act.REVEALED)]
    assert json.loads(row.about)["events"] == [2, 9]


def test_it_says_which_events_it_shows_of_long_rows(hoop: StandIn, operator: Client) -> None:
    """A key that is held down makes rows of 200 events; who asks for a part is shown all, and told so."""
    keys = [(0.1, "o", b"> "), *((1 + n / 100, "i", b"%d" % (n % 10)) for n in range(700)), (9.0, "o", b"ok")]
    terminal = {"verb": "connect", "type": "custom", "connection_subtype": ""}
    address = f"/sessions/{hoop.add_session(terminal, keys)}"
    for asked, first, last in (("300", 201, 400), ("390-410", 201, 600), ("650-701", 601, 701)):
        _, page = log_page(operator, f"{address}/reveal?e={asked}", reason=WHY)
        *_, row = [row for row in rows() if row.act == str(Act.REVEALED)]
        assert json.loads(row.about)["events"] == [first, last]
        assert f"Shown unmasked, this once: events {first} to {last}." in page.text
        typed = "".join(row.one(css="row-text").text for row in page.every("li", css="row"))
        # The first of all events that could be hidden has the digit 0.
        expected = "".join(str((number - 2) % 10) for number in range(first, last + 1))
        assert "".join(filter(str.isdigit, typed.replace("⟨input hidden⟩", ""))) == expected


def test_credentials_of_http_are_shown_as_well(hoop: StandIn, operator: Client) -> None:
    heads = [
        (n / 10, "i", b"GET /%d HTTP/1.1\r\nCookie: sid=%d-%s\r\n\r\n" % (n, n, SECRET.encode()))
        for n in (1, 2)
    ]
    address = f"/sessions/{hoop.add_session({'verb': 'connect', 'type': 'httpproxy'}, heads)}"
    _, page = log_page(operator, f"{address}/log?e=1")
    assert SECRET not in page.text
    assert page.one("p", css="reveal-link")
    _, page = log_page(operator, f"{address}/reveal?e=1", reason=WHY)
    assert f"Cookie: sid=1-{SECRET}" in page.text
    assert f"sid=2-{SECRET}" not in page.text


def test_nobody_else_sees_it(hoop: StandIn, as_person: Callable[[str], Client], address: str) -> None:
    """Not even who typed it: it may be somebody else's secret that they were given."""
    owner = as_person("owen@example.com")
    _, page = log_page(owner, f"{address}/log?e=57")
    assert page.some("p", css="reveal-link") is None
    for posted in ({}, {"reason": WHY}):
        response, page = log_page(owner, f"{address}/reveal?e=57", **posted)
        assert response.status_code == 403
        assert SECRET not in page.text
    assert str(Act.REVEALED) not in [row.act for row in rows()]


@pytest.mark.parametrize("reason", ["", "  ", "ab", "two\nlines", "x" * 301])
def test_it_asks_for_a_reason(operator: Client, address: str, reason: str) -> None:
    response = operator.post(f"{address}/reveal?e=57", {"reason": reason})
    assert response.status_code == 400
    assert "Give a reason" in response.content.decode()
    assert SECRET not in response.content.decode()


@pytest.mark.parametrize(("query", "status"), [("", 400), ("?e=x", 400), ("?e=1-201", 400), ("?e=500", 302)])
def test_it_shows_a_stretch_alone(operator: Client, address: str, query: str, status: int) -> None:
    response = operator.post(f"{address}/reveal{query}", {"reason": WHY})
    assert response.status_code == status
    assert SECRET not in response.content.decode()
    assert str(Act.REVEALED) not in [row.act for row in rows()]


def test_it_shows_nothing_that_it_cannot_write_down(
    operator: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **more: object) -> None:
        raise TrailUnavailable

    monkeypatch.setattr(reveal, "record", fail)
    response = operator.post(f"{address}/reveal?e=57", {"reason": WHY})
    assert response.status_code == 503
    assert SECRET not in response.content.decode()


def test_it_lets_nobody_go_through_a_log(
    operator: Client, address: str, clock_stands: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveal, "REVEALS", 2)
    statuses = [operator.post(f"{address}/reveal?e=57", {"reason": WHY}).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    # Another one has a count of their own.
    assert reveal.spend("reveal", "somebody else", most=2, seconds=600)
    assert OPERATOR.role == "auditor"


def test_it_takes_no_post_from_another_site(operator: Client, address: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    assert strict.post(f"{address}/reveal?e=57", {"reason": WHY}).status_code == 403


def cited(client: Client, address: str, query: str) -> Part:
    return read_page(client.get(f"{address}/log{query}").content).one(id="citation")


def link_of(part: Part) -> str:
    text = part.one("textarea", id="citation-text").text
    return text[text.index("&h=") + 3 :].split()[0]


def test_a_link_to_hidden_input_carries_a_keyed_hash(operator: Client, address: str) -> None:
    payload = {number: base64.b64decode(event[2]) for number, event in enumerate(stream(), 1)}
    part = cited(operator, address, "?e=57")
    key = hashlib.sha256(b"hoopviewer.seal " + deployed.SECRET_KEY.encode()).digest()
    session_id = address.removeprefix("/sessions/")
    expected = hmac.new(key, f"{session_id} 57 ".encode() + payload[57], "sha256").hexdigest()
    prefix = link_of(part)
    assert prefix == f"k{hashlib.sha256(key + b'id').hexdigest()[:4]}.{expected[:16]}"
    for plain in (payload[57], payload[57].rstrip(), b"[input hidden]"):
        assert hashlib.sha256(plain).hexdigest()[:8] not in part.raw + str(part.attributes)

    assert "Unchanged" in cited(operator, address, f"?e=57&h={prefix}").text
    other = prefix[:-1] + ("0" if prefix[-1] != "0" else "1")
    assert "The link was made for other content" in cited(operator, address, f"?e=57&h={other}").text
    # A stretch without hidden input has a hash that anybody can make.
    assert link_of(cited(operator, address, "?e=56")) == hashlib.sha256(payload[56]).hexdigest()[:16]


def test_a_guess_is_neither_right_nor_wrong(operator: Client, address: str) -> None:
    """A plain hash in the link is what somebody would try: the answer is the same for all of them."""
    right = hashlib.sha256(base64.b64decode(stream()[56][2])).hexdigest()[:16]
    answers = [cited(operator, address, f"?e=57&h={guess}").text for guess in (right, "0" * 16)]
    assert answers[0] == answers[1]
    assert "Whether it is unchanged is not known" in answers[0]
    stale = cited(operator, address, f"?e=57&h=k0000.{'0' * 16}").text
    assert "made with a key that is no longer used here" in stale


def test_the_same_input_elsewhere_has_another_hash(hoop: StandIn, operator: Client) -> None:
    """Who types a guess into a session of their own cannot compare."""
    terminal = {"verb": "connect", "type": "custom", "connection_subtype": ""}
    events = [(0.1, "i", b"guess\r"), (0.2, "i", b"guess\r")]
    mine = [f"/sessions/{hoop.add_session(terminal, events)}" for _ in range(2)]
    links = {link_of(cited(operator, address, f"?e={event}")) for address in mine for event in (1, 2)}
    assert len(links) == 4


def stream() -> list[Any]:
    events: list[Any] = recorded("tty-shell/session.expand.json")["event_stream"]
    return events
