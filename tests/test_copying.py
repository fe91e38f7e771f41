"""hoop's switch for the clipboard: obeyed on pages and fragments; not knowing it counts as off."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from sessions_ui.archive import gateway_facts
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import ServerRecord
from sessions_ui.pages import shared_windows
from sessions_ui.pages.copying import OFF, UNKNOWN

#: What is copied: the id and the link, the hash, a citation.
ADDRESSES = (
    "/sessions/{}",
    "/sessions/{}/log?e=1-2",
    "/sessions/{}/citation?e=1-2",
    "/sessions/{}/download/form",
)


@pytest.fixture
def session_id(hoop: StandIn, operator: Client) -> str:
    found = hoop.id_of("bash-ok")
    operator.get(f"/sessions/{found}/log")
    forget()
    return found


def forget() -> None:
    gateway_facts.forget()
    ServerRecord.objects.all().delete()
    shared_windows.forget()


def switch(hoop: StandIn, value: Any) -> None:
    hoop.state.server["serverinfo"] |= {"disable_clipboard_copy_cut": value}


def answers(client: Client, session_id: str) -> dict[str, str]:
    return {
        f"{address} {headers}": client.get(address.format(session_id), headers=headers).content.decode()
        for address in ADDRESSES
        for headers in ({}, {"HX-Request": "true"})
    }


def test_it_copies_where_hoop_allows_it(session_id: str, operator: Client) -> None:
    for where, text in answers(operator, session_id).items():
        assert "data-copy=" in text, where
        assert "data-copying-off" not in text, where


def test_it_copies_nothing_where_hoop_has_switched_it_off(
    hoop: StandIn, session_id: str, operator: Client
) -> None:
    switch(hoop, True)
    for where, text in answers(operator, session_id).items():
        for word in ("data-copy=", "data-copy-link", "<textarea"):
            assert word not in text, (where, word)
        assert OFF in text, where
    # hoop's own API has no such switch, nor one for what its page shows.
    answer = operator.get(f"/api/sessions/{session_id}?expand=event_stream")
    assert b'"event_stream"' in answer.getvalue()
    assert operator.get(f"/api/sessions/{session_id}?extension=csv").status_code != 403


@pytest.mark.parametrize("value", [None, "false", 0])
def test_it_takes_no_other_word_for_allowed(
    hoop: StandIn, session_id: str, operator: Client, value: Any
) -> None:
    switch(hoop, value)
    page = operator.get(f"/sessions/{session_id}").content.decode()
    assert "data-copy=" not in page
    assert "data-copying-off" in page


def test_it_copies_nothing_while_hoop_does_not_say(hoop: StandIn, session_id: str, operator: Client) -> None:
    hoop.faults.set("503", path="/api/serverinfo", times=None)
    page = operator.get(f"/sessions/{session_id}").content.decode()
    assert "data-copy=" not in page
    assert UNKNOWN in page
    asked = len(hoop.requests("/api/serverinfo"))
    assert asked >= 1
    operator.get(f"/sessions/{session_id}/log")
    assert len(hoop.requests("/api/serverinfo")) == asked


def test_it_asks_once_for_many_pages(hoop: StandIn, session_id: str, operator: Client) -> None:
    hoop.forget_requests()
    answers(operator, session_id)
    assert len(hoop.requests("/api/serverinfo")) == 1
