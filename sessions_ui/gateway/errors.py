"""What can go wrong between us and hoop, named for what the reader can do about it.

    GatewayError
    ├── GatewayUnreachable    no connection, no trust in its certificate, or its server fails (5xx)
    ├── GatewaySlow           a deadline passed: connecting, first byte, between bytes, or in total
    ├── GatewayRefused        401: hoop does not accept our credential
    ├── GatewayForbidden      403: hoop accepts us and does not let us see this
    ├── GatewayNotFound       404: hoop has no such session, or no such person
    ├── GatewayGarbled        an answer that is not what hoop sends: HTML, cut short, wrong shape
    ├── GatewayTooBig         an answer over one of our caps
    └── GatewayCoolingDown    hoop failed a moment ago and is left alone until ``until``

``str(error)`` is fit for a log line: it never holds content, an address's query or a credential.
"""

from __future__ import annotations

from datetime import datetime


class GatewayError(Exception):
    """Base of all. ``cools``: hoop itself is in trouble, so leave it alone for a while. ``away``: hoop
    could not be asked, so that a kept copy may stand in for its answer.
    ``since``: when the trouble began, where known. ``retry_after``: seconds hoop asked for."""

    cools = False
    away = False

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        since: datetime | None = None,
        retry_after: float = 0,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.since = since
        self.retry_after = retry_after


def trouble(error: GatewayError) -> str:
    """For who runs the site: what keeps hoop from answering, without its address.

    >>> trouble(GatewayUnreachable("its certificate is not trusted"))
    'hoop does not answer as it should: its certificate is not trusted.'
    >>> trouble(GatewayGarbled("hoop's API is not at this address"))
    "hoop does not answer as it should: hoop's API is not at this address. Check HOOP_API_URL."
    """
    words = f"hoop does not answer as it should: {error}."
    return f"{words} Check HOOP_API_URL." if isinstance(error, GatewayGarbled) else words


class GatewayUnreachable(GatewayError):
    """No connection, no trust in the certificate, or hoop's own failure (5xx)."""

    cools = True
    away = True


class GatewaySlow(GatewayError):
    """A deadline passed."""

    cools = True
    away = True


class GatewayRefused(GatewayError):
    """401: our credential is missing, wrong or revoked."""


class GatewayForbidden(GatewayError):
    """403: not ours to see."""


class GatewayNotFound(GatewayError):
    """404: hoop has no such session or person (or they belong to another organisation)."""


class GatewayGarbled(GatewayError):
    """An answer that is not what hoop sends; never stored."""


class GatewayTooBig(GatewayError):
    """An answer, or one event in it, over a cap."""


class GatewayCoolingDown(GatewayError):
    """hoop failed a moment ago; it is asked again after ``until``."""

    away = True

    def __init__(self, message: str, *, until: datetime, since: datetime | None = None) -> None:
        super().__init__(message, since=since)
        self.until = until
