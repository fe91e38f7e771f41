"""How it went, for answers that are made whole: a second row of the access trail behind each that was
sent, written when the server lets go of it, so that nobody waits for it.

What is sent in parts writes its own (``pages/files.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sessions_ui.trail.acts import Outcome
from sessions_ui.trail.store import Written

#: In what the server knows of a request (``META``): all that is left of it when the server is through.
KEPT = "hoopviewer.rows"


def tell_when_sent(request: HttpRequest, row: Written) -> None:
    """Have the second row of ``row`` written once the answer to ``request`` went out, or broke off."""
    request.META.setdefault(KEPT, []).append(row)


class TellHowItWent:
    """The site as the server calls it."""

    def __init__(self, application: Callable[[dict[str, Any], Any], HttpResponseBase]) -> None:
        self.application = application

    def __call__(self, meta: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self.application(meta, start_response)
        rows = meta.pop(KEPT, ())
        return _Followed(answer, rows, bodiless=meta["REQUEST_METHOD"] == "HEAD") if rows else answer


class _Followed:
    """An answer on its way. Closed by the server when it was sent or the client has left."""

    def __init__(self, answer: HttpResponseBase, rows: Iterable[Written], *, bodiless: bool) -> None:
        self._answer = answer
        self._rows = tuple(rows)
        self._bodiless = bodiless
        self._size = 0
        self._outcome = Outcome.BROKEN_OFF

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._answer:
            yield chunk
            # Who asks for the next chunk has sent this one; of a HEAD's nothing is.
            self._size += 0 if self._bodiless else len(chunk)
        self._outcome = Outcome.FINISHED

    def close(self) -> None:
        # An error page that took the place of what was to be shown says so.
        status = self._answer.status_code
        more = {"status": status} if status >= 400 else {}
        rows, self._rows = self._rows, ()
        try:
            for row in rows:
                row.ended(size=self._size, outcome=self._outcome, more=more)
        finally:
            self._answer.close()
