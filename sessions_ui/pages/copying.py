"""hoop's switch for the clipboard, in words. Not knowing it counts as off."""

from __future__ import annotations

from sessions_ui.archive.gateway_facts import allows_copying

OFF = "Copying is switched off at hoop, so nothing of a session can be copied here."
UNKNOWN = (
    "hoop does not say whether copying is allowed. Until it says, nothing of a session can be copied here."
)


def may_copy() -> bool:
    return allows_copying() is True


def why_not() -> str:
    """Blank where copying is allowed."""
    allowed = allows_copying()
    if allowed is None:
        return UNKNOWN
    return "" if allowed else OFF
