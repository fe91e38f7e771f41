"""A browser on its way to the provider and back: what it takes along is good once, for ten minutes.

The browser holds one secret in a cookie; state, nonce and PKCE verifier are made of it. So nothing that
the database holds, and nothing that passes the provider, lets another browser finish the sign-in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from sessions_ui.access.signin.refusals import Refused
from sessions_ui.access.signin.sign_ins import digest
from sessions_ui.models import SignInAttemptRecord

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Attempt:
    """``following`` is a path of ours, where the browser goes when it is back."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    following: str


def new_secret() -> str:
    """For the browser's cookie; several tabs share one."""
    return secrets.token_urlsafe(32)


def begin(secret: str, following: str) -> Attempt:
    """Remember an attempt; forgets those that never came back."""
    now, state = timezone.now(), secrets.token_urlsafe(32)
    SignInAttemptRecord.objects.filter(created_at__lt=now - LIFETIME).delete()
    SignInAttemptRecord.objects.create(
        state_hash=digest(state), browser_hash=digest(secret), following=following, created_at=now
    )
    return _attempt(secret, state, following)


def finish(secret: str, state: str) -> Attempt:
    """The attempt of this state, once. Raises Refused unless this browser began it a moment ago."""
    record = SignInAttemptRecord.objects.filter(
        state_hash=digest(state), browser_hash=digest(secret), created_at__gt=timezone.now() - LIFETIME
    ).first()
    # Of two answers with the same state one deletes the row.
    if not secret or record is None or not SignInAttemptRecord.objects.filter(pk=record.pk).delete()[0]:
        raise Refused("state")
    return _attempt(secret, state, record.following)


def _attempt(secret: str, state: str, following: str) -> Attempt:
    return Attempt(state, _derived(secret, "nonce", state), _derived(secret, "verifier", state), following)


def _derived(secret: str, purpose: str, state: str) -> str:
    made = hmac.digest(secret.encode(), f"{purpose} {state}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
