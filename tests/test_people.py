from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from sessions_ui.archive.people import get_person
from sessions_ui.demo.standin import StandIn
from sessions_ui.gateway.errors import GatewayError, GatewayGarbled, GatewayRefused, GatewayUnreachable
from sessions_ui.models import PersonRecord

pytestmark = pytest.mark.database


def age(seconds: float) -> None:
    PersonRecord.objects.update(fetched_at=F("fetched_at") - timedelta(seconds=seconds))


def test_it_asks_hoop_once_a_minute(hoop: StandIn) -> None:
    person = get_person("owen@example.com")

    assert person
    assert (person.email, person.status) == ("owen@example.com", "active")
    assert "engineering" in person.groups
    age(58)
    assert get_person("owen@example.com") == person
    assert len(hoop.requests()) == 1
    age(3)
    assert get_person("owen@example.com") == person
    assert [seen.path for seen in hoop.requests()] == ["/api/users/owen@example.com"] * 2


def test_it_remembers_that_hoop_has_nobody(hoop: StandIn) -> None:
    assert get_person("nobody@example.com") is None
    assert get_person("nobody@example.com") is None
    assert len(hoop.requests()) == 1


def test_it_notices_rights_that_were_taken_away(hoop: StandIn) -> None:
    get_person("owen@example.com")
    owen = hoop.state.people.find("owen@example.com")
    assert owen
    object.__setattr__(owen, "status", "inactive")
    age(61)

    person = get_person("owen@example.com")
    assert person
    assert person.status == "inactive"


@pytest.mark.parametrize(
    ("mode", "kind"), [("refuse", GatewayUnreachable), ("401", GatewayRefused), ("list", GatewayGarbled)]
)
def test_it_lets_no_older_copy_stand_in(hoop: StandIn, mode: str, kind: type[GatewayError]) -> None:
    get_person("owen@example.com")
    age(61)
    hoop.faults.set(mode)

    with pytest.raises(kind):
        get_person("owen@example.com")


@pytest.mark.parametrize(
    "email", ["", "a\x00@example.com", "a\n@example.com", "\ud800@x", "x" * 250 + "@x.yz"]
)
def test_it_does_not_ask_for_what_is_no_email(hoop: StandIn, email: str) -> None:
    assert get_person(email) is None
    assert hoop.requests() == []


def test_it_takes_nobody_for_another_whose_id_reads_like_the_email(hoop: StandIn) -> None:
    owen = hoop.state.people.find("owen@example.com")
    assert owen
    object.__setattr__(owen, "id", "admin@elsewhere.example")

    assert get_person("admin@elsewhere.example") is None
    assert get_person("owen@example.com") is not None
