"""GatewayClient: one method per hoop route, and the only place that sends anything to hoop.

Every call has deadlines and byte caps, follows no redirect, and turns whatever goes wrong into
one GatewayError. The credential travels as a header only. Nothing is cached here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import requests

from sessions_ui.gateway.body import read_chunks
from sessions_ui.gateway.errors import (
    GatewayError,
    GatewayForbidden,
    GatewayGarbled,
    GatewayNotFound,
    GatewayRefused,
    GatewaySlow,
    GatewayTooBig,
    GatewayUnreachable,
)
from sessions_ui.gateway.http import Bearer, NoCredential, http_session, seconds_from
from sessions_ui.gateway.json_text import parse_json

#: hoop gives no more sessions a page, whatever is asked for.
MAX_PAGE = 100
METADATA_CAP_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: to connect; to the first byte of a stream (hoop builds it in memory first); of
    silence between bytes; for an answer without a stream in all."""

    connect: float = 5
    first_byte: float = 300
    between_bytes: float = 30
    metadata: float = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole JSON answer: the value, the bytes it came as, and the gateway's version."""

    value: Any
    body: bytes
    version: str


class GatewayClient:
    """``base_url`` without ``/api``; ``key`` is a bearer credential, never shown by ``repr``."""

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        http: requests.Session | None = None,
        deadlines: Deadlines | None = None,
        max_log_bytes: int = 2 * 1024**3,
    ) -> None:
        self.base_url = base_url
        self._http = http or http_session()
        self._http.auth = Bearer(key) if key else NoCredential()
        self._deadlines = deadlines or Deadlines()
        self._max_log_bytes = max_log_bytes

    def __repr__(self) -> str:
        return f"GatewayClient({self.base_url!r})"

    def get_session(self, session_id: UUID) -> Answer:
        """A session's own data with its script, never its stream. ``GET /api/sessions/{id}``.

        A script too large to load is left out (``expand=-`` suppresses it); ``script_size`` tells."""
        path = f"/api/sessions/{session_id}"
        try:
            return self._json(path, what=dict)
        except GatewayTooBig:
            return self._json(path, {"expand": "-"}, what=dict)

    @contextmanager
    def open_stream(self, session_id: UUID) -> Iterator[Iterator[bytes]]:
        """The body of ``GET /api/sessions/{id}?expand=event_stream`` as chunks, raw triples in it.

        Never ``event_stream=utf8``: that loses data and answers 200 with an error sentence."""
        with self._send(
            f"/api/sessions/{session_id}", {"expand": "event_stream"}, read_seconds=self._deadlines.first_byte
        ) as response:
            _require_json(response)
            yield read_chunks(
                response,
                cap_bytes=self._max_log_bytes,
                silence_seconds=self._deadlines.between_bytes,
                total_seconds=None,
            )

    def list_sessions(
        self, filters: Mapping[str, str], *, limit: int, offset: int = 0, count: str = ""
    ) -> Answer:
        """A page of sessions, newest first. ``GET /api/sessions``; an empty filter would mean "none",
        not "any", and is refused here, save for a review's status, where it means "no review".
        ``count``: none, capped or exact; older gateways always count exactly."""
        if not all(text or name == "review.status" for name, text in filters.items()):
            raise ValueError("an empty filter selects nothing at hoop; leave it out")
        query = {**filters, "limit": str(min(limit, MAX_PAGE)), "offset": str(offset)}
        if count:
            query["count"] = count
        answer = self._json("/api/sessions", query, what=dict)
        if not isinstance(answer.value.get("data"), list):
            raise GatewayGarbled("the list of sessions is not a list")
        return answer

    def find_person(self, email: str) -> Answer | None:
        """A user of hoop, by e-mail: id, groups, status; None when hoop has none.
        ``GET /api/users/{email}``."""
        if "/" in email or "\\" in email:
            # However it is written, a proxy before hoop may read it as the way to something else.
            return None
        try:
            return self._json(f"/api/users/{quote(email, safe='@')}", what=dict)
        except GatewayNotFound:
            return None

    def list_people(self) -> Answer:
        """Every user of hoop, each as ``find_person`` has them. ``GET /api/users``."""
        return self._json("/api/users", what=list)

    def get_own_person(self) -> Answer:
        """Whose credential this is, and its role. ``GET /api/userinfo``."""
        return self._json("/api/userinfo", what=dict)

    def get_server(self) -> Answer:
        """Version and switches of the gateway. ``GET /api/serverinfo``."""
        return self._json("/api/serverinfo", what=dict)

    def check_health(self) -> None:
        """Raise a GatewayError unless hoop answers, database included. ``GET /api/publicserverinfo``
        (``/healthz`` does not touch hoop's database)."""
        self._json("/api/publicserverinfo", what=dict)

    def _json(self, path: str, query: Mapping[str, str] | None = None, *, what: type) -> Answer:
        seconds, started = self._deadlines.metadata, time.monotonic()
        with self._send(path, query, read_seconds=seconds) as response:
            _require_json(response)
            body = b"".join(
                read_chunks(
                    response,
                    cap_bytes=METADATA_CAP_BYTES,
                    silence_seconds=seconds,
                    total_seconds=seconds,
                    started=started,
                )
            )
            version = response.headers.get("Server", "").removeprefix("hoopgateway/")
        try:
            value = parse_json(body)
        except ValueError as error:
            raise GatewayGarbled("the answer is not JSON") from error
        if not isinstance(value, what):
            raise GatewayGarbled("the answer is JSON of another shape")
        return Answer(value, body, version)

    @contextmanager
    def _send(
        self, path: str, query: Mapping[str, str] | None, *, read_seconds: float
    ) -> Iterator[requests.Response]:
        try:
            response = self._http.get(
                self.base_url + path,
                params=query,
                timeout=(self._deadlines.connect, read_seconds),
                allow_redirects=False,
                # Given with every request: REQUESTS_CA_BUNDLE would replace the session's own.
                verify=self._http.verify,
                stream=True,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            )
        except requests.exceptions.SSLError as error:
            raise GatewayUnreachable("its certificate is not trusted") from error
        except requests.exceptions.ConnectTimeout as error:
            raise GatewayUnreachable(f"no connection within {self._deadlines.connect:g} s") from error
        except requests.exceptions.Timeout as error:
            raise GatewaySlow(f"hoop did not begin to answer within {read_seconds:g} s") from error
        except requests.exceptions.ConnectionError as error:
            raise GatewayUnreachable("no connection") from error
        except (OSError, ValueError):
            # Such as a bundle that is not there, or a key that fits no header: the cause would
            # repeat it, so it is not named.
            raise GatewayUnreachable("the request could not be sent") from None
        with response:
            if response.status_code != 200:
                raise _error_of(response)
            yield response


def _require_json(response: requests.Response) -> None:
    kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise GatewayGarbled("the answer is not JSON but another kind of page", status=200)


def _error_of(response: requests.Response) -> GatewayError:
    """The one place where a status becomes an error. The body is never read: it is not ours."""
    status = response.status_code
    if status == 401:
        return GatewayRefused("hoop does not accept our credential", status=status)
    if status == 403:
        return GatewayForbidden("hoop does not let our credential see this", status=status)
    if status == 404:
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return GatewayNotFound("hoop has no such session", status=status)
        return GatewayGarbled("hoop's API is not at this address", status=status)
    if status == 429 or status >= 500:
        return GatewayUnreachable(
            f"hoop answered with status {status}",
            status=status,
            retry_after=seconds_from(response.headers.get("Retry-After", "")),
        )
    if 300 <= status < 400:
        return GatewayGarbled("hoop answered with a redirect, which we do not follow", status=status)
    return GatewayGarbled(f"hoop answered with status {status}", status=status)
