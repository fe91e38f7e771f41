"""Every page writes what it shows, in the name of who asked, and shows nothing that is not written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from sessions_ui.access.signin import local
from sessions_ui.demo.standin import StandIn
from sessions_ui.trail import store
from sessions_ui.trail.chain import Row
from sessions_ui.trail.models import ActorRecord
from tests.trails import clear_trail, rows

FRAGMENT = {"HTTP_HX_REQUEST": "true"}
PAGE = "0123456789abcdef" * 2


def new_rows(before: list[Row]) -> list[tuple[str, dict[str, Any]]]:
    return [(row.act, json.loads(row.about or "{}")) for row in rows()[len(before) :]]


@pytest.fixture
def path(hoop: StandIn, operator: Client) -> str:
    """A session's address; its log is here, and the trail begins after that."""
    path = f"/sessions/{hoop.id_of('bash-ok')}"
    operator.get(path)
    clear_trail()
    return path


@pytest.mark.parametrize(
    ("address", "act", "about"),
    [
        ("", "session-opened", {"events": [1, 5]}),
        ("?kinds=oe&view=raw", "session-opened", {"events": [2, 5], "kinds": "oe", "view": "raw"}),
        ("/log", "log-read", {"events": [1, 5]}),
        ("/log?from=2", "log-read", {"events": [2, 5]}),
        ("/citation?e=1-2", "log-read", {"events": [1, 2], "cited": True}),
        ("/search?q=hello", "searched", {"search": {"q": "hello"}, "hit": 1}),
    ],
)
def test_it_writes_which_part_was_shown(
    path: str, operator: Client, address: str, act: str, about: dict[str, Any]
) -> None:
    response = operator.get(path + address)

    assert response.status_code == 200
    (row,) = rows()
    assert (row.act, json.loads(row.about)) == (act, about)
    assert row.session == path.removeprefix("/sessions/")
    assert row.request == row.page == response["X-Request-ID"]
    actor = ActorRecord.objects.get(key=row.who)
    assert (actor.via, actor.role, actor.address) == ("local", "auditor", "127.0.0.1")


def test_it_writes_a_fragment_with_its_page(path: str, operator: Client) -> None:
    operator.get(f"{path}/log?from=2", headers={"Hoopviewer-Page": PAGE}, **FRAGMENT)
    operator.get(f"{path}/log?from=2", headers={"Hoopviewer-Page": "not a page's id"}, **FRAGMENT)

    with_page, without = rows()
    assert with_page.page == PAGE != with_page.request
    assert without.page == without.request


def test_it_has_htmx_say_which_page_asks(path: str, operator: Client) -> None:
    response = operator.get(path)
    header = f'hx-headers=\'{{"Hoopviewer-Page":"{response["X-Request-ID"]}"}}\''
    assert header in response.content.decode()


def test_it_writes_no_polls(path: str, operator: Client) -> None:
    operator.get(f"{path}/log?poll=1", **FRAGMENT)
    assert rows() == []


def test_it_writes_a_list_with_its_filters_and_no_poll_of_it(path: str, operator: Client) -> None:
    operator.get("/?verb=exec")
    operator.get("/?verb=exec", HTTP_HX_CURRENT_URL="http://testserver/?verb=exec", **FRAGMENT)
    operator.get("/?verb=connect", HTTP_HX_CURRENT_URL="http://testserver/?verb=exec", **FRAGMENT)

    assert new_rows([]) == [("list-read", {"verb": ["exec"]}), ("list-read", {"verb": ["connect"]})]


def test_it_writes_a_refusal(hoop: StandIn, as_person: Callable[[str], Client]) -> None:
    owen = as_person("owen@example.com")
    session_id = hoop.id_of("machine")
    assert owen.get(f"/sessions/{session_id}").status_code == 403

    (row,) = rows()
    assert (row.act, row.session, row.about) == ("refused", session_id, '{"page":"session"}')
    assert ActorRecord.objects.get(key=row.who).email == "owen@example.com"


@pytest.mark.parametrize("address", ["", "/log", "/citation?e=1-2", "/search?q=hello"])
def test_it_shows_nothing_that_it_could_not_write(
    path: str, operator: Client, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    def fail(*_: Any) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(store, "insert_rows", fail)
    for kind in ({}, FRAGMENT):
        response = operator.get(path + address, **kind)
        assert response.status_code == 503
        assert response["Retry-After"]
        assert "could not be written down" in response.content.decode()
        assert "hello" not in response.content.decode()


def test_it_lets_nobody_in_whom_it_could_not_write_down(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise DatabaseError("disk full")

    address = f"/open/{local.issue()}"
    monkeypatch.setattr(store, "insert_rows", fail)
    browser = Client()
    assert browser.get(address).status_code == 503
    assert not browser.cookies
