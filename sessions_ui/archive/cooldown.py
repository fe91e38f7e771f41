"""A gateway that failed is left alone for a while, by every process of the deployment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from sessions_ui.gateway.errors import GatewayCoolingDown, GatewayError
from sessions_ui.models import GatewayTroubleRecord


@contextmanager
def asking(gateway: str) -> Iterator[None]:
    """Around every call to hoop. Raises GatewayCoolingDown at once while it is left alone; notes a
    failure of hoop itself, and its end."""
    trouble = GatewayTroubleRecord.objects.filter(gateway=gateway).first()
    now = timezone.now()
    if trouble and trouble.cooling_until > now:
        raise GatewayCoolingDown(trouble.reason, until=trouble.cooling_until, since=trouble.since)
    try:
        yield
    except GatewayError as error:
        if error.cools:
            error.since = trouble.since if trouble else now
            _note(gateway, error, since=error.since)
        raise
    if trouble:
        trouble.delete()


def find_trouble(gateway: str) -> GatewayError | None:
    """The failure that no answer of hoop's has followed yet; hoop is not asked."""
    trouble = GatewayTroubleRecord.objects.filter(gateway=gateway).first()
    if trouble is None:
        return None
    return GatewayCoolingDown(trouble.reason, until=trouble.cooling_until, since=trouble.since)


def _note(gateway: str, error: GatewayError, *, since: datetime) -> None:
    pause = timedelta(seconds=max(settings.HOOPVIEWER_COOL_DOWN_SECONDS, error.retry_after))
    GatewayTroubleRecord.objects.update_or_create(
        gateway=gateway,
        defaults={"cooling_until": timezone.now() + pause, "reason": str(error)[:255]},
        create_defaults={
            "since": since,
            "cooling_until": timezone.now() + pause,
            "reason": str(error)[:255],
        },
    )
