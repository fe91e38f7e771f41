"""The person who asks: known by the sign-in, described by hoop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sessions_ui.session import HoopPerson

Role = Literal["admin", "auditor", "standard"]
#: Who sees every session, and may see what was typed in them.
SEES_ALL: tuple[Role, ...] = ("admin", "auditor")


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person. ``id`` is hoop's id of them and is blank where hoop does not know
    them; ``via`` is the name of the sign-in that vouches for them (``local``, ``demo`` …); ``issuer``
    and ``subject`` are who they are there, and what their own things (tokens, trail) are kept under."""

    id: str
    name: str
    email: str
    role: Role
    groups: tuple[str, ...]
    via: str
    issuer: str = ""
    subject: str = ""


#: Who opened the site by the one-time address: whoever can read this machine's terminal can
#: read the gateway's key as well, so they get the auditor's rights.
OPERATOR = Person(
    id="",
    name="You, on this machine",
    email="",
    role="auditor",
    groups=(),
    via="local",
    issuer="local",
    subject="operator",
)


def person_from(known: HoopPerson, *, via: str, auditor_group: str) -> Person | None:
    """The person as hoop knows them; None for one whom hoop itself does not let in.

    hoop's user route calls an auditor ``standard``: what makes one is the group, whose name a
    hoop can be configured with. A role that only a newer hoop knows gives no more than everybody's.
    """
    if known.status != "active" or known.role == "unregistered" or not known.id.strip():
        return None
    role: Role = "standard"
    if known.role == "admin":
        role = "admin"
    elif known.role == "auditor" or (auditor_group and auditor_group in known.groups):
        role = "auditor"
    return Person(id=known.id, name=known.name, email=known.email, role=role, groups=known.groups, via=via)
