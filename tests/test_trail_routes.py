"""Every address of the program, and the rows it writes: a new one without an entry here fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from sessions_ui.access.signin import local
from sessions_ui.demo.standin import StandIn
from sessions_ui.trail import store
from sessions_ui.trail.acts import SENT, SENT_IN_PARTS, Act
from sessions_ui.trail.chain import Row
from tests.trails import clear_trail, rows


@dataclass(frozen=True)
class Visit:
    """A path (``{id}``: of a session whose log is here), asked as an auditor, and the acts of its rows."""

    path: str
    acts: tuple[Act, ...]
    status: int = 200
    post: dict[str, str] | None = None
    fragment: bool = False


S = "/sessions/{id}"
#: What each route writes. A sentence instead says why it writes nothing.
ROUTES: dict[str, tuple[Visit, ...] | str] = {
    "home": (
        Visit("/", (Act.LIST_READ,)),
        Visit("/?verb=exec", (Act.LIST_READ,), fragment=True),
        Visit("/?q=nothing", (Act.LIST_READ,), status=400),
    ),
    "list-covering": (Visit(f"/covering?id={'0' * 32}", (Act.LIST_READ,), fragment=True),),
    "list-export": (Visit("/export?format=csv", (Act.EXPORTED, Act.ENDED)),),
    "session": (Visit(S, (Act.SESSION_OPENED,)),),
    "session-log": (
        Visit(f"{S}/log", (Act.LOG_READ,)),
        Visit(f"{S}/log?from=2", (Act.LOG_READ,), fragment=True),
    ),
    "session-citation": (
        Visit(f"{S}/citation?e=1-2", (Act.LOG_READ,)),
        Visit(f"{S}/citation?e=1-2", (Act.LOG_READ,), fragment=True),
    ),
    "session-search": (
        Visit(f"{S}/search?q=e", (Act.SEARCHED,)),
        Visit(f"{S}/search?q=e", (Act.SEARCHED,), fragment=True),
    ),
    "session-review": (Visit(f"{S}/review", (Act.SESSION_OPENED,), status=286, fragment=True),),
    "session-covering-approval": (Visit(f"{S}/covering-approval", (Act.SESSION_OPENED,)),),
    "session-related": (
        Visit(f"{S}/related", (Act.LIST_READ,)),
        Visit(f"{S}/related", (Act.LIST_READ,), fragment=True),
    ),
    "session-reveal": (Visit(f"{S}/reveal?e=1", (Act.REVEALED,), post={"reason": "Ticket 17"}),),
    "session-download": (Visit(f"{S}/download?format=csv", (Act.DOWNLOADED, Act.ENDED)),),
    "session-download-form": (Visit(f"{S}/download/form", (Act.SESSION_OPENED,)),),
    "trail": (Visit("/trail", (Act.TRAIL_READ,)),),
    "trail-export": (Visit("/trail/export?format=json", (Act.EXPORTED, Act.ENDED)),),
    "people": (Visit("/people", (Act.PEOPLE_READ,)),),
    "people-export": (Visit("/people/export?format=csv", (Act.EXPORTED, Act.ENDED)),),
    "tokens": (Visit("/tokens", (Act.TOKEN_MADE,), status=201, post={"name": "x", "days": "1"}),),
    "token-revoke": (Visit("/tokens/1/revoke", (Act.TOKEN_ENDED,), status=302, post={}),),
    "session-api": (
        Visit("/api{session}", (Act.API_CALLED, Act.ENDED)),
        Visit("/api{session}?expand=event_stream", (Act.API_CALLED, Act.ENDED)),
        Visit("/api{session}?extension=csv", (Act.LINK_MADE,)),
    ),
    "link": (Visit("{link}", (Act.LINK_USED, Act.ENDED)),),
    "enter": (Visit("{enter}", (Act.SIGNED_IN,), status=302),),
    "sign-out": (Visit("/sign-out", (Act.SIGNED_OUT,), post={}),),
    "sign-in": "leads on to the provider; tests/test_oidc.py holds what is written on the way",
    "back-channel": "tests/test_back_channel.py holds what it writes: signed-out",
    "sign-in-callback": "tests/test_oidc.py holds what it writes: signed-in, or sign-in-refused",
    "signed-out": "says only that somebody is signed out",
    "openapi": "describes the API, and no session",
    "healthz": "says only that the process lives",
    "readyz": "says only that the site can work",
}


def names(patterns: list[Any]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        else:
            assert isinstance(pattern, URLPattern)
            yield str(pattern.name)


def test_it_knows_every_route() -> None:
    assert set(names(get_resolver().url_patterns)) == set(ROUTES)


@pytest.fixture
def places(hoop: StandIn, operator: Client, settings: Any) -> Callable[[str], str]:
    """Makes an address of a path: a session that is read already, a link, a way in."""
    settings.HOOPVIEWER_PUBLIC_URL = "http://testserver"
    session_id = hoop.id_of("bash-ok")
    operator.get(f"/sessions/{session_id}/log")

    def place(path: str) -> str:
        link = enter = ""
        if "{link}" in path:
            made = operator.get(f"/api/sessions/{session_id}?extension=csv").json()
            link = made["download_url"].removeprefix("http://testserver")
        if "{enter}" in path:
            enter = f"/open/{local.issue()}"
        return path.format(id=session_id, session=f"/sessions/{session_id}", link=link, enter=enter)

    return place


def test_it_writes_a_row_for_whatever_shows_something(places: Callable[[str], str], operator: Client) -> None:
    wrong = []
    for name, visits in ROUTES.items():
        for visit in visits if not isinstance(visits, str) else ():
            response, found = visited(operator, places(visit.path), visit)
            acts = tuple(row.act for row in found)
            if (response.status_code, acts) != (visit.status, visit.acts):
                wrong.append((name, visit, response.status_code, acts))
            for row in found:
                check(row, found, of_a_session="id}" in visit.path or "session}" in visit.path)
    assert wrong == []


def visited(operator: Client, address: str, visit: Visit) -> tuple[Any, list[Row]]:
    clear_trail()
    headers = {"HX-Request": "true"} if visit.fragment else {}
    if visit.post is None:
        response = operator.get(address, headers=headers)
    else:
        response = operator.post(address, visit.post, headers=headers)
    if response.streaming:
        assert b"".join(response)
        response.close()
    return response, rows()


def test_it_says_of_whatever_shows_something_how_it_went() -> None:
    """Its second row: what has none tells of a deed, and shows nothing."""
    acts = {
        act for visits in ROUTES.values() if not isinstance(visits, str) for v in visits for act in v.acts
    }
    deeds = {Act.SIGNED_IN, Act.SIGNED_OUT, Act.TOKEN_MADE, Act.TOKEN_ENDED, Act.LINK_MADE, Act.REFUSED}
    assert acts - deeds - {Act.ENDED} <= SENT


def check(row: Row, found: list[Row], *, of_a_session: bool) -> None:
    assert len(row.session) == (36 if of_a_session or row.act == Act.LINK_USED else len(row.session))
    if row.act == Act.ENDED:
        assert found[row.ends - 1].act in SENT_IN_PARTS
        assert json.loads(row.about)["outcome"] == "finished"


def test_it_shows_nothing_anywhere_that_it_could_not_write(
    places: Callable[[str], str], operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise DatabaseError("disk full")

    wrong = []
    for visits in ROUTES.values():
        for visit in visits if not isinstance(visits, str) else ():
            if Act.SIGNED_OUT in visit.acts:
                # Who leaves is shown nothing either way.
                continue
            address = places(visit.path)
            with monkeypatch.context() as patched:
                patched.setattr(store, "insert_rows", fail)
                response, found = visited(operator, address, visit)
            if response.status_code != 503 or found or "Retry-After" not in response:
                wrong.append((visit, response.status_code, found))
    assert wrong == []
