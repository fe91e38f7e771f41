"""``/people``: who has access, to what and why, and what of theirs opens something."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from sessions_ui.access.links import FileWanted, make_link
from sessions_ui.access.people import Person
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.local import LocalEntry
from sessions_ui.access.signin.persons import person_of
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.access.signin.sign_ins import note
from sessions_ui.access.tokens import make_token, tokens_of
from sessions_ui.demo.standin import StandIn
from sessions_ui.demo.standin import people as at_hoop
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.models import SignInRecord, TokenRecord
from sessions_ui.trail.acts import Act
from tests.policy_table import AT_HOOP, GROUP_MAP, IDENTITIES
from tests.trails import clear_trail, rows

PEOPLE = [identity for identity in IDENTITIES.values() if identity is not None]


class Company(LocalEntry):
    """Lets everybody in as Audrey: how somebody comes in is no matter here."""

    def find_person(self, request: HttpRequest) -> Person | None:
        return person_of(Identity("oidc", "issuer", "auditor", "audrey@example.com"))


@pytest.fixture
def auditor(hoop: StandIn, settings: Any) -> Client:
    settings.HOOPVIEWER_GROUP_MAP = GROUP_MAP
    hoop.state.people.everyone += [at_hoop.Person(**one) for one in AT_HOOP]  # type: ignore[arg-type]
    ours = "sessions_ui.access.signin.local.LocalEntry"
    settings.MIDDLEWARE = [f"{__name__}.Company" if name == ours else name for name in settings.MIDDLEWARE]
    for identity in PEOPLE:
        note(identity)
    return Client()


def roll(client: Client) -> dict[str, dict[str, str]]:
    response = client.get("/people/export?format=csv")
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith('attachment; filename="people-with-access_')
    text = response.getvalue().decode()
    return {row["email"] or row["subject"]: row for row in csv.DictReader(io.StringIO(text))}


def test_it_says_who_sees_what_and_why(auditor: Client) -> None:
    found = {email: (row["sees"], row["why"]) for email, row in roll(auditor).items()}
    every, own, nothing = "Every session", "Own sessions", "Nothing: not let in"
    by_map = "hoop does not know them; the sign-in's groups count, by the group map."
    idle = "Their own sessions; none of their groups is known to have been asked for a review."
    none = "hoop does not know them, and no group of their sign-in counts here."
    assert found == {
        "admin@example.com": (every, "Admin at hoop."),
        "audrey@example.com": (every, "In hoop's auditor group (auditor)."),
        "out@example.com": (every, by_map),
        "outer@example.com": (own, by_map),
        "owen@example.com": (own, idle),
        "dora@example.com": (own, idle),
        "rita@example.com": (own, idle),
        "raj@example.com": (own, idle),
        "olga@example.com": (own, idle),
        "cased@example.com": (own, "Their own sessions; they are in no group."),
        "twin@example.com": (own, "Their own sessions; they are in no group."),
        "ines@example.com": (nothing, "hoop does not let them in: their account there is inactive."),
        "blanche@example.com": (nothing, none),
        "nobody@example.com": (nothing, none),
    }


def test_it_names_whose_groups_review(auditor: Client) -> None:
    """The list's rows tell which groups hoop asked."""
    assert auditor.get("/").status_code == 200
    found = roll(auditor)
    reviews = {email: row["why"] for email, row in found.items() if row["sees"].endswith("groups review")}
    words = "Their own sessions; details and scripts of those that {} reviews."
    assert reviews["rita@example.com"] == words.format("dba-reviewers")
    assert "owen@example.com" not in reviews
    assert f"{len(reviews)} their own and what their groups review" in auditor.get("/people").content.decode()


def test_it_agrees_with_the_door(auditor: Client) -> None:
    found = roll(auditor)
    sees = {"admin": "Every session", "auditor": "Every session", "standard": "Own sessions"}
    for identity in PEOPLE:
        try:
            expected = sees[person_of(identity).role]
        except (Refused, GatewayError):
            expected = "Nothing: not let in"
        assert found[identity.email]["sees"] == expected, identity


def test_it_counts_what_is_live(auditor: Client) -> None:
    owen = IDENTITIES["owner"]
    assert owen
    person = person_of(owen)
    for number, seeing in enumerate((True, False, False)):
        make_token(person, name=f"=job{number}", lifetime=timedelta(days=3), may_see_input=seeing)
    TokenRecord.objects.filter(name="=job2").update(revoked_at=timezone.now())
    session_id = UUID("620ce99a-a1bf-4dae-9925-b42e48dae671")
    make_link(person, tokens_of(person)[0][0], FileWanted(session_id, "csv", "o", False, False, False, False))

    row = roll(auditor)["owen@example.com"]
    assert (row["live_tokens"], row["tokens_that_see_input"], row["live_links"]) == ("2", "1", "1")
    # A spreadsheet would have run it.
    assert row["tokens"].startswith("'=job1 (hvp_")
    assert row["last_sign_in"].endswith("Z")
    page = auditor.get("/people").content.decode()
    assert "=job1 (hvp_" in page
    assert "1 link to files" in page
    assert roll(auditor)["raj@example.com"]["last_sign_in"] == "never"
    assert '<span class="soft">No live token or link</span>' in page

    SignInRecord.objects.filter(subject="owner").update(created_at=timezone.now() - timedelta(days=31))
    assert roll(auditor)["owen@example.com"]["live_tokens"] == "0"


def test_it_writes_down_who_asked(auditor: Client) -> None:
    clear_trail()
    assert auditor.get("/people").status_code == 200
    roll(auditor)
    assert [row.act for row in rows()] == [Act.PEOPLE_READ, Act.EXPORTED, Act.ENDED]


def test_it_shows_no_rights_that_hoop_did_not_confirm(auditor: Client, hoop: StandIn) -> None:
    assert auditor.get("/people").status_code == 200
    hoop.faults.set("503", path="/api/users")
    for path in ("/people", "/people/export?format=csv"):
        response = auditor.get(path)
        assert response.status_code == 503
        assert b"owen@example.com" not in response.content


@pytest.mark.parametrize("path", ["/people?x=1", "/people/export", "/people/export?format=pdf"])
def test_it_takes_nothing_else_from_the_address(auditor: Client, path: str) -> None:
    assert auditor.get(path).status_code == 400


def test_it_names_the_operator_alone_where_nobody_else_can_come_in(hoop: StandIn, operator: Client) -> None:
    found = roll(operator)
    assert {name: row["sees"] for name, row in found.items()} == {"operator": "Every session"}
    assert hoop.requests("/api/users") == []
