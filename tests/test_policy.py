from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sessions_ui.access.people import OPERATOR, Person, person_from
from sessions_ui.access.policy import rights
from sessions_ui.gateway.wire import parse_person, parse_session
from sessions_ui.session import HoopPerson, Session

RECORDED = Path(__file__).parent / "fixtures/gateway"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def session() -> Session:
    """Owen's, asked of dba-reviewers and security-reviewers."""
    return parse_session(recorded("payroll-ran/as-admin.json"))


def person(**fields: Any) -> Person:
    plain = Person(id="p-1", name="", email="p@example.com", role="standard", groups=(), via="test")
    return replace(plain, **fields)


@pytest.mark.parametrize(
    ("who", "details", "stream"),
    [
        (OPERATOR, True, True),
        (person(role="admin"), True, True),
        (person(role="auditor", id=""), True, True),
        (person(id="owen@example.com"), True, True),
        (person(id="owen@example.com", groups=("dba-reviewers",)), True, True),
        (person(groups=("engineering", "dba-reviewers")), True, False),
        (person(groups=("security-reviewers",)), True, False),
        (person(), False, False),
        (person(id=""), False, False),
        (person(email="owen@example.com"), False, False),
        (person(id="Owen@example.com"), False, False),
        (person(id=" owen@example.com"), False, False),
        (person(groups=("DBA-Reviewers",)), False, False),
        (person(groups=("dba",)), False, False),
        (person(groups=("auditor", "admin")), False, False),
    ],
)
def test_it_applies_the_rule(session: Session, who: Person, details: bool, stream: bool) -> None:
    found = rights(who, session)
    assert (found.details, found.stream) == (details, stream)
    # Their own input is not the owner's to see: it may be a secret of somebody else.
    assert found.reveal == (who.role in ("admin", "auditor"))
    assert found.why.endswith(".")


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_it_gives_nobody_a_session_without_owner(session: Session, blank: str) -> None:
    assert not rights(person(id=blank), replace(session, user_id=blank, review=None)).details


def test_it_asks_no_group_without_a_review(session: Session) -> None:
    assert not rights(person(groups=("dba-reviewers",)), replace(session, review=None)).details


def test_it_takes_no_blank_group_for_a_group(session: Session) -> None:
    assert session.review
    nameless = tuple(replace(group, group="") for group in session.review.groups)
    review = replace(session.review, groups=nameless)
    assert not rights(person(groups=("", " ")), replace(session, review=review)).details


@pytest.mark.parametrize("name", ["admin", "audrey", "owen", "olga", "rita", "raj"])
def test_it_agrees_with_hoop(session: Session, name: str) -> None:
    answer = recorded(f"payroll-ran/as-{name}.json")
    users = {user["email"]: user for user in recorded("users/all.json")}
    who = person_from(parse_person(users[f"{name}@example.com"]), via="test", auditor_group="auditor")
    assert who
    found = rights(who, session)
    assert found.details == ("message" not in answer)
    assert found.stream == ("event_stream" in answer)


def known(**fields: Any) -> HoopPerson:
    plain = HoopPerson(id="1", name="N", email="e@example.com", status="active", role="standard", groups=())
    return replace(plain, **fields)


@pytest.mark.parametrize(
    "who", [known(status="inactive"), known(status="invited"), known(role="unregistered"), known(id=" ")]
)
def test_it_lets_in_nobody_whom_hoop_does_not(who: HoopPerson) -> None:
    assert person_from(who, via="test", auditor_group="auditor") is None


@pytest.mark.parametrize(
    ("groups", "auditor_group", "expected"),
    [
        (("engineering", "auditor"), "auditor", "auditor"),
        (("auditor",), "revision", "standard"),
        (("revision",), "revision", "auditor"),
        (("Auditor",), "auditor", "standard"),
        (("",), "", "standard"),
    ],
)
def test_it_knows_auditors_by_their_group(groups: tuple[str, ...], auditor_group: str, expected: str) -> None:
    found = person_from(known(groups=groups), via="test", auditor_group=auditor_group)
    assert found
    assert found.role == expected


@pytest.mark.parametrize(
    ("role", "expected"),
    [("admin", "admin"), ("auditor", "auditor"), ("owner", "standard"), ("", "standard")],
)
def test_it_gives_an_unknown_role_no_power(role: str, expected: str) -> None:
    found = person_from(known(role=role), via="test", auditor_group="auditor")
    assert found
    assert found.role == expected
