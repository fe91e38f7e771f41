"""The table of sign-ins: what a cookie opens, for how long, and who was here when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command

from sessions_ui.access.people import Person
from sessions_ui.access.signin import sign_ins
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.oidc import FOLLOWING
from sessions_ui.access.tokens import make_token, tokens_of
from sessions_ui.models import SignInRecord

pytestmark = [pytest.mark.django_db, pytest.mark.database]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
OWEN = Identity("oidc", "https://id.example.com", "00u1", "owen@example.com", "Owen", ("dba-ext",))


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as travelling:
        yield travelling


def test_it_finds_who_began() -> None:
    token = sign_ins.begin(OWEN, id_token="eyJ.the.token")
    found = sign_ins.find(token)
    assert found
    assert (found.identity, found.began_at, found.id_token) == (OWEN, START, "eyJ.the.token")
    assert sign_ins.begin(OWEN) != token


def test_it_stores_neither_cookie_nor_id_token() -> None:
    token = sign_ins.begin(OWEN, id_token="eyJ.the.token")
    row = SignInRecord.objects.get()
    stored = repr({name: bytes(v) if isinstance(v, memoryview) else v for name, v in vars(row).items()})
    assert token not in stored
    assert "eyJ" not in stored
    assert row.token_hash == sign_ins.digest(token)


@pytest.mark.parametrize("cookie", ["", "x", "é", "\ud800", "0" * 5000])
def test_it_finds_nobody_by_an_invented_cookie(cookie: str) -> None:
    sign_ins.begin(OWEN)
    sign_ins.note(OWEN)
    assert sign_ins.find(cookie) is None


def test_it_ends_when_nobody_looks(clock: Any) -> None:
    token = sign_ins.begin(OWEN)
    clock.shift(timedelta(minutes=119))
    assert sign_ins.find(token)
    clock.shift(timedelta(minutes=119))
    assert sign_ins.find(token)
    clock.shift(timedelta(minutes=120))
    assert sign_ins.find(token) is None


def test_it_ends_under_a_page_that_asks_by_itself(clock: Any) -> None:
    token = sign_ins.begin(OWEN)
    for _ in range(3):
        clock.shift(timedelta(minutes=39))
        assert sign_ins.find(token, by_itself=True)
    clock.shift(timedelta(minutes=39))
    assert sign_ins.find(token, by_itself=True) is None


def test_it_knows_every_part_that_asks_by_itself() -> None:
    """By the ids of the templates' elements."""
    found: set[str] = set()
    for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
        tags = re.findall(r"<(?:section|div)[^>]*hx-trigger=\"(?:load|every)[^>]*>", path.read_text())
        found |= {re.findall(r'[ ]id="([a-z-]+)"', tag)[0] for tag in tags}
    assert found == FOLLOWING


def test_it_ends_after_half_a_day_however_busy(clock: Any) -> None:
    token = sign_ins.begin(OWEN)
    for _ in range(11):
        clock.shift(timedelta(hours=1))
        assert sign_ins.find(token)
    clock.shift(timedelta(minutes=61))
    assert sign_ins.find(token) is None


def test_it_ends_earlier_where_the_provider_wants_it(clock: Any) -> None:
    token = sign_ins.begin(OWEN, ends_at=START + timedelta(minutes=30))
    later = sign_ins.begin(OWEN, ends_at=START + timedelta(days=9))
    clock.shift(timedelta(minutes=31))
    assert sign_ins.find(token) is None
    assert sign_ins.find(later)
    assert SignInRecord.objects.get(token_hash=sign_ins.digest(later)).ends_at == START + timedelta(hours=12)


def test_it_writes_once_a_minute_only(clock: Any, django_assert_num_queries: Any) -> None:
    token = sign_ins.begin(OWEN)
    with django_assert_num_queries(1):
        sign_ins.find(token)
    clock.shift(timedelta(seconds=61))
    with django_assert_num_queries(2):
        sign_ins.find(token)


def test_it_signs_out_one_browser_and_leaves_the_other() -> None:
    here, there = sign_ins.begin(OWEN, id_token="t"), sign_ins.begin(OWEN)
    sign_ins.end(here)
    assert sign_ins.find(here) is None
    assert sign_ins.find(there)
    assert bytes(SignInRecord.objects.get(token_hash=sign_ins.digest(here)).id_token) == b""


def test_it_signs_a_person_out_everywhere(clock: Any) -> None:
    over = sign_ins.begin(OWEN)
    clock.shift(timedelta(hours=13))
    two = [sign_ins.begin(OWEN), sign_ins.begin(replace(OWEN, issuer="https://other.example.com"))]
    other = sign_ins.begin(replace(OWEN, subject="00u2", email="rita@example.com"))
    sign_ins.note(replace(OWEN, way="proxy"))
    ended = sign_ins.end_all("OWEN@example.com")
    assert (ended.browsers, ended.by_proxy) == (2, True)
    assert set(ended.people) == {(OWEN.issuer, "00u1"), ("https://other.example.com", "00u1")}
    assert [sign_ins.find(token) for token in (over, *two)] == [None] * 3
    assert sign_ins.find(other)
    assert sign_ins.end_all("00u2") == sign_ins.Ended(1, [(OWEN.issuer, "00u2")], False)
    assert sign_ins.end_all("nobody@example.com") == sign_ins.Ended(0, [], False)


def test_it_notes_who_comes_without_a_cookie(clock: Any) -> None:
    sign_ins.note(OWEN)
    clock.shift(timedelta(minutes=59))
    assert sign_ins.is_noted(OWEN)
    assert not sign_ins.is_noted(replace(OWEN, subject="00u2"))
    sign_ins.note(replace(OWEN, subject="00u2"))
    clock.shift(timedelta(minutes=2))
    assert not sign_ins.is_noted(OWEN)
    sign_ins.note(OWEN)
    assert sign_ins.find_newest(OWEN.issuer, OWEN.subject) == (OWEN, START + timedelta(minutes=61))
    # However long they come, it is a row a person.
    assert SignInRecord.objects.count() == 2


def test_it_knows_when_somebody_was_last_let_in(clock: Any) -> None:
    assert sign_ins.find_newest(OWEN.issuer, OWEN.subject) is None
    sign_ins.end(sign_ins.begin(OWEN))
    clock.shift(timedelta(days=200))
    assert sign_ins.find_newest(OWEN.issuer, OWEN.subject) == (OWEN, START)
    # The e-mail address is not the person.
    assert sign_ins.find_newest("https://other.example.com", OWEN.subject) is None
    sign_ins.begin(replace(OWEN, name="Owen Ops"))
    assert SignInRecord.objects.count() == 1
    rita = replace(OWEN, way="proxy", subject="00u2", email="rita@example.com")
    sign_ins.note(rita)
    sign_ins.begin(OWEN)
    clock.shift(timedelta(hours=1))
    sign_ins.begin(replace(OWEN, name="Owen Ops"))
    last = START + timedelta(days=200)
    assert sign_ins.last_sign_ins() == [
        (rita, last),
        (replace(OWEN, name="Owen Ops"), last + timedelta(hours=1)),
    ]


def test_it_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    token = sign_ins.begin(OWEN)
    sign_ins.note(replace(OWEN, way="proxy"))
    call_command("sign_out", "owen@example.com")
    said = capsys.readouterr().out
    assert "1 sign-in ended." in said
    assert "comes in through the sign-in proxy" in said
    assert sign_ins.find(token) is None
    owen = Person("", "Owen", "owen@example.com", "standard", (), "oidc", OWEN.issuer, OWEN.subject)
    make_token(owen, name="x", lifetime=timedelta(days=1), may_see_input=False)
    call_command("sign_out", "00u1", tokens=True)
    assert "1 personal token revoked." in capsys.readouterr().out
    assert tokens_of(owen) == []
    call_command("sign_out", "owen@example.com", forget=True)
    assert "2 sign-ins erased." in capsys.readouterr().out
    assert not SignInRecord.objects.exists()


@pytest.mark.parametrize("person", ["nobody@example.com", "", " "])
def test_it_is_a_command_that_names_whom_it_does_not_know(person: str) -> None:
    """Somebody's sign-in still holds, and the operator must not believe otherwise."""
    token = sign_ins.begin(OWEN)
    sign_ins.note(replace(OWEN, subject="00u2", email=""))
    with pytest.raises(CommandError, match="Nobody of that name ever signed in here"):
        call_command("sign_out", person)
    assert sign_ins.find(token)
