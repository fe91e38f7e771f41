"""Programs that ask the API as one of hoop's people, by a personal token."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from sessions_ui.access import tokens
from sessions_ui.access.people import Person, person_from
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.local import LocalEntry
from sessions_ui.access.signin.sign_ins import note
from sessions_ui.archive.people import get_person

WAY = "test"


def find_person(email: str) -> Person | None:
    """As hoop knows them now."""
    known = get_person(email)
    person = known and person_from(known, via=WAY, auditor_group=settings.HOOPVIEWER_AUDITOR_GROUP)
    return replace(person, issuer=WAY, subject=person.id) if person else None


def let_hoops_people_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens are looked up as a company's sign-in does it, not as the one-time address does."""
    monkeypatch.setattr(LocalEntry, "person_again", lambda self, identity: find_person(identity.email))


def token_for(email: str, *, may_see_input: bool = False) -> str:
    person = find_person(email)
    assert person
    note(Identity(WAY, person.issuer, person.subject, email, person.name))
    return tokens.make_token(person, name="test", lifetime=timedelta(days=1), may_see_input=may_see_input)


def program(email: str, *, may_see_input: bool = False) -> Client:
    token = token_for(email, may_see_input=may_see_input)
    return Client(headers={"Authorization": f"Bearer {token}"})
