"""The person who asks: known by the sign-in, described by hoop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["admin", "auditor", "standard"]


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person. ``id`` is hoop's id of them and is blank where hoop does not know
    them; ``via`` is the name of the sign-in that vouches for them (``local``, ``demo`` …)."""

    id: str
    name: str
    email: str
    role: Role
    groups: tuple[str, ...]
    via: str


#: Who opened the site by the one-time address: whoever can read this machine's terminal can
#: read the gateway's key as well, so they get the auditor's rights.
OPERATOR = Person(id="", name="You, on this machine", email="", role="auditor", groups=(), via="local")
