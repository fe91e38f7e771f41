"""The public keys of a token's issuer, from one configured place, kept and asked for again in time.

Nothing of a token decides where a key comes from: ``jku``, ``x5u`` and ``jwk`` of its head are never read.
"""

from __future__ import annotations

import ssl
import threading
import time
import urllib.request
from typing import Any, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt import PyJWKClient
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError, PyJWTError

from sessions_ui.access.signin.refusals import Refused

FRESH_SECONDS, TIMEOUT_SECONDS = 300, 5
#: After a failure, and between questions that invented key ids cause.
PAUSE_SECONDS = 30
MAX_KEY_BYTES, MAX_KEYS = 16 * 1024, 16


class Keys(Protocol):
    """``get(kid)``: the key of that id; for a token that names none, the key where there is but one.
    Raises Refused: ``key`` for none, ``keys_away``."""

    def get(self, kid: str | None) -> Any: ...


class KeySet:
    """A JSON Web Key Set. One question a ``PAUSE_SECONDS`` at most, whatever ids are asked for."""

    def __init__(self, url: str, *, tls: ssl.SSLContext) -> None:
        self._client = PyJWKClient(
            url,
            lifespan=FRESH_SECONDS,
            timeout=TIMEOUT_SECONDS,
            ssl_context=tls,
            cooldown_duration=PAUSE_SECONDS,
        )
        self._left_alone_until = 0.0
        self._lock = threading.Lock()

    def get(self, kid: str | None) -> Any:
        with self._lock:
            return self._get(kid)

    def _get(self, kid: str | None) -> Any:
        if time.monotonic() < self._left_alone_until:
            raise Refused("keys_away", detail="left alone after a failure")
        try:
            return self._only_key() if kid is None else self._client.get_signing_key(kid)
        except PyJWKClientConnectionError as error:
            self._left_alone_until = time.monotonic() + PAUSE_SECONDS
            raise Refused("keys_away", detail=type(error.__cause__).__name__) from None
        except PyJWKClientError:
            raise Refused("key") from None
        except (PyJWTError, ValueError, OSError) as error:
            self._left_alone_until = time.monotonic() + PAUSE_SECONDS
            raise Refused("keys_away", detail=type(error).__name__) from None

    def _only_key(self) -> Any:
        """OpenID Connect Core 10.1: without a key id there must be one key."""
        signing = [key for key in self._client.get_jwk_set().keys if key.public_key_use in ("sig", None)]
        if len(signing) != 1:
            raise Refused("key", detail="no id")
        return signing[0]


class KeyFiles:
    """A PEM file a key id, as AWS keeps them. An id is a UUID before it is in an address; unknown ids may
    cause ``MAX_KEYS`` questions a ``PAUSE_SECONDS``, and stand in the way of no key that was good before."""

    def __init__(self, url: str, *, tls: ssl.SSLContext) -> None:
        self._url = url if url.endswith("/") else f"{url}/"
        self._opener = urllib.request.build_opener(_NoRedirect(), urllib.request.HTTPSHandler(context=tls))
        self._kept: dict[str, tuple[float, EllipticCurvePublicKey | None]] = {}
        self._asked: list[float] = []
        self._left_alone_until = 0.0
        self._lock = threading.Lock()

    def get(self, kid: str | None) -> Any:
        try:
            is_uuid = kid is not None and str(UUID(kid)) == kid
        except ValueError:
            is_uuid = False
        if kid is None or not is_uuid:
            raise Refused("key", detail="its id is no UUID")
        with self._lock:
            made, key = self._kept.get(kid, (0.0, None))
            if key is None or time.monotonic() - made > FRESH_SECONDS:
                key = self._ask(kid)
        return key

    def _ask(self, kid: str) -> EllipticCurvePublicKey:
        now = time.monotonic()
        self._asked = [asked for asked in self._asked if asked > now - PAUSE_SECONDS]
        is_new = kid not in self._kept
        if (is_new and len(self._asked) >= MAX_KEYS) or now < self._left_alone_until:
            raise Refused("keys_away", detail="left alone for a moment")
        if is_new:
            self._asked.append(now)
        try:
            with self._opener.open(self._url + kid, timeout=TIMEOUT_SECONDS) as response:
                key = load_pem_public_key(response.read(MAX_KEY_BYTES))
        except urllib.request.HTTPError as error:
            error.close()
            if error.code in (403, 404):
                raise Refused("key") from None
            self._left_alone_until = now + PAUSE_SECONDS
            raise Refused("keys_away", detail=f"status {error.code}") from None
        except OSError as error:
            self._left_alone_until = now + PAUSE_SECONDS
            raise Refused("keys_away", detail=type(error).__name__) from None
        except Exception as error:
            # cryptography has no common error for what is no key.
            raise Refused("key", detail=type(error).__name__) from None
        if not isinstance(key, EllipticCurvePublicKey):
            raise Refused("key", detail="not an elliptic curve's")
        if len(self._kept) >= MAX_KEYS:
            self._kept.clear()
        self._kept[kid] = (now, key)
        return key


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None
