"""One worker for a piece of work: in this process by a shared future, in the deployment by a row.

A lease is taken, renewed and judged by the database's clock, so that the web processes' own
clocks need not agree. A holder that dies loses it when it runs out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import DateTimeField as Moment
from django.db.models import ExpressionWrapper
from django.db.models.functions import Now

from sessions_ui.models import LeaseRecord

T = TypeVar("T")

_flights: dict[str, Future[Any]] = {}
_flights_lock = threading.Lock()


def lease_name(record_id: int) -> str:
    """Of the reading of a session's log."""
    return f"log {record_id}"


def take_lease(name: str, owner: str, *, seconds: float) -> bool:
    """True when ``owner`` holds it now; False while somebody else does."""
    until = _from_now(seconds)
    if LeaseRecord.objects.filter(name=name, expires_at__lt=Now()).update(owner=owner, expires_at=until):
        return True
    if LeaseRecord.objects.filter(name=name).exists():
        return False
    try:
        with transaction.atomic():
            LeaseRecord.objects.create(name=name, owner=owner, expires_at=until)
    except IntegrityError:
        return False
    return True


def renew_lease(name: str, owner: str, *, seconds: float) -> bool:
    """False when it was lost: somebody else may be at work."""
    return bool(
        LeaseRecord.objects.filter(name=name, owner=owner, expires_at__gte=Now()).update(
            expires_at=_from_now(seconds)
        )
    )


def release_lease(name: str, owner: str) -> None:
    LeaseRecord.objects.filter(name=name, owner=owner).delete()


def is_leased(name: str) -> bool:
    return LeaseRecord.objects.filter(name=name, expires_at__gte=Now()).exists()


def share_flight(name: str, work: Callable[[], T]) -> T:
    """Run ``work``, or wait for the thread of this process that is already running it: all get the
    same value, or the same error."""
    with _flights_lock:
        flight = _flights.get(name)
        leads = flight is None
        if flight is None:
            flight = _flights[name] = Future()
    if leads:
        try:
            flight.set_result(work())
        except BaseException as error:
            flight.set_exception(error)
        finally:
            with _flights_lock:
                del _flights[name]
    value: T = flight.result()
    return value


def _from_now(seconds: float) -> Any:
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=Moment())
