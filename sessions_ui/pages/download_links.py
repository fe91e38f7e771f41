"""One click each: the files that most people want of a recording."""

from __future__ import annotations

from sessions_ui.archive.gateway_facts import find_server
from sessions_ui.eventlog.formats.options import FORMS, USUAL_KINDS, FileOptions, Form
from sessions_ui.pages.download_query import DownloadQuery
from sessions_ui.pages.shapes import PagerLink

#: The name of each file, and what it is for.
WORDS: dict[Form, tuple[str, str]] = {
    "text": ("Text", "What was printed, byte for byte"),
    "csv": ("CSV", "For a spreadsheet, an event a row"),
    "json": ("JSON", "Loses nothing, one document"),
    "ndjson": ("NDJSON", "Loses nothing, an event a line"),
    "asciicast": ("asciicast", "Plays in asciinema's player"),
}


def are_offered() -> bool:
    """Not where hoop was last heard to have switched downloads off."""
    server = find_server()
    return server is None or not server.disable_download


def form_href(session_id: str, *, copy: str) -> str:
    """Where the rest of what a file can be is chosen."""
    return f"/sessions/{session_id}/download/form" + (f"?copy={copy}" if copy else "")


def download_links(session_id: str, *, copy: str, printed: bool) -> tuple[PagerLink, ...]:
    """The text is what was printed; a file of nothing would only puzzle."""
    links = []
    for form in FORMS:
        if printed or form not in ("text", "asciicast"):
            query = DownloadQuery(FileOptions(form=form, kinds=USUAL_KINDS[form]), copy=copy)
            links.append(PagerLink(WORDS[form][0], f"/sessions/{session_id}/download{query.query()}"))
    return tuple(links)
