"""Seats of this process for what takes long to send: at most half of the server's threads send files, so
that pages are always read, and nobody has all the seats alone.

What is at most one piece is sent like a page and takes none.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from functools import partial

from django.conf import settings

from sessions_ui.access.people import Person


class TooManyDownloads(Exception):
    """No seat is free; ``own``: this person has as many as one person may have."""

    def __init__(self, *, own: bool) -> None:
        super().__init__("as many as one person may have" if own else "as many as there may be")
        self.own = own


def all_seats() -> int:
    return max(1, settings.HOOPVIEWER_THREADS // 2)


def own_seats() -> int:
    """What one person may have of them: three quarters, where there are several."""
    return max(1, all_seats() * 3 // 4)


def take_seat(person: Person | None) -> Callable[[], None]:
    """Gives what gives it back, to be called once. Raises TooManyDownloads."""
    who = (person.issuer, person.subject) if person else ("", "")
    with _lock:
        _clear()
        if _taken.total() >= all_seats():
            raise TooManyDownloads(own=False)
        if _taken[who] >= own_seats():
            raise TooManyDownloads(own=True)
        _taken[who] += 1
    return partial(_given_back.append, who)


def taken_seats() -> int:
    with _lock:
        _clear()
        return _taken.total()


_taken: Counter[tuple[str, str]] = Counter()
#: A seat may be given back by the search for garbage, in the midst of anything, so without the lock.
_given_back: deque[tuple[str, str]] = deque()
_lock = threading.Lock()


def _clear() -> None:
    while _given_back:
        who = _given_back.popleft()
        _taken[who] -= 1
        if not _taken[who]:
            del _taken[who]
