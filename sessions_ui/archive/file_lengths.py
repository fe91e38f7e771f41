"""How long files of a log are that no count tells: known once one was written to its end.

A length belongs to a file's ETag, so to all that decides its bytes, and goes when its log goes.
"""

from __future__ import annotations

import structlog
from django.db import DatabaseError, transaction

from sessions_ui.archive.reading import EventLog
from sessions_ui.models import FileLengthRecord

_log = structlog.get_logger(__name__)


def find_length(log: EventLog, etag: str) -> int | None:
    lengths = FileLengthRecord.objects.filter(log=log.record, etag=etag).values_list("length", flat=True)
    return lengths.first()


def remember_length(log: EventLog, etag: str, length: int) -> None:
    """Raises nothing: the file is on its way, and its length can be found out another time."""
    try:
        with transaction.atomic():
            FileLengthRecord.objects.get_or_create(log=log.record, etag=etag, defaults={"length": length})
    except DatabaseError as error:
        _log.warning("file_length_not_kept", problem=type(error).__name__)


def forget_length(log: EventLog, etag: str) -> None:
    FileLengthRecord.objects.filter(log=log.record, etag=etag).delete()
