"""Who may come in, what they may see and why, and what of theirs opens something: for a review of access.

hoop is asked for all its people once; whoever was ever let in here is listed as well, also those whom hoop
no longer knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from sessions_ui.access.links import live_links
from sessions_ui.access.people import OPERATOR, SEES_ALL, Person, person_from
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.local import LocalEntry
from sessions_ui.access.signin.persons import outsider
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.access.signin.sign_ins import last_sign_ins
from sessions_ui.access.tokens import live_tokens
from sessions_ui.archive.people import list_people, reviewing_groups
from sessions_ui.models import TokenRecord
from sessions_ui.session import HoopPerson


@dataclass(frozen=True, slots=True)
class LiveToken:
    """``beginning`` is what its owner knows it by; ``sees_input``: what was typed, unmasked."""

    name: str
    beginning: str
    expires_at: datetime
    sees_input: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One person. ``sees``: all, reviewed (their own and what their groups review), own, nothing;
    ``why``, in a sentence.
    ``last_at`` None: never let in, as far as is remembered."""

    name: str
    email: str
    hoop_id: str
    way: str
    issuer: str
    subject: str
    sees: str
    why: str
    groups: tuple[str, ...]
    last_at: datetime | None
    tokens: tuple[LiveToken, ...]
    links: int


def read_roll() -> list[Entry]:
    """Those who see everything first, then by name. Raises a GatewayError: rights are hoop's to say."""
    at_hoop = [] if _is_local() else list_people()
    return sorted(_entries(at_hoop), key=lambda entry: (ORDER.index(entry.sees), entry.name.casefold()))


ORDER = ("all", "reviewed", "own", "nothing")


def _entries(at_hoop: list[HoopPerson]) -> Iterator[Entry]:
    tokens, links = live_tokens(), live_links()
    by_email = {person.email.casefold(): person for person in at_hoop if person.email}
    newest = last_sign_ins()
    asked = reviewing_groups(_groups(at_hoop))
    came = set[str]()
    for identity, last_at in newest:
        known = by_email.get(identity.email.casefold())
        came.add(identity.email.casefold())
        owner = (identity.issuer, identity.subject)
        yield _entry(identity, known, asked, last_at, _live(tokens.get(owner, [])), links[owner])
    for person in at_hoop:
        if person.email.casefold() not in came:
            nobody = Identity("", "", "", person.email, person.name)
            yield _entry(nobody, person, asked, None, (), 0)


def _groups(at_hoop: list[HoopPerson]) -> set[str]:
    """Every group that somebody can be in: hoop's, and those that the group map gives."""
    given = settings.HOOPVIEWER_GROUP_MAP
    return {group for person in at_hoop for group in person.groups} | set(given.values())


def _live(tokens: list[TokenRecord]) -> tuple[LiveToken, ...]:
    return tuple(LiveToken(one.name, one.beginning, one.expires_at, one.may_see_input) for one in tokens)


def _entry(
    identity: Identity,
    known: HoopPerson | None,
    asked: frozenset[str],
    last_at: datetime | None,
    tokens: tuple[LiveToken, ...],
    links: int,
) -> Entry:
    person, why = _rights(identity, known, asked)
    return Entry(
        name=(known.name if known else "") or identity.name or identity.email or identity.subject,
        email=(known.email if known else "") or identity.email,
        hoop_id=known.id if known else "",
        way=identity.way,
        issuer=identity.issuer,
        subject=identity.subject,
        sees=_sees(person, asked),
        why=why,
        groups=person.groups if person else known.groups if known else (),
        last_at=last_at,
        tokens=tokens,
        links=links,
    )


def _sees(person: Person | None, asked: frozenset[str]) -> str:
    if person is None:
        return "nothing"
    if person.role in SEES_ALL:
        return "all"
    return "reviewed" if asked.intersection(person.groups) else "own"


def _rights(identity: Identity, known: HoopPerson | None, asked: frozenset[str]) -> tuple[Person | None, str]:
    """As the door and the policy would have it now."""
    group = settings.HOOPVIEWER_AUDITOR_GROUP
    if identity.way == OPERATOR.via and not _is_local():
        return None, "The one-time address is not the way in any more."
    if identity.way == OPERATOR.via:
        return OPERATOR, "Reads this machine's terminal, and the gateway's key with it."
    if _is_local():
        return None, "The one-time address is the only way in at present."
    if known is not None:
        person = person_from(known, via=identity.way, auditor_group=group)
        if person is None:
            return (
                None,
                f"hoop does not let them in: their account there is {known.status or 'without status'}.",
            )
        return person, _why(person, group, asked)
    try:
        return outsider(
            identity, group
        ), "hoop does not know them; the sign-in's groups count, by the group map."
    except Refused:
        return None, "hoop does not know them, and no group of their sign-in counts here."


def _is_local() -> bool:
    """Whether people come in by the one-time address: then hoop's people do not."""
    return f"{LocalEntry.__module__}.{LocalEntry.__qualname__}" in settings.MIDDLEWARE


def _why(person: Person, group: str, asked: frozenset[str]) -> str:
    reviews = sorted(asked.intersection(person.groups))
    match person.role:
        case "admin":
            return "Admin at hoop."
        case "auditor":
            return f"In hoop's auditor group ({group})." if group in person.groups else "Auditor at hoop."
        case _ if reviews:
            return f"Their own sessions; details and scripts of those that {', '.join(reviews)} reviews."
        case _ if person.groups:
            return "Their own sessions; none of their groups is known to have been asked for a review."
        case _:
            return "Their own sessions; they are in no group."
