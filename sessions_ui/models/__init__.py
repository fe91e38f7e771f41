"""What we remember of hoop, and who may open the door. Nothing here decides anything."""

from __future__ import annotations

from sessions_ui.models.access import (
    LinkRecord,
    LocalEntryRecord,
    RateRecord,
    SignInAttemptRecord,
    SignInRecord,
    TokenRecord,
)
from sessions_ui.models.archive import (
    EventLogRecord,
    FileLengthRecord,
    GatewayTroubleRecord,
    LeaseRecord,
    PersonRecord,
    SegmentRecord,
    ServerRecord,
    SessionRecord,
)
from sessions_ui.models.listing import ListRowRecord, ListSpanRecord

__all__ = [
    "EventLogRecord",
    "FileLengthRecord",
    "GatewayTroubleRecord",
    "LeaseRecord",
    "LinkRecord",
    "ListRowRecord",
    "ListSpanRecord",
    "LocalEntryRecord",
    "PersonRecord",
    "RateRecord",
    "SegmentRecord",
    "ServerRecord",
    "SessionRecord",
    "SignInAttemptRecord",
    "SignInRecord",
    "TokenRecord",
]
