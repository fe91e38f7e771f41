"""Links to one file: an address that says nothing, and a row that says everything.

What is in the file is fixed when the link is made. The address holds 256 random bits, of which a hash
is stored; it lives five minutes and ends with the first GET that was sent to its last byte. It is of
use to its maker alone, who signs in for it as for any page, unless HOOPVIEWER_OPEN_LINKS is on.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from sessions_ui.access.people import SEES_ALL, Person
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.sign_ins import digest, find_newest
from sessions_ui.access.tokens import find_token_owner, owner_of
from sessions_ui.models import LinkRecord, TokenRecord

LIFETIME = timedelta(minutes=5)
#: Links that ended longer ago are forgotten; until then one that was used says so.
REMEMBERED = timedelta(days=1)


class LinkSpent(Exception):
    """The link opens nothing any more, or never did; ``expired`` when it was never used."""

    def __init__(self, *, expired: bool = False) -> None:
        super().__init__("expired" if expired else "used or unknown")
        self.expired = expired


@dataclass(frozen=True, slots=True)
class FileWanted:
    """What a link leads to. ``kinds`` among ``i o e``; ``is_script``: the session's script instead."""

    session_id: UUID
    extension: str
    kinds: str
    with_times: bool
    with_new_lines: bool
    is_script: bool
    shows_input: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A link that opens its file. ``issuer`` and ``subject`` are its maker."""

    number: int
    issuer: str
    subject: str
    wanted: FileWanted

    def is_of(self, person: Person) -> bool:
        return (self.issuer, self.subject) == (person.issuer, person.subject)

    def shows_input(self, person: Person) -> bool:
        """What was granted when it was made, as long as its maker still sees everything."""
        return self.wanted.shows_input and person.role in SEES_ALL


def make_link(person: Person, token: TokenRecord | None, wanted: FileWanted) -> tuple[str, datetime]:
    """The address's last part, and until when it opens the file."""
    now = timezone.now()
    LinkRecord.objects.filter(expires_at__lt=now - REMEMBERED).delete()
    text = secrets.token_urlsafe(32)
    LinkRecord.objects.create(
        issuer=person.issuer,
        subject=person.subject,
        token=token,
        link_hash=digest(text),
        created_at=now,
        expires_at=now + LIFETIME,
        **asdict(wanted),
    )
    return text, now + LIFETIME


def live_links() -> Counter[tuple[str, str]]:
    """How many links that open something everybody has, by issuer and subject of their makers."""
    now = timezone.now()
    alive = Q(token=None) | Q(token__revoked_at=None, token__expires_at__gt=now)
    links = LinkRecord.objects.filter(alive, used_at=None, expires_at__gt=now)
    return Counter(links.values_list("issuer", "subject"))


def find_link(text: str) -> Link:
    """Raises LinkSpent, and Refused where the token that made it opens nothing any more."""
    record = LinkRecord.objects.select_related("token").filter(link_hash=digest(text)).first()
    if record is None or record.used_at is not None:
        raise LinkSpent
    if record.expires_at <= timezone.now():
        raise LinkSpent(expired=True)
    if record.token is not None:
        owner_of(record.token)
    wanted = FileWanted(**{field.name: getattr(record, field.name) for field in fields(FileWanted)})
    return Link(record.pk, record.issuer, record.subject, wanted)


def find_link_owner(request: HttpRequest, token: str, **_: Any) -> Identity | None:
    """Whose link it is, where links are open; else whose personal token the request carries."""
    if not settings.HOOPVIEWER_OPEN_LINKS:
        return find_token_owner(request)
    record = LinkRecord.objects.filter(link_hash=digest(token)).first()
    newest = find_newest(record.issuer, record.subject) if record else None
    return newest[0] if newest else None


def once(link: Link, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The file, whose last piece goes to one reader only: of two that read at the same time, the second
    gets no whole file (LinkSpent). Who breaks off at the last piece may come again."""
    held = b""
    for chunk in chunks:
        if held:
            yield held
        held = chunk
    unused = LinkRecord.objects.filter(pk=link.number, used_at=None)
    if not unused.update(used_at=timezone.now()):
        raise LinkSpent
    sent = False
    try:
        yield held
        sent = True
    finally:
        if not sent:
            LinkRecord.objects.filter(pk=link.number).update(used_at=None)
