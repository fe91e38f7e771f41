"""How often somebody may do a thing: counted in the database, for every process of the deployment."""

from __future__ import annotations

import hashlib
import time

from django.db import IntegrityError, transaction
from django.db.models import F

from sessions_ui.models import RateRecord


def spend(kind: str, key: str, *, most: int, seconds: int) -> bool:
    """Count one more; False when ``key`` (an address, a person) has done ``kind`` ``most`` times already
    in this stretch of ``seconds``. Only a hash of the key is stored, and not past its stretch."""
    window = int(time.time()) // seconds
    row = {"kind": kind, "key_hash": hashlib.sha256(key.encode()).hexdigest(), "window": window}
    if _one_more(row, most):
        return True
    if RateRecord.objects.filter(**row).exists():
        return False
    RateRecord.objects.filter(kind=kind, window__lt=window).delete()
    try:
        with transaction.atomic():
            RateRecord.objects.create(**row, used=1)
    except IntegrityError:
        # Another process was first to count in this stretch.
        return _one_more(row, most)
    return most > 0


def _one_more(row: dict[str, object], most: int) -> bool:
    return bool(RateRecord.objects.filter(**row, used__lt=most).update(used=F("used") + 1))
