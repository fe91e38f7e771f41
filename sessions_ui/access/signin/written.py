"""Sign-ins in the access trail: who came, who left, who was turned away and why."""

from __future__ import annotations

import threading
import time

import structlog
from django.conf import settings
from django.http import HttpRequest

from sessions_ui.access.addresses import client_address
from sessions_ui.access.people import Person
from sessions_ui.access.record import actor_of, record
from sessions_ui.access.signin import sign_ins
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.trail.actors import Actor
from sessions_ui.trail.acts import Act
from sessions_ui.trail.store import TrailUnavailable

log = structlog.get_logger(__name__)
#: People whose coming was looked up in the table within the hour; more than a company's auditors.
MAX_NOTED = 10_000


def came(request: HttpRequest, identity: Identity, person: Person | None = None) -> None:
    """Somebody signed in, as ``person`` where hoop was asked. Raises TrailUnavailable, and then they must
    not be let in."""
    who = actor_of(request, person) if person else _actor(request, identity)
    record(request, Act.SIGNED_IN, about={"way": identity.way}, who=who)


def comes(request: HttpRequest, identity: Identity, person: Person) -> None:
    """A proxy vouched for somebody, as it does with every request: written down and noted once an hour,
    without a query for each of their requests. Raises TrailUnavailable."""
    now, who = time.monotonic(), (identity.issuer, identity.subject)
    with _noted_lock:
        if now - _noted.get(who, float("-inf")) < sign_ins.NOTED_EVERY.total_seconds():
            return
    if not sign_ins.is_noted(identity):
        came(request, identity, person)
        sign_ins.note(identity)
    with _noted_lock:
        if len(_noted) >= MAX_NOTED:
            _noted.clear()
        _noted[who] = now


def left(request: HttpRequest, identity: Identity, *, by: str = "") -> None:
    """Somebody signed out; ``by``: who did it for them. Raises TrailUnavailable."""
    about = {"way": identity.way, **({"ended_by": by} if by else {})}
    record(request, Act.SIGNED_OUT, about=about, who=_actor(request, identity))


def turned_away(request: HttpRequest, refused: Refused) -> None:
    """Somebody was refused. They see nothing either way, so a trail that cannot be written to is only
    logged."""
    way = settings.HOOPVIEWER_SIGN_IN
    who = Actor(subject=" ".join(refused.who).strip(), via=way, address=client_address(request))
    try:
        record(request, Act.SIGN_IN_REFUSED, about={"way": way, "reason": refused.reason}, who=who)
    except TrailUnavailable:
        log.error("refused sign-in not written")


def _actor(request: HttpRequest, identity: Identity) -> Actor:
    return Actor(
        name=identity.name,
        email=identity.email,
        subject=f"{identity.issuer} {identity.subject}",
        via=identity.way,
        address=client_address(request),
    )


_noted: dict[tuple[str, str], float] = {}
_noted_lock = threading.Lock()
