from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from sessions_ui.access.signin import local
from sessions_ui.access.signin.sign_ins import digest
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import LocalEntryRecord
from tests.trails import rows

pytestmark = [pytest.mark.django_db, pytest.mark.database]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_it_opens_once_and_keeps_the_browser_in(hoop: StandIn) -> None:
    token = local.issue()
    browser, other = Client(), Client()
    opened = browser.get(f"/open/{token}")
    assert (opened.status_code, opened["Location"]) == (302, "/")
    assert browser.get("/").status_code == 200
    again = other.get(f"/open/{token}")
    assert again.status_code == 403
    assert b"used already" in again.content
    assert other.get("/").status_code == 401
    # Somebody else's attempt costs the first browser nothing.
    assert browser.get("/").status_code == 200


def test_it_stores_hashes_only_and_swaps_the_token() -> None:
    token = local.issue()
    browser = Client()
    browser.get(f"/open/{token}")
    cookie = browser.cookies[local.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie.value != token
    stored = LocalEntryRecord.objects.get().token_hash
    assert stored == digest(cookie.value)
    assert len(stored) == 64


def test_it_takes_no_address_for_a_cookie() -> None:
    token = local.issue()
    browser = Client()
    browser.cookies[local.COOKIE] = token
    assert browser.get("/").status_code == 401
    Client().get(f"/open/{token}")
    assert browser.get("/").status_code == 401


def test_it_says_why_it_is_closed() -> None:
    answer = Client().get("/")
    assert answer.status_code == 401
    assert b"one-time address" in answer.content
    assert b"Start" in answer.content or b"start" in answer.content


def test_it_says_so_to_programs_as_json() -> None:
    answer = Client().get("/api/sessions/8d2a3b1c-0000-4000-8000-000000000000")
    assert answer.status_code == 401
    assert "one-time address" in answer.json()["message"]


def test_it_ends_earlier_addresses_and_browsers_at_the_next_start() -> None:
    first = local.issue()
    browser = Client()
    browser.get(f"/open/{first}")
    waiting = local.issue()
    local.issue()
    assert browser.get("/").status_code == 401
    assert Client().get(f"/open/{waiting}").status_code == 403


def test_it_ends_after_half_a_day() -> None:
    with time_machine.travel(START, tick=False) as clock:
        token = local.issue()
        browser = Client()
        browser.get(f"/open/{token}")
        clock.shift(timedelta(hours=11, minutes=59))
        assert local.is_open(browser.cookies[local.COOKIE].value)
        clock.shift(timedelta(minutes=2))
        assert not local.is_open(browser.cookies[local.COOKIE].value)
        old = local.issue()
        clock.shift(timedelta(hours=12, minutes=1))
        assert local.redeem(old) is None


@pytest.mark.parametrize("method", ["head", "post"])
def test_it_is_not_opened_by_a_preview(method: str) -> None:
    token = local.issue()
    assert getattr(Client(), method)(f"/open/{token}").status_code == 405
    assert local.redeem(token)


@pytest.mark.parametrize("cookie", ["", "x", "é", "0" * 5000])
def test_it_refuses_an_invented_cookie(cookie: str) -> None:
    local.issue()
    browser = Client()
    browser.cookies[local.COOKIE] = cookie
    assert browser.get("/").status_code == 401


def test_it_gives_one_token_to_one_of_many() -> None:
    token = local.issue()
    assert [local.redeem(token) is not None for _ in range(3)] == [True, False, False]


def test_it_closes_the_door_behind_who_leaves(hoop: StandIn) -> None:
    browser = Client()
    browser.get(f"/open/{local.issue()}")
    cookie = browser.cookies[local.COOKIE].value
    assert b"Sign out" in browser.get("/").content
    assert b"Start hoopviewer again" in browser.post("/sign-out").content
    assert not local.is_open(cookie)
    assert browser.get("/").status_code == 401
    Client().get("/open/x")
    assert [row.act for row in rows()] == ["signed-in", "list-read", "signed-out", "sign-in-refused"]
