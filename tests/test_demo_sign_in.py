"""The demo's sign-in: what it lets people do, and that nothing but the demo can turn it on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings

from hoopviewer import bootstrap
from sessions_ui.access.people import Person
from sessions_ui.access.signin.local import LocalEntry
from sessions_ui.access.signin.sign_ins import find_newest
from sessions_ui.demo import site
from sessions_ui.demo.signin import COOKIE, PEOPLE, VIA, DemoSignIn
from sessions_ui.demo.standin import StandIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """The demo's settings over a stand-in, as ``site.opened`` makes them."""
    with StandIn(samples=True) as hoop:
        changed = {
            "HOOP_API_URL": hoop.url,
            "HOOP_API_KEY": hoop.auditor_key,
            "ROOT_URLCONF": "sessions_ui.demo.urls",
            "MIDDLEWARE": [
                site.DEMO_SIGN_IN if name == site.LOCAL_SIGN_IN else name for name in settings.MIDDLEWARE
            ],
        }
        directory = Path(settings.DATABASES["default"]["NAME"]).parent
        monkeypatch.setattr(site, "_running", site.RunningDemo(hoop.url, directory))
        with override_settings(**changed):
            yield hoop


def enter(email: str) -> Client:
    browser = Client()
    browser.post("/sign-in", {"email": email})
    return browser


def person_of(browser: Client) -> Person:
    request: Any = browser.get("/").wsgi_request
    person: Person = request.person
    return person


def test_it_remembers_the_newest_of_two(demo: StandIn) -> None:
    entered = []
    for _ in range(2):
        enter("audrey@example.com")
        newest = find_newest(VIA, "audrey@example.com")
        assert newest
        entered.append(newest[1])
    first, second = entered
    assert first < second


def test_it_offers_three_people_and_says_what_they_see(demo: StandIn) -> None:
    page = Client().get("/sign-in").content.decode()
    assert len(PEOPLE) == 3
    for person in PEOPLE:
        assert person.name in page
        assert person.sentence in page


@pytest.mark.parametrize(
    ("email", "role", "groups"),
    [
        ("audrey@example.com", "auditor", {"auditor"}),
        ("owen@example.com", "standard", {"engineering"}),
        ("rita@example.com", "standard", {"dba-reviewers"}),
    ],
)
def test_it_takes_their_rights_from_hoop(demo: StandIn, email: str, role: str, groups: set[str]) -> None:
    person = person_of(enter(email))
    assert (person.email, person.role, set(person.groups), person.via) == (email, role, groups, "demo")
    assert person.id


def test_it_sends_strangers_to_the_sign_in_and_back(demo: StandIn) -> None:
    browser = Client()
    answer = browser.get("/?q=abc")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2F%3Fq%3Dabc")
    back = browser.post(answer["Location"], {"email": "owen@example.com", "next": "/?q=abc"})
    assert back["Location"] == "/?q=abc"


@pytest.mark.parametrize(
    "following",
    ["//evil.example.com", "https://evil.example.com/", "javascript:go()", "/\\evil.example.com", "x"],
)
def test_it_sends_nobody_elsewhere(demo: StandIn, following: str) -> None:
    answer = Client().post("/sign-in", {"email": "owen@example.com", "next": following})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("email", ["", "admin@example.com", "OWEN@example.com", "nobody@example.com"])
def test_it_lets_in_the_three_only(demo: StandIn, email: str) -> None:
    browser = Client()
    assert browser.post("/sign-in", {"email": email}).status_code == 400
    assert browser.get("/").status_code == 302


@pytest.mark.parametrize("cookie", ["audrey@example.com", "ImF1ZHJleUBleGFtcGxlLmNvbSI:1:x", "é"])
def test_it_refuses_an_invented_cookie(demo: StandIn, cookie: str) -> None:
    browser = Client()
    browser.cookies[COOKIE] = cookie
    assert browser.get("/").status_code == 302


def test_it_refuses_programs_with_a_sentence(demo: StandIn) -> None:
    answer = Client().get("/api/sessions/8d2a3b1c-0000-4000-8000-000000000000")
    assert answer.status_code == 401
    assert "Sign in first" in answer.json()["message"]


def test_it_signs_out(demo: StandIn) -> None:
    browser = enter("audrey@example.com")
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out")["Location"] == "/sign-in"
    assert browser.get("/").status_code == 302


def test_it_needs_the_form_token(demo: StandIn) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert browser.post("/sign-in", {"email": "audrey@example.com"}).status_code == 403


def test_it_says_so_when_hoop_cannot_say_who_they_are(demo: StandIn) -> None:
    browser = enter("audrey@example.com")
    demo.close()
    answer = browser.get("/")
    assert answer.status_code == 503
    assert b"hoop cannot say who you are" in answer.content
    text = answer.content.decode()
    assert "of the last minute and by none that is older" in text
    assert "by the address of the local operator" in text


def test_it_says_so_within_a_page_that_is_open(demo: StandIn) -> None:
    """htmx puts the answer in the place of a part: it is no page, and leads back to the one that is open."""
    browser = enter("audrey@example.com")
    demo.close()
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?ended=no"}
    answer = browser.get("/?poll=1", headers=headers)
    text = answer.content.decode()
    assert answer.status_code == 503
    assert "hoop cannot say who you are" in text
    assert "<html" not in text
    assert '<a class="button" href="/?ended=no">Try again</a>' in text


def answer_nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def test_it_does_not_load_outside_the_demo() -> None:
    with pytest.raises(ImproperlyConfigured):
        DemoSignIn(answer_nothing)


@pytest.mark.parametrize(
    "other", [{"HOOP_API_URL": "https://hoop.example.com"}, {"DATABASES": {"default": {"NAME": "/srv/x"}}}]
)
def test_it_does_not_load_over_a_real_gateway_or_database(
    monkeypatch: pytest.MonkeyPatch, other: dict[str, Any], tmp_path: Path
) -> None:
    monkeypatch.setattr(site, "_running", site.RunningDemo("http://127.0.0.1:1", tmp_path))
    right = {"HOOP_API_URL": "http://127.0.0.1:1", "DATABASES": {"default": {"NAME": str(tmp_path / "x")}}}
    # Only attributes are looked at: no connection is made with these.
    for name, value in right.items():
        monkeypatch.setattr(settings, name, value)
    assert site.is_running()
    for name, value in other.items():
        monkeypatch.setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured):
        DemoSignIn(answer_nothing)


def test_it_is_in_no_settings() -> None:
    assert site.DEMO_SIGN_IN not in settings.MIDDLEWARE
    assert site.LOCAL_SIGN_IN in settings.MIDDLEWARE
    assert f"{LocalEntry.__module__}.{LocalEntry.__name__}" == site.LOCAL_SIGN_IN
    assert Client().get("/sign-in").status_code == 404


def test_it_opens_in_surroundings_of_its_own_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for directory in (None, tmp_path):
        monkeypatch.setattr(bootstrap, "demo_directory", directory)
        with pytest.raises(site.DemoRefused, match="manage.py demo"), site.opened():
            raise AssertionError("the demo opened over these settings")
        with pytest.raises(CommandError, match="manage.py demo"):
            call_command("demo", port=0)


def test_its_people_have_tokens(demo: StandIn) -> None:
    made = enter("owen@example.com").post("/tokens", {"name": "t", "days": "1"})
    assert made.status_code == 201
    token = re.search(r"hvp_[\w-]{43}", made.content.decode())
    assert token
    program = Client(headers={"Authorization": f"Bearer {token.group()}"})
    assert program.get(f"/api/sessions/{demo.id_of('payroll-ran')}").status_code == 200
    assert program.get(f"/api/sessions/{demo.id_of('machine')}").status_code == 403
