"""What the template of a session's page is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sessions_ui.pages.log_shapes import LogShape
from sessions_ui.pages.shapes import Answer, Banner, FactGroup, ReviewShape, ScriptShape

#: Rows of a log that leave room below it on a large screen.
SHORT_LOG = 25


@dataclass(frozen=True, slots=True)
class SessionShape:
    """The whole session page."""

    session_id: str
    title: str
    sentence: str
    started_at: datetime | None
    said_at: datetime
    answers: tuple[Answer, ...]
    facts: FactGroup
    groups: tuple[FactGroup, ...]
    review: ReviewShape
    script: ScriptShape | None
    log: LogShape
    banners: tuple[Banner, ...] = ()

    @property
    def has_short_log(self) -> bool:
        """Its review fits below it, where there is room; beside a long one it would be far away there."""
        return len(self.log.rows) <= SHORT_LOG
