"""How requests are sent: which are tried again, how the credential travels, what is never followed."""

from __future__ import annotations

import email.utils
import time
from types import TracebackType
from typing import Self

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

#: The longest ``Retry-After`` that is waited for while a person waits too.
MAX_WAIT_SECONDS = 3
MAX_RETRY_AFTER = 300.0


def http_session(*, ca_bundle: str = "") -> requests.Session:
    """A session that retries what is safe to repeat, at most twice, and trusts ``ca_bundle``."""
    http = _Session()
    adapter = HTTPAdapter(
        max_retries=_Retry(
            total=2,
            redirect=0,
            status_forcelist=(502, 503, 504),
            allowed_methods={"GET"},
            backoff_factor=0.2,
            backoff_jitter=0.2,
            raise_on_status=False,
        ),
        pool_maxsize=32,
    )
    http.mount("http://", adapter)
    http.mount("https://", adapter)
    if ca_bundle:
        http.verify = ca_bundle
    return http


class _Session(requests.Session):
    """Does not even look where a redirect leads: requests would read its body, whatever its size."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _Retry(Retry):
    """A deadline that passed is not tried again, nor what hoop wants left alone for longer than a
    person waits: its answer then goes to the caller, who obeys ``Retry-After`` by cooling down."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        if isinstance(error, ReadTimeoutError):
            raise error
        if response is not None and _pool and (self.get_retry_after(response) or 0) > MAX_WAIT_SECONDS:
            raise MaxRetryError(_pool, url)
        if response is not None:
            # urllib3 would read the body of the failure to its end, and it may have none.
            response.close()
        return super().increment(method, url, response, error, _pool, _stacktrace)

    def parse_retry_after(self, retry_after: str) -> float:
        return seconds_from(retry_after)


class Bearer(AuthBase):
    """As an auth object, so that no .netrc can replace it; requests drops it on a redirect."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class NoCredential(AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def seconds_from(text: str) -> float:
    """Of a ``Retry-After``, a number or a date; 0 for what is neither, never over five minutes."""
    if text.isascii() and text.isdigit():
        return min(float(text), MAX_RETRY_AFTER)
    try:
        left = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, min(left, MAX_RETRY_AFTER))
