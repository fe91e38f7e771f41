"""A session that hoop no longer has: what was kept of it, and since when it is gone."""

from __future__ import annotations

from sessions_ui.pages.opening import Opened
from sessions_ui.pages.shapes import Banner
from sessions_ui.pages.words import instant, plural


def missing_at_hoop(opened: Opened) -> list[Banner]:
    """Said above everything on a kept copy: last seen at hoop when, how many events, which hash."""
    since, facts = opened.kept.missing_since, opened.facts()
    if since is None:
        return []
    kept = "Its recording was never read here, so nothing is left of it."
    if facts is not None:
        events = plural(facts.events, "event")
        # A hash over hidden input would let somebody try out what it was.
        of, sha256 = "the events", facts.events_sha256
        if not sha256:
            of, sha256 = "what was printed", facts.printed_sha256
        kept = f"Kept of its recording: {events}" + (f", SHA-256 of {of} {sha256}." if sha256 else ".")
    gone = f"hoop has answered since {instant(since)} that it knows no such session."
    return [
        Banner(
            "warn",
            "hoop no longer has this session: this is the kept copy",
            f"{gone} {kept} Last seen at hoop on",
            opened.kept.fetched_at,
        )
    ]
