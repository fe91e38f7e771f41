"""Who is signed in: begin, find, end. The cookie's token is random and only its hash is stored.

A sign-in ends when nothing was asked for HOOPVIEWER_IDLE_MINUTES, at its absolute end, when its person
signs out, or when ``manage.py sign_out`` ends them all.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from sessions_ui.access.signin.identities import Identity
from sessions_ui.models import SignInRecord

#: A row is written at most so often for a person who clicks through pages, or whom a proxy vouches for.
SEEN_EVERY, NOTED_EVERY = timedelta(minutes=1), timedelta(hours=1)
#: How long an ended sign-in is remembered; the newest of each person stays for ever.
REMEMBERED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that holds. ``id_token`` is what the provider wants to see again at sign-out."""

    identity: Identity
    began_at: datetime
    id_token: str = field(repr=False)


def begin(
    identity: Identity, *, id_token: str = "", session: str = "", ends_at: datetime | None = None
) -> str:
    """A new sign-in; returns the token for its cookie. ``session`` is what the provider calls its own;
    ``ends_at`` may end it before its usual time."""
    token, now = secrets.token_urlsafe(32), timezone.now()
    usual = now + timedelta(hours=settings.HOOPVIEWER_SIGN_IN_HOURS)
    _forget_old(identity, now)
    sealed = Fernet(_key(token)).encrypt(id_token.encode()) if id_token else b""
    SignInRecord.objects.create(
        **_columns(identity, now, min(usual, ends_at or usual)),
        token_hash=digest(token),
        id_token=sealed,
        provider_session=session,
    )
    return token


def find(token: str, *, by_itself: bool = False) -> SignIn | None:
    """The sign-in of a cookie, noted as seen; None for one that is unknown or over. A page that asks
    ``by_itself`` is no sign that somebody is there."""
    if not token:
        return None
    now = timezone.now()
    record = SignInRecord.objects.filter(token_hash=digest(token), ended_at=None, ends_at__gt=now).first()
    if record is None or record.seen_at <= now - timedelta(minutes=settings.HOOPVIEWER_IDLE_MINUTES):
        return None
    if not by_itself and now - record.seen_at >= SEEN_EVERY:
        SignInRecord.objects.filter(pk=record.pk, ended_at=None).update(seen_at=now)
    return SignIn(_identity(record), record.created_at, _opened(record, token))


def end(token: str) -> None:
    """End the sign-in of a cookie."""
    SignInRecord.objects.filter(token_hash=digest(token), ended_at=None).update(
        ended_at=timezone.now(), id_token=b""
    )


def end_at_provider(issuer: str, *, subject: str, session: str, before: datetime) -> list[Identity]:
    """End what came of a person's sign-in at the provider, of one ``session`` there if it is named; whose
    they were. A sign-in of which the provider did not say the session ends with any of its person's."""
    now = timezone.now()
    theirs = SignInRecord.objects.filter(issuer=issuer, token_hash__isnull=False, created_at__lte=before)
    theirs = theirs.filter(ended_at=None, ends_at__gt=now)
    if subject:
        theirs = theirs.filter(subject=subject)
    if session:
        any_of_theirs = Q(provider_session="") if subject else Q()
        theirs = theirs.filter(Q(provider_session=session) | any_of_theirs)
    rows = list(theirs)
    SignInRecord.objects.filter(pk__in=[row.pk for row in rows]).update(ended_at=now, id_token=b"")
    return [_identity(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Ended:
    """How many browsers were signed out; whose sign-ins they were (issuer and subject, also of earlier
    ones); and whether a proxy vouched for one of them, which lets them in again."""

    browsers: int
    people: list[tuple[str, str]]
    by_proxy: bool


def end_all(person: str) -> Ended:
    """End every sign-in of a person, named by e-mail or by subject."""
    theirs, now = _named(person), timezone.now()
    browsers = theirs.filter(token_hash__isnull=False, ended_at=None, ends_at__gt=now)
    ended = browsers.update(ended_at=now, id_token=b"")
    people = list(theirs.order_by().values_list("issuer", "subject").distinct())
    return Ended(ended, people, theirs.filter(way__in=("proxy", "headers")).exists())


def forget(person: str) -> int:
    """Erase that they were ever here, sign-ins that still hold included; how many there were."""
    return _named(person).delete()[0]


def _named(person: str) -> QuerySet[SignInRecord]:
    return SignInRecord.objects.filter(Q(email__iexact=person) | Q(subject=person))


def is_noted(identity: Identity) -> bool:
    """Whether a proxy's word for somebody was noted within the hour."""
    theirs = SignInRecord.objects.filter(issuer=identity.issuer, subject=identity.subject, token_hash=None)
    return theirs.filter(created_at__gt=timezone.now() - NOTED_EVERY).exists()


def note(identity: Identity) -> None:
    """Remember that somebody was let in without a cookie of a sign-in, in the person's one row of this
    kind."""
    now = timezone.now()
    ours = SignInRecord.objects.filter(issuer=identity.issuer, subject=identity.subject, token_hash=None)
    if not ours.update(**_columns(identity, now, now + NOTED_EVERY)):
        SignInRecord.objects.create(**_columns(identity, now, now + NOTED_EVERY))


def find_newest(issuer: str, subject: str) -> tuple[Identity, datetime] | None:
    """That person as they were last let in, and when; None: never, as far as is remembered."""
    row = SignInRecord.objects.filter(issuer=issuer, subject=subject).order_by("-created_at").first()
    return (_identity(row), row.created_at) if row else None


def last_sign_ins() -> list[tuple[Identity, datetime]]:
    """Everybody who was ever let in, with the last time."""
    newer = SignInRecord.objects.filter(
        issuer=OuterRef("issuer"), subject=OuterRef("subject"), created_at__gt=OuterRef("created_at")
    )
    rows = SignInRecord.objects.filter(~Exists(newer)).defer("id_token").order_by("pk")
    newest = {(row.issuer, row.subject): row for row in rows}
    return [(_identity(row), row.created_at) for row in newest.values()]


def digest(token: str) -> str:
    """What is stored of a token. It is 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _identity(row: SignInRecord) -> Identity:
    return Identity(row.way, row.issuer, row.subject, row.email, row.name, tuple(row.groups))


def _columns(identity: Identity, now: datetime, ends_at: datetime) -> dict[str, Any]:
    return {
        "way": identity.way,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "email": identity.email,
        "name": identity.name,
        "groups": list(identity.groups),
        "created_at": now,
        "seen_at": now,
        "ends_at": ends_at,
    }


def _forget_old(identity: Identity, now: datetime) -> None:
    SignInRecord.objects.filter(
        issuer=identity.issuer, subject=identity.subject, created_at__lt=now - REMEMBERED
    ).delete()


def _key(token: str) -> bytes:
    # The cookie is the key: who reads the database alone reads no ID token.
    return base64.urlsafe_b64encode(hashlib.sha256(b"id token " + token.encode()).digest())


def _opened(record: SignInRecord, token: str) -> str:
    try:
        return Fernet(_key(token)).decrypt(bytes(record.id_token)).decode() if record.id_token else ""
    except InvalidToken:
        return ""
