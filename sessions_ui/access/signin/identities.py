"""Identity: who somebody is by the word of an issuer, before hoop is asked. Pure.

A claim is what the issuer wrote and nothing more: it counts when it is a short printable string.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sessions_ui.access.signin.refusals import Refused

MAX_TEXT, MAX_EMAIL = 255, 254
#: A directory's largest member list is far below it; a token with more was made to hurt.
MAX_GROUPS = 2_000


@dataclass(frozen=True, slots=True)
class Identity:
    """``issuer`` and ``subject`` are the person; ``email`` is a verified address to ask hoop by; ``groups``
    are those of the token's groups that the site's map names; ``way`` says how they came in."""

    way: str
    issuer: str
    subject: str
    email: str
    name: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """Where a token says what: the claims' names, whether the issuer's e-mail claim is trusted without
    ``email_verified``, and which of its groups mean anything here."""

    email: str = "email"
    groups: str = "groups"
    trusts_email: bool = False
    known_groups: frozenset[str] = frozenset()


def identity_from(claims: Mapping[str, Any], *, way: str, issuer: str, rules: ClaimRules) -> Identity:
    """The identity that verified claims speak of. Raises Refused for one without a subject or without an
    e-mail address that somebody has verified."""
    subject = text_of(claims.get("sub"), MAX_TEXT)
    if not subject:
        raise Refused("no_subject")
    email = text_of(claims.get(rules.email), MAX_EMAIL)
    if not email or "@" not in email.strip("@"):
        raise Refused("no_email")
    # Some issuers (Cognito behind a load balancer) send the word instead of the value.
    said = claims.get("email_verified")
    verified = rules.email == "email" and (said is True or said == "true")
    if not verified and not rules.trusts_email:
        raise Refused("email_not_verified")
    return Identity(
        way=way,
        issuer=issuer,
        subject=subject,
        email=email,
        name=text_of(claims.get("name"), MAX_TEXT),
        groups=_groups(claims.get(rules.groups), rules.known_groups),
    )


def text_of(value: object, most: int) -> str:
    """A claim or header as text; blank when it is none, too long, or not printable."""
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        return ""
    return value.strip()


def _groups(value: object, known: frozenset[str]) -> tuple[str, ...]:
    groups = [value] if isinstance(value, str) else value
    if not isinstance(groups, list):
        return ()
    if len(groups) > MAX_GROUPS:
        raise Refused("too_many_groups")
    return tuple(sorted({group for group in groups if isinstance(group, str)} & known))
