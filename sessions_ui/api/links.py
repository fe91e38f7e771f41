"""``extension=``: a link to the session as a file; and ``/dl/<token>``, the file.

The link holds nothing but a token. Who may have the file, and whether hoop's switch for downloads still
allows it, is looked at when the link is made and again when it is used.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, replace
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse, QueryDict, StreamingHttpResponse
from django.urls import reverse

from sessions_ui.access.links import FileWanted, LinkSpent, find_link, find_link_owner, make_link, once
from sessions_ui.access.policy import Rights
from sessions_ui.access.record import record
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.access.tokens import token_of_request
from sessions_ui.api.answers import NOT_FOUND, Refusal, hoops_form, with_whom_to_ask
from sessions_ui.api.query import Asked
from sessions_ui.api.reading import log_of
from sessions_ui.archive.event_logs import EventLog
from sessions_ui.archive.gateway_facts import get_server
from sessions_ui.archive.kept import Kept
from sessions_ui.eventlog.formats.moments import rfc3339
from sessions_ui.eventlog.formats.options import FileOptions, form_of_extension
from sessions_ui.pages.files import LogFile, file_response, in_trail
from sessions_ui.pages.log_files import file_name, log_file
from sessions_ui.pages.opening import Opened, open_stored, person_of_request
from sessions_ui.pages.waiting import granted
from sessions_ui.session import Session
from sessions_ui.trail.acts import Act
from sessions_ui.verdicts.clock import recording_clock

#: hoop's words.
NOT_TO_DOWNLOAD = "user is not allowed to download this session"
SWITCHED_OFF = "Downloads are switched off at hoop."
EXPIRED = "session download link expired"
USUAL_KINDS = "oe"
#: Who follows a link would rather wait for a log that is just being read than come again.
WAIT_SECONDS = 20


def link_answer(
    request: HttpRequest, kept: Kept, may: Rights, asked: Asked, *, reveals: bool
) -> HttpResponseBase:
    """A new link; none is made for HEAD."""
    _require_download(may)
    if not settings.HOOPVIEWER_PUBLIC_URL:
        raise Refusal(
            500, "links need the setting HOOPVIEWER_PUBLIC_URL: the address of this site", link=True
        )
    if request.method == "HEAD":
        return StreamingHttpResponse(iter(()), content_type="application/json")
    wanted = FileWanted(
        session_id=UUID(kept.session.id),
        extension=_bare_extension(asked.extension),
        kinds=asked.kinds or USUAL_KINDS,
        with_times=asked.times,
        with_new_lines=asked.new_lines,
        is_script=asked.script,
        shows_input=reveals,
    )
    record(request, Act.LINK_MADE, session=kept.session.id, about=_about(wanted))
    text, expires_at = make_link(person_of_request(request), token_of_request(request), wanted)
    address = f"{settings.HOOPVIEWER_PUBLIC_URL}{reverse('link', args=[text])}"
    return JsonResponse({"download_url": address, "expire_at": rfc3339(expires_at)})


@hoops_form
def api_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file. Nothing is taken from the query, and no part of it is given out alone."""
    try:
        link = find_link(token)
    except LinkSpent as spent:
        raise Refusal(*((410, EXPIRED) if spent.expired else (404, NOT_FOUND)), link=True) from spent
    except Refused as refused:
        raise Refusal(refused.status, refused.sentence, link=True) from refused
    person = person_of_request(request)
    if not link.is_of(person):
        raise Refusal(403, NOT_TO_DOWNLOAD, link=True)
    # Nothing is taken from the query.
    request.GET = QueryDict()
    with granted(WAIT_SECONDS) as seconds:
        opened = open_stored(request, str(link.wanted.session_id), wait_seconds=seconds)
    _require_download(opened.rights)
    if link.wanted.is_script:
        file = _script(opened.session)
    else:
        log = log_of(opened, shows_input=link.shows_input(person))
        file = _file(opened, log, link.wanted)
    begins = in_trail(request, Act.LINK_USED, session=opened.session.id, about=_about(link.wanted))
    file_once = replace(file, read=lambda start: once(link, file.read(start)))
    response = file_response(request, file_once, begins=begins, always_whole=True)
    response["Accept-Ranges"] = "none"
    return response


def _about(wanted: FileWanted) -> dict[str, object]:
    """What the trail holds of a file; which session is in its own column."""
    about = asdict(wanted)
    del about["session_id"]
    return about


def _require_download(may: Rights) -> None:
    """hoop's own rule and its switch; not knowing the switch counts as off."""
    if not may.stream:
        raise Refusal(403, with_whom_to_ask(NOT_TO_DOWNLOAD), link=True)
    if get_server().disable_download:
        raise Refusal(403, f"{NOT_TO_DOWNLOAD}. {SWITCHED_OFF}", link=True)


def _file(opened: Opened, log: EventLog | None, wanted: FileWanted) -> LogFile:
    if log is None:
        raise Refusal(403, with_whom_to_ask(NOT_TO_DOWNLOAD), link=True)
    form = form_of_extension(wanted.extension)
    options = FileOptions(
        form=form,
        kinds=wanted.kinds,
        times="hoop" if wanted.with_times else "off",
        newline=wanted.with_new_lines,
    )
    if (
        form == "text"
        and wanted.with_times
        and recording_clock(opened.session, log.facts()).started_at is None
    ):
        raise Refusal(422, "event-time cannot be “1”: hoop does not say when this session began", link=True)
    return log_file(opened, log, options, extension=wanted.extension)


def _script(session: Session) -> LogFile:
    if session.script is None:
        raise Refusal(404, "hoop did not send the script of this session", link=True)
    data = session.script.encode("utf-8", "replace")
    return LogFile(
        name=file_name(session, FileOptions(), "script.txt"),
        content_type="application/octet-stream",
        etag=hashlib.sha256(data).hexdigest(),
        events=0,
        length=len(data),
        read=lambda start: iter((data[start:],)),
    )


def _bare_extension(text: str) -> str:
    """Letters and digits that a file's name can end with.

    >>> _bare_extension("x.json"), _bare_extension("../../x"), _bare_extension("..")
    ('json', 'x', 'txt')
    """
    found = re.search(r"[A-Za-z0-9]{1,16}\Z", text)
    return found.group() if found else "txt"


api_link.find_owner = find_link_owner  # type: ignore[attr-defined]  # read by the sign-in's gate
