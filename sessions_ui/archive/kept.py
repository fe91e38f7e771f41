"""A session's own answer as we keep it, read back; hoop is not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sessions_ui.archive.packing import unpack
from sessions_ui.gateway.errors import GatewayError
from sessions_ui.gateway.json_text import parse_json
from sessions_ui.gateway.wire import parse_session
from sessions_ui.models import SessionRecord
from sessions_ui.session import Session


@dataclass(frozen=True, slots=True)
class Kept:
    """A session (``envelope`` as received, ``fields`` of it) and what is known about the copy: when hoop
    last said so, whether hoop could not be asked just now (``trouble``), since when hoop has it no longer
    (``missing_since``), and between which two looks a finished one was changed there."""

    record_id: int
    session: Session
    envelope: bytes = field(repr=False)
    fields: Mapping[str, Any] = field(repr=False)
    fetched_at: datetime
    missing_since: datetime | None = None
    changed_between: tuple[datetime, datetime] | None = None
    trouble: GatewayError | None = None


def kept_of(record: SessionRecord, *, trouble: GatewayError | None = None) -> Kept:
    """What a stored record holds."""
    envelope = unpack(record.envelope)
    fields: dict[str, Any] = parse_json(envelope)
    return Kept(
        record_id=record.pk,
        session=parse_session(fields),
        envelope=envelope,
        fields=fields,
        fetched_at=record.fetched_at,
        missing_since=record.missing_since,
        changed_between=(record.changed_after, record.changed_before)
        if record.changed_after and record.changed_before
        else None,
        trouble=trouble,
    )


def column(text: str, length: int) -> str:
    """A text for look-ups only: PostgreSQL's text refuses NUL, and a column has its length."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:length]
