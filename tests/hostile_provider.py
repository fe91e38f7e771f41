"""An OpenID provider over real HTTP that can be told to lie: what it is accused of is its ``crime``."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CLIENT = "hoopviewer-test"
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """A key of that name; making one takes a moment."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public_pem(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def jwk(key: Any, kid: str) -> dict[str, Any]:
    """A private key's public half, as a key set lists it."""
    kinds = {
        rsa.RSAPrivateKey: jwt.algorithms.RSAAlgorithm,
        ec.EllipticCurvePrivateKey: jwt.algorithms.ECAlgorithm,
        ed25519.Ed25519PrivateKey: jwt.algorithms.OKPAlgorithm,
    }
    kind: Any = next(kind for of, kind in kinds.items() if isinstance(key, of))
    made: dict[str, Any] = json.loads(kind.to_jwk(key.public_key()))
    return made | {"kid": kid, "use": "sig"}


def encoded(value: bytes | dict[str, Any]) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any]) -> str:
    return f"{encoded({'alg': 'none', 'typ': 'JWT', 'kid': 'one'})}.{encoded(claims)}."


def signed_with_public_key(claims: dict[str, Any], pem: bytes, head: dict[str, Any] | None = None) -> str:
    """HS256 whose secret is the public key that everybody can read. PyJWT refuses to make one."""
    body = f"{encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': 'one', **(head or {})})}.{encoded(claims)}"
    return f"{body}.{encoded(hmac.digest(pem, body.encode(), hashlib.sha256))}"


@dataclass
class Truth:
    """What the provider says when it does not lie; a crime changes it in place."""

    claims: dict[str, Any]
    head: dict[str, Any]
    key: Any
    make: Callable[[Truth], str] | None = None
    answer: dict[str, Any] = field(default_factory=dict)

    def token(self) -> str:
        if self.make is not None:
            return self.make(self)
        algorithm = self.head.get("alg", "RS256")
        return jwt.encode(self.claims, self.key, algorithm=algorithm, headers=self.head)


def lie(**claims: Any) -> Callable[[Truth], None]:
    """Claims put over the true ones; ``...`` leaves one out, also where the head repeats it."""

    def crime(truth: Truth) -> None:
        truth.head = {name: value for name, value in truth.head.items() if claims.get(name) is not ...}
        truth.claims = _stated(truth.claims | claims)

    return crime


def lie_in_head(**fields: Any) -> Callable[[Truth], None]:
    return lambda truth: setattr(truth, "head", _stated(truth.head | fields))


def _stated(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not ...}


class HostileProvider:
    """``crime`` is called with the truth before a token is made; ``discovery``, ``callback`` and
    ``statuses`` change what those answers hold."""

    def __init__(self) -> None:
        self.crime: Callable[[Truth], Any] = lambda truth: None
        self.discovery: dict[str, Any] = {}
        self.callback: dict[str, str] = {}
        self.keys = [jwk(rsa_key("one"), "one")]
        self.raw: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.userinfo: dict[str, Any] = {}
        self.seen: list[tuple[str, dict[str, list[str]]]] = []
        self._asked: dict[str, dict[str, str]] = {}
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> HostileProvider:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def asked(self) -> list[str]:
        """The path of each request so far."""
        return [path for path, _ in self.seen]

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, dict[str, str], bytes]:
        self.seen.append((path, query))
        if path in self.raw:
            return self.raw[path]
        value: dict[str, Any]
        match path:
            case "/.well-known/openid-configuration":
                value = self._metadata() | self.discovery
            case "/keys":
                value = {"keys": self.keys}
            case "/authorize":
                return 302, {"Location": self._back({name: texts[0] for name, texts in query.items()})}, b""
            case "/token":
                value = self._tokens(query)
            case "/userinfo":
                value = self.userinfo
            case _:
                return 404, {}, b""
        return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/end",
            # Believed, these would allow the forgeries below.
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
            "verify": False,
        }

    def _back(self, asked: dict[str, str]) -> str:
        code = f"code-{len(self._asked)}"
        self._asked[code] = asked
        return (
            f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], **self.callback})}"
        )

    def _tokens(self, form: dict[str, list[str]]) -> dict[str, Any]:
        # A code is good once, and for who holds the verifier of its challenge.
        asked = self._asked.pop(form["code"][0])
        challenge = encoded(hashlib.sha256(form["code_verifier"][0].encode()).digest())
        assert (asked["code_challenge"], asked["code_challenge_method"]) == (challenge, "S256")
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "00u1",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "auth_time": now,
            "email": "owen@example.com",
            "email_verified": True,
            "name": "Owen",
        }
        truth = Truth(claims, {"kid": "one"}, rsa_key("one"))
        self.crime(truth)
        answer = {"access_token": "opaque", "token_type": "Bearer", "id_token": truth.token()}
        return {name: value for name, value in (answer | truth.answer).items() if value is not None}

    def logout(self, **claims: Any) -> Truth:
        """What it posts when somebody signed out there; ``...`` leaves a claim out."""
        now = int(time.time())
        told = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "sub": "00u1",
            "events": {LOGOUT: {}},
        } | claims
        return Truth(_stated(told), {"kid": "one", "typ": "logout+jwt"}, rsa_key("one"))

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                self.send(provider.answer(parts.path, parse_qs(parts.query)))

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.send(provider.answer(self.path, parse_qs(form)))

            def send(self, answer: tuple[int, dict[str, str], bytes]) -> None:
                status, headers, body = answer
                self.send_response(status)
                for name, text in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
