"""How pages went, as the server's calls tell it: sent, left in the middle, an error page instead."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError
from django.test import Client, RequestFactory

from sessions_ui.access.sent import TellHowItWent
from sessions_ui.demo.standin import StandIn
from sessions_ui.pages import session as session_page
from sessions_ui.trail import store
from tests.trails import clear_trail, rows

Ask = Callable[..., tuple[str, Any]]


@pytest.fixture
def ask(hoop: StandIn, operator: Client) -> Ask:
    """Asks as the server does; the answer is still to be read and closed."""
    site = TellHowItWent(get_wsgi_application())
    factory = RequestFactory()
    factory.cookies = operator.cookies
    session_id = hoop.id_of("bash-ok")
    operator.get(f"/sessions/{session_id}/log")
    clear_trail()

    def asked(path: str, *, method: str = "GET") -> tuple[str, Any]:
        environ = factory.generic(method, path.format(session=f"/sessions/{session_id}")).environ
        statuses: list[str] = []
        answer = site(environ, lambda status, *_: statuses.append(status))
        return statuses[0].partition(" ")[0], answer

    return asked


def told() -> list[tuple[str, int, dict[str, Any]]]:
    return [(row.act, row.ends, json.loads(row.about or "{}") if row.ends else {}) for row in rows()]


@pytest.mark.parametrize(
    ("path", "act"),
    [
        ("/", "list-read"),
        ("{session}", "session-opened"),
        ("{session}/log?from=2", "log-read"),
        ("{session}/search?q=e", "searched"),
        ("/trail", "trail-read"),
    ],
)
def test_it_tells_what_was_sent_behind_the_answer(ask: Ask, path: str, act: str) -> None:
    status, answer = ask(path)
    content = b"".join(answer)
    assert (status, told()) == ("200", [(act, 0, {})])
    answer.close()
    answer.close()
    assert told()[1:] == [("ended", 1, {"bytes": len(content), "outcome": "finished"})]
    first, second = rows()
    for name in ("who", "session", "request", "page"):
        assert getattr(second, name) == getattr(first, name)


def test_it_tells_that_the_reader_left(ask: Ask) -> None:
    _, answer = ask("{session}")
    next(iter(answer))
    answer.close()
    assert told()[1:] == [("ended", 1, {"bytes": 0, "outcome": "broken off"})]


def test_it_counts_no_body_of_a_head(ask: Ask) -> None:
    _, answer = ask("/trail", method="HEAD")
    assert len(b"".join(answer)) > 0
    answer.close()
    assert told()[1:] == [("ended", 1, {"bytes": 0, "outcome": "finished"})]


def test_it_tells_that_an_error_was_shown_instead(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no page")

    monkeypatch.setattr(session_page, "render", fail)
    status, answer = ask("{session}")
    content = b"".join(answer)
    answer.close()
    assert status == "500"
    assert told()[1:] == [("ended", 1, {"bytes": len(content), "outcome": "finished", "status": 500})]
    _, page = ask("/trail")
    assert b"an error page instead (500)" in b"".join(page)
    page.close()


def test_it_says_unknown_where_it_could_not_be_told(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise DatabaseError("disk full")

    _, answer = ask("{session}")
    with monkeypatch.context() as patched:
        patched.setattr(store, "insert_rows", fail)
        assert b"".join(answer)
        answer.close()
    assert told() == [("session-opened", 0, {})]
    _, page = ask("/trail")
    assert b"unknown" in b"".join(page)
    page.close()


def test_it_tells_nothing_of_what_is_no_content(ask: Ask) -> None:
    _, answer = ask("/healthz")
    answer.close()
    assert told() == []
