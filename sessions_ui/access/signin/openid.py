"""An OpenID provider, asked through Authlib: where to send the browser, and whose ID token came back.

Whatever goes wrong is a Refused with its reason (``openid_errors``). Algorithm, issuer, audience and
nonce are pinned here, not taken from the provider.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.django_client import DjangoOAuth2App
from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from sessions_ui.access.signin.attempts import Attempt
from sessions_ui.access.signin.openid_errors import refusing
from sessions_ui.access.signin.refusals import Refused

#: Signatures by a key pair only: with a shared secret or none, who can check a token can make one.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
MAX_ANSWER_BYTES, MAX_TOKEN_BYTES, MAX_HINT_BYTES = 512 * 1024, 64 * 1024, 4096
TIMEOUT_SECONDS, ANSWER_SECONDS = 5, 15
#: How long discovery and keys are kept; an unknown key is asked for at once.
FRESH_SECONDS = 600
#: A provider that failed is left alone, so that a crowd at the door does not hold every thread.
PAUSE_SECONDS = 10

#: What is taken from a discovery document; Authlib hands all of it to the HTTP session as options.
METADATA = (
    "_loaded_at",
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
    "token_endpoint_auth_methods_supported",
    "authorization_response_iss_parameter_supported",
)
OPTIONAL = ("userinfo_endpoint", "end_session_endpoint")


@dataclass(frozen=True, slots=True)
class Registration:
    """What the provider and we agreed on. ``max_age`` in seconds, 0: not asked for."""

    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    callback: str
    max_age: int
    skew: int
    ca_bundle: str


class BoundedSession(OAuth2Session):  # type: ignore[misc]  # Authlib has no types
    """Follows no redirect and reads no endless answer."""

    def request(self, method: str, url: str, **options: Any) -> Any:
        options |= {"stream": True, "allow_redirects": False, "timeout": TIMEOUT_SECONDS}
        # Given with every request: REQUESTS_CA_BUNDLE would replace the session's own.
        options |= {"verify": self.verify}
        body, deadline = b"", time.monotonic() + ANSWER_SECONDS
        with super().request(method, url, **options) as response:
            while chunk := response.raw.read1(65536, decode_content=True):
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise Refused("too_big", detail="the provider's answer")
                if time.monotonic() > deadline:
                    raise Refused("provider_away", detail="its answer takes too long")
        response._content, response._content_consumed = body, True
        return response


class Provider:
    """One provider with one registration. Made anew every ten minutes by ``provider``."""

    def __init__(self, registration: Registration) -> None:
        self.registration = registration
        self._app = DjangoOAuth2App(
            # Its framework part would keep state in Django's sessions, which we have not.
            None,
            name="oidc",
            client_id=registration.client_id,
            client_secret=registration.client_secret or None,
            server_metadata_url=f"{registration.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": registration.scopes,
                "code_challenge_method": "S256",
                "verify": registration.ca_bundle or True,
            },
        )
        self._app.client_cls = BoundedSession
        self._reading, self._vetted, self._left_alone_until = threading.Lock(), False, 0.0
        self._keys_read_at = float("-inf")

    def __repr__(self) -> str:
        return f"Provider({self.registration.issuer!r})"

    def discover(self) -> None:
        """Read the provider's metadata, or raise Refused."""
        with refusing():
            self._discover()

    def address_for(self, attempt: Attempt) -> str:
        """Where the browser goes to sign in."""
        wanted = {"max_age": self.registration.max_age} if self.registration.max_age else {}
        with refusing():
            self._discover()
            made = self._app.create_authorization_url(
                self.registration.callback,
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
                **wanted,
            )
            address: str = made["url"]
            return address

    def require_issuer(self, claimed: str | None) -> None:
        """RFC 9207: the answer names its issuer, where the provider promises to."""
        with refusing():
            promised = self._discover().get("authorization_response_iss_parameter_supported") is True
        if (promised or claimed is not None) and claimed != self.registration.issuer:
            raise Refused("issuer", detail="the answer's iss")

    def claims_for(self, code: str, attempt: Attempt) -> tuple[dict[str, Any], str]:
        """The verified claims that a code stands for, and the ID token itself."""
        with refusing():
            self._discover()
            token = self._app.fetch_access_token(
                self.registration.callback, code=code, code_verifier=attempt.verifier
            )
            id_token = token.get("id_token")
            if not isinstance(id_token, str):
                raise Refused("claim", detail="no ID token")
            if len(id_token) > MAX_TOKEN_BYTES:
                raise Refused("too_big")
            claims = dict(self._verified(token, attempt.nonce))
            if "email" not in claims:
                claims = self._with_userinfo(claims, token)
        self._require_recent(claims)
        return claims, id_token

    def logout_claims(self, token: str) -> dict[str, Any]:
        """The verified claims of a token by which the provider says that somebody signed out there."""
        if not token:
            raise Refused("no_token")
        if len(token) > MAX_TOKEN_BYTES:
            raise Refused("too_big")
        with refusing():
            self._discover()
            try:
                claims = self._decoded(token, self._app.fetch_jwk_set())
            except InvalidKeyIdError:
                claims = self._decoded(token, self._newest_keys())
            JWTClaimsRegistry(
                leeway=self.registration.skew,
                iss={"essential": True, "value": self.registration.issuer},
                aud={"essential": True, "value": self.registration.client_id},
                iat={"essential": True},
            ).validate(claims)
        return claims

    def _decoded(self, token: str, keys: Any) -> dict[str, Any]:
        rules = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        return dict(jwt.decode(token, KeySet.import_key_set(keys), registry=rules).claims)

    def _newest_keys(self) -> Any:
        """Asked for now and then, whoever invents key ids."""
        with self._reading:
            if time.monotonic() < self._keys_read_at + PAUSE_SECONDS:
                raise Refused("key", detail="asked for a moment ago")
            self._keys_read_at = time.monotonic()
            return self._app.fetch_jwk_set(force=True)

    def sign_out_address(self, id_token: str, back: str) -> str:
        """Where the browser goes to sign out at the provider; blank where it offers none."""
        try:
            with refusing():
                if not self._discover().get("end_session_endpoint"):
                    return ""
                hint = {"id_token_hint": id_token} if 0 < len(id_token) <= MAX_HINT_BYTES else {}
                made = self._app.create_logout_url(back, client_id=self.registration.client_id, **hint)
                address: str = made["url"]
                return address
        except Refused:
            # Signing out here must not depend on the provider.
            return ""

    def _discover(self) -> dict[str, Any]:
        """The provider's metadata, read and vetted once; Authlib keeps the keys in it."""
        with self._reading:
            if not self._vetted:
                if time.monotonic() < self._left_alone_until:
                    raise Refused("provider_away", detail="left alone after a failure")
                try:
                    self._app.server_metadata = self._vet(self._app.load_server_metadata())
                    self._vetted = True
                finally:
                    if not self._vetted:
                        self._app.server_metadata = {}
                        self._left_alone_until = time.monotonic() + PAUSE_SECONDS
            metadata: dict[str, Any] = self._app.server_metadata
            return metadata

    def _vet(self, said: Mapping[str, Any]) -> dict[str, Any]:
        if said.get("issuer") != self.registration.issuer:
            raise Refused("issuer", detail="the discovery document's")
        metadata = {name: said[name] for name in METADATA if name in said}
        secure = self.registration.issuer.startswith("https://")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        for name in (*needed, *(name for name in OPTIONAL if metadata.get(name))):
            scheme = urlsplit(metadata[name]).scheme
            if scheme != "https" and (secure or scheme != "http"):
                raise Refused("provider_away", detail=f"{name} is not https")
        offered = metadata.get("token_endpoint_auth_methods_supported")
        if self._app.client_secret and isinstance(offered, list) and "client_secret_basic" not in offered:
            self._app.client_kwargs["token_endpoint_auth_method"] = "client_secret_post"
        return metadata | {"id_token_signing_alg_values_supported": list(ALGORITHMS)}

    def _verified(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        registration = self.registration
        claims: Mapping[str, Any] = self._app.parse_id_token(
            token,
            nonce=nonce,
            claims_options={
                "iss": {"essential": True, "value": registration.issuer},
                "aud": {"essential": True, "value": registration.client_id},
                "nonce": {"essential": True, "value": nonce},
            },
            leeway=registration.skew,
        )
        return claims

    def _with_userinfo(self, claims: dict[str, Any], token: Mapping[str, Any]) -> dict[str, Any]:
        """Some providers say the e-mail there only. What is not about the same subject is not used."""
        if not self._discover().get("userinfo_endpoint") or "access_token" not in token:
            return claims
        more = dict(self._app.userinfo(token=token))
        if more.get("sub") != claims["sub"]:
            raise Refused("no_subject", detail="the user info is about somebody else")
        return {**more, **claims}

    def _require_recent(self, claims: Mapping[str, Any]) -> None:
        if not self.registration.max_age:
            return
        proved = claims.get("auth_time")
        limit = time.time() - self.registration.max_age - self.registration.skew
        if not isinstance(proved, int | float) or isinstance(proved, bool) or not proved >= limit:
            raise Refused("auth_time")


_kept: dict[Registration, tuple[float, Provider]] = {}
_lock = threading.Lock()


def provider() -> Provider:
    """The provider that the settings name; this process asks for its discovery and keys again in time."""
    wanted = Registration(
        issuer=settings.HOOPVIEWER_OIDC_ISSUER,
        client_id=settings.HOOPVIEWER_OIDC_CLIENT_ID,
        client_secret=settings.HOOPVIEWER_OIDC_CLIENT_SECRET,
        scopes=settings.HOOPVIEWER_OIDC_SCOPES,
        callback=f"{settings.HOOPVIEWER_PUBLIC_URL}/sign-in/callback",
        max_age=int(settings.HOOPVIEWER_OIDC_MAX_AGE_HOURS * 3600),
        skew=settings.HOOPVIEWER_CLOCK_SKEW_SECONDS,
        ca_bundle=settings.HOOPVIEWER_SIGN_IN_CA_BUNDLE,
    )
    with _lock:
        made, found = _kept.get(wanted, (0.0, None))
        if found is None or time.monotonic() - made > FRESH_SECONDS:
            found = Provider(wanted)
            _kept.clear()
            _kept[wanted] = (time.monotonic(), found)
        return found
