"""The hits of a search on the log's own page: where they are, and the way from one to the next."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpRequest

from sessions_ui.access.people import Person
from sessions_ui.archive.event_logs import EventLog
from sessions_ui.archive.searching import TooManySearches, search_slot
from sessions_ui.archive.spread import Spread, find_spread, kept_spread
from sessions_ui.eventlog.finding import BadPattern
from sessions_ui.eventlog.query import Query
from sessions_ui.pages.log_query import LogQuery
from sessions_ui.pages.log_shapes import HitsShape
from sessions_ui.pages.opening import Opened, person_of_request
from sessions_ui.pages.words import plural, shown

MAX_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Hits:
    """``spread`` None: ``why`` says why they are not shown."""

    query: Query
    spread: Spread | None
    why: str = ""


def find_hits(request: HttpRequest, opened: Opened, query: LogQuery) -> Hits | None:
    """What the address searches for, found; None where it searches for nothing, or there is no log."""
    log = opened.log
    # A search reads the log that was kept.
    if query.search is None or query.copy or not isinstance(log, EventLog):
        return None
    kept = kept_spread(log, query.search)
    if kept is not None:
        return Hits(query.search, kept)
    try:
        with search_slot(person_key(person_of_request(request))):
            return Hits(query.search, find_spread(log, query.search, gone=lambda: is_gone(request)))
    except BadPattern as bad:
        return Hits(query.search, None, f"RE2, which searches here, does not take this expression: {bad}.")
    except TooManySearches:
        return Hits(query.search, None, "Two searches of yours are still under way: hits are not shown.")


def hits_shape(session_id: str, hits: Hits, query: LogQuery) -> HitsShape:
    """The line below the strip: which hit is shown, and its neighbours."""
    of = f"“{shown(hits.query.text, MAX_SHOWN)}”"
    every = search_address(session_id, hits.query)
    without = f"/sessions/{session_id}/log{replace(query, search=None, hit=0).query()}"
    spread = hits.spread
    if spread is None:
        return HitsShape(hits.why, all_href=every, without_href=without)
    here = query.hit if 0 < query.hit <= spread.count else 0
    found = f"Hit {here:,} of {spread.count:,}" if here else plural(spread.count, "hit")
    text = f"{found} for {of}" if spread.count else f"No hit for {of}"
    text += "" if spread.whole else " so far: a search of all takes longer"
    text += "; hidden input was not searched" if spread.masked else ""

    def to(number: int) -> str:
        return hit_address(session_id, hits.query, number) if 0 < number <= spread.count else ""

    return HitsShape(
        text=text,
        first_href="" if here else to(1),
        previous_href=to(here - 1),
        next_href=to(here + 1) if here else "",
        all_href=every,
        without_href=without,
    )


def search_address(session_id: str, query: Query | None = None, **more: str) -> str:
    """The search page, for a query."""
    asked = {**(query.parameters() if query else {}), **more}
    return f"/sessions/{session_id}/search" + (f"?{urlencode(asked)}" if asked else "")


def hit_address(session_id: str, query: Query, number: int) -> str:
    """An address that leads on to the place of a hit in the log."""
    return search_address(session_id, query, hit=str(number), open="1")


def person_key(person: Person) -> str:
    """Whose searches are counted."""
    return f"{person.via} {person.id or person.email or person.name}"


def is_gone(request: HttpRequest) -> bool:
    """Whether the client hung up, as far as the server's socket can tell: gunicorn hands it over, and
    a peek that finds an end is one."""
    connection = request.META.get("gunicorn.socket")
    if not isinstance(connection, socket.socket):
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except ValueError:
        # TLS sockets take no flags.
        return False
    except OSError:
        return True
