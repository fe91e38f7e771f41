"""Whom somebody means by a person's name, e-mail or id: hoop itself filters by its own id alone."""

from __future__ import annotations

from dataclasses import dataclass

from sessions_ui.archive.list_lookup import find_people
from sessions_ui.archive.list_matching import View
from sessions_ui.archive.people import get_person
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.pages.refusals import BadQuery
from sessions_ui.pages.words import MAX_NAME, shown

MOST = 9


@dataclass(frozen=True, slots=True)
class Meant:
    """hoop's ids, and who that is in words. ``instead``: the id to ask for in the address instead, where
    hoop had to be asked."""

    ids: tuple[str, ...]
    words: str
    instead: str = ""


def find_meant(text: str, view: View) -> Meant:
    """Whole ids, e-mails and names before parts of them, among the people of the rows we know; then hoop's
    own look-up by e-mail. Raises BadQuery when more than some people fit."""
    known = find_people(text, view, limit=MOST + 1)
    if len(known) > MOST:
        raise BadQuery("person", text, f"enough to tell who: more than {MOST} people have it in their names")
    if len(known) == 1:
        return Meant((known[0][0],), _named(*known[0]))
    if known:
        ids = tuple(user_id for user_id, _, _ in known)
        return Meant(
            ids, f"“{shown(text, 40)}”, {len(known)} people: {', '.join(_named(*each) for each in known)}"
        )
    asked = _ask_hoop(text) if "@" in text and view.everything else None
    if asked is not None:
        return Meant((asked,), shown(text, MAX_NAME), instead="" if asked == text else asked)
    return Meant((text,), f"{shown(text, MAX_NAME)}, taken for hoop's id of a person")


def _ask_hoop(email: str) -> str | None:
    try:
        person = get_person(email)
    except GatewayError as error:
        if not error.away:
            raise
        return None
    return person.id if person else None


def _named(user_id: str, email: str, name: str) -> str:
    name, email = shown(name, MAX_NAME), shown(email, MAX_NAME)
    if not name:
        return email or shown(user_id, MAX_NAME)
    return f"{name} ({email})" if email and email != name else name
