"""``/sessions/<id>/review``: asked by a page whose review is undecided, until it is settled.

204 while nothing has changed; else the whole page, because its answers rest on the review: as 200
while the review is still moving, and as 286, which ends the asking, once it is not.
"""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from sessions_ui.pages.log_query import read_log_query
from sessions_ui.pages.opening import admit, open_session, person_of_request
from sessions_ui.pages.refusals import BadQuery, answer_problems
from sessions_ui.pages.reviews import is_moving, review_mark
from sessions_ui.pages.session import page_context, page_in_trail
from sessions_ui.pages.session_ids import asked_id
from sessions_ui.problems import is_fragment

STOP_POLLING = 286
_MARK = re.compile(r"[0-9a-f]{12}")


@require_safe
@answer_problems()
def session_review(request: HttpRequest, session_id: str) -> HttpResponse:
    seen = request.GET.get("seen", "")
    if seen and not _MARK.fullmatch(seen):
        raise BadQuery("seen", seen, "a mark that a page of ours gave out")
    if not is_fragment(request):
        return redirect(reverse("session", args=[str(asked_id(session_id))]) + "#review")
    kept, _ = admit(person_of_request(request), session_id)
    moving = is_moving(kept.session) and kept.missing_since is None
    if moving and seen == review_mark(kept.session):
        return HttpResponse(status=204)
    opened = open_session(request, session_id, wait_seconds=0)
    page = page_in_trail(request, opened, read_log_query(request))
    approval = next(answer for answer in page.answers if answer.key == "approval")
    said = f"The review has changed. {approval.headline}. {approval.detail}"
    context = {**page_context(request, page), "said": said}
    status = 200 if moving else STOP_POLLING
    response = render(request, "sessions_ui/session.html", context, status=status)
    response["HX-Retarget"] = response["HX-Reselect"] = "#session"
    response["HX-Reswap"] = "outerHTML"
    return response
