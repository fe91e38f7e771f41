"""Windows of a log that many people ask for at once: each is made, and drawn, once in a process.

A reading that came to its end never changes, and a window of it depends on nothing but what it is made
from. All of that is compared, so whatever makes two people's windows differ keeps them apart. Few are
kept, and not for long; who may see them was asked before.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from sessions_ui.archive.leases import share_flight
from sessions_ui.archive.reading import EventLog
from sessions_ui.pages.log_shapes import LogShape

KEPT = 8
KEPT_SECONDS = 60.0


@dataclass(slots=True, eq=False)
class _Made:
    """``asked`` is all that the window was made from."""

    asked: tuple[Any, ...]
    shape: Future[LogShape] = field(default_factory=Future)
    html: str = ""
    at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.at < KEPT_SECONDS


_kept: list[_Made] = []
_lock = threading.Lock()


def share_window(make: Callable[..., LogShape], *given: Any) -> LogShape:
    """What ``make`` gives for these arguments, or gave a moment ago for equal ones. An event log among
    them counts by its identity."""
    asked = tuple(one.identity if isinstance(one, EventLog) else one for one in given)
    with _lock:
        _kept[:] = [made for made in _kept if made.is_fresh]
        made = next((made for made in _kept if made.asked == asked), None)
        leads = made is None
        if made is None:
            made = _Made(asked)
            _kept.append(made)
            del _kept[:-KEPT]
    if leads:
        try:
            made.shape.set_result(make(*given))
        except BaseException as error:
            made.shape.set_exception(error)
            forget(made)
    return made.shape.result()


def share_drawing(shape: LogShape, draw: Callable[[], str]) -> str:
    """The panel of a window, drawn once if it is one of those kept here."""
    with _lock:
        made = next((made for made in _kept if made.shape.done() and _is(made, shape)), None)
    if made is None:
        return draw()
    if not made.html:
        made.html = share_flight(f"drawing {id(made)}", draw)
    return made.html


def _is(made: _Made, shape: LogShape) -> bool:
    """The very one: a copy with something changed is another."""
    return made.shape.exception() is None and made.shape.result() is shape


def forget(made: _Made | None = None) -> None:
    """Drop one, or all that this process keeps."""
    with _lock:
        _kept[:] = [one for one in _kept if made is not None and one is not made]
