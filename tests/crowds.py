"""Many sessions for the stand-in, at instants that are hard to page through."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sessions_ui.archive import list_filling
from sessions_ui.demo.standin import StandIn
from sessions_ui.demo.standin.generated import envelope
from sessions_ui.demo.standin.state import Session
from tests.waiting import LONG

SECOND = timedelta(seconds=1)
BEGIN = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def hard_instants(count: int, chance: random.Random) -> list[datetime]:
    """Spread over days, but also: one second with a fifth of them, one instant shared by a twentieth,
    and many at whole seconds, which two of hoop's windows share."""
    instants = [BEGIN + SECOND * 7 * number for number in range(count // 4)]
    instants += [BEGIN + timedelta(days=1, microseconds=chance.randrange(10**6)) for _ in range(count // 5)]
    instants += [BEGIN + timedelta(days=1, seconds=1)] * (count // 20)
    left = count - len(instants)
    return instants + [
        BEGIN + timedelta(microseconds=chance.randrange(20 * 86_400 * 10**6)) for _ in range(left)
    ]


def add_crowd(hoop: StandIn, instants: Iterable[datetime], **changes: Any) -> list[str]:
    """Finished sessions of Owen's at these instants, put in without any recording; their ids."""
    owner = hoop.state.people.find(changes.pop("owner", "owen@example.com"))
    assert owner is not None
    ids = []
    for at in instants:
        made = envelope(owner, at, "", hoop.state.server["org_id"]) | {"id": str(uuid.uuid4())} | changes
        made["end_date"] = made["end_date"] or made["start_date"]
        hoop.state.add(Session(made["id"], made))
        ids.append(made["id"])
    return ids


@contextmanager
def reading_held() -> Iterator[None]:
    """Within, hoop's list is not read beyond its first page; after it, to the end."""
    go_on = threading.Event()
    pace, calls = list_filling._Reader._pace, iter(range(1, 2**31))

    def wait(reader: list_filling._Reader) -> None:
        if next(calls) > 1:
            assert go_on.wait(LONG)
        pace(reader)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(list_filling._Reader, "_pace", wait)
        try:
            yield
        finally:
            go_on.set()
            list_filling.finish_filling()
