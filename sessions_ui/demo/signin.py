"""The demo's sign-in: three people of the sample sessions, no passwords, on loopback only.

hoop (the stand-in) says who they are, as it will for a company's sign-in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.conf import settings
from django.core import signing
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_http_methods, require_POST

from sessions_ui.access.people import Person, person_from
from sessions_ui.access.signin import open_to_all, written
from sessions_ui.access.signin.gate import Gate
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.sign_ins import note
from sessions_ui.archive.people import get_person
from sessions_ui.demo import site
from sessions_ui.problems import is_program, problem

COOKIE = "hoopviewer_demo"
SALT = "sessions_ui.demo.signin"
VIA = "demo"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to look at the demo as; ``sentence`` says what they may see."""

    email: str
    name: str
    sentence: str


PEOPLE = (
    DemoPerson("audrey@example.com", "Audrey", "Auditor. Sees every session and every recording."),
    DemoPerson("owen@example.com", "Owen", "Engineer. Sees his own sessions, with their recordings."),
    DemoPerson(
        "rita@example.com",
        "Rita",
        "Reviewer in the group dba-reviewers. Sees the details and scripts of the sessions her group "
        "reviews, not their recordings.",
    ),
)


class DemoSignIn(Gate):
    """Lets in who chose one of the three. Refuses to load outside a running demo."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not site.is_running():
            raise ImproperlyConfigured("The demo's sign-in works inside `manage.py demo` only.")
        super().__init__(get_response)

    def find_person(self, request: HttpRequest) -> Person | None:
        chosen = chosen_in(request)
        return _person(chosen.email) if chosen else None

    def person_again(self, identity: Identity) -> Person | None:
        return _person(identity.email) if identity.way == VIA else None

    def refuse(self, request: HttpRequest) -> HttpResponseBase:
        if is_program(request) or request.method != "GET":
            return problem(
                request,
                status=401,
                title="Sign in first",
                happened="Nobody is signed in.",
                advice="Choose one of the demo's people on the sign-in page.",
            )
        return redirect(f"/sign-in?{urlencode({'next': request.get_full_path()})}")


def _person(email: object) -> Person | None:
    chosen = find_demo_person(email)
    known = get_person(chosen.email) if chosen else None
    if chosen is None or known is None:
        return None
    person = person_from(known, via=VIA, auditor_group=settings.HOOPVIEWER_AUDITOR_GROUP)
    return replace(person, issuer=VIA, subject=chosen.email) if person else None


def chosen_in(request: HttpRequest) -> DemoPerson | None:
    """Whom this browser chose."""
    try:
        return find_demo_person(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT))
    except signing.BadSignature:
        return None


def identity_of(chosen: DemoPerson) -> Identity:
    return Identity(way=VIA, issuer=VIA, subject=chosen.email, email=chosen.email, name=chosen.name)


def find_demo_person(email: object) -> DemoPerson | None:
    """The demo person of that e-mail."""
    return next((person for person in PEOPLE if person.email == email), None)


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Choose who to be."""
    following = request.POST.get("next") or request.GET.get("next") or "/"
    if not following.startswith("/") or not url_has_allowed_host_and_scheme(following, allowed_hosts=None):
        following = "/"
    chosen = find_demo_person(request.POST.get("email"))
    if request.method == "POST" and chosen:
        written.came(request, identity_of(chosen))
        note(identity_of(chosen))
        response = redirect(following)
        response.set_cookie(COOKIE, signing.dumps(chosen.email, salt=SALT), httponly=True, samesite="Lax")
        return response
    status = 400 if request.method == "POST" else 200
    return render(request, "sign_in.html", {"people": PEOPLE, "next": following}, status=status)


@open_to_all
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget who was chosen."""
    chosen = chosen_in(request)
    if chosen:
        written.left(request, identity_of(chosen))
    response = redirect("/sign-in")
    response.delete_cookie(COOKIE, samesite="Lax")
    return response
