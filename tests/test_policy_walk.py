"""Every address × every person × every kind of session, held to the table in ``policy_table``."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import get_resolver

from sessions_ui.access.signin.persons import person_of
from sessions_ui.access.signin.sign_ins import digest
from sessions_ui.archive import list_filling
from sessions_ui.demo.standin import StandIn
from sessions_ui.gateway.wire import parse_session
from sessions_ui.models import TokenRecord
from sessions_ui.pages.lines import lines_of
from tests.policy_site import FACTS, SITE, PolicySite, answered, build
from tests.policy_table import (
    ALL,
    DETAILS,
    GONE,
    IDENTITIES,
    NONE,
    OUT,
    PEOPLE,
    ROUTES,
    SESSIONS,
    TOKENS,
    Door,
    S,
    level,
)
from tests.test_trail_routes import names


@pytest.fixture
def site(hoop: StandIn, settings: Any, monkeypatch: pytest.MonkeyPatch) -> PolicySite:
    return build(hoop, settings, monkeypatch)


def doors() -> list[Door]:
    return [door for each in ROUTES.values() if not isinstance(each, str) for door in each]


def test_it_knows_every_route() -> None:
    assert set(names(get_resolver().url_patterns)) == set(ROUTES)


def test_it_shows_everybody_what_hoop_would(site: PolicySite) -> None:
    """Those who see all go first, so that every cache is warm for those who do not."""
    wrong: list[object] = []
    for name in [*PEOPLE, *TOKENS]:
        client, forbidden = site.client(name), site.figures()
        for session, session_id in site.ids.items():
            for door in doors():
                may = allowed(name, session, door)
                headers = {"HX-Request": "true"} if door.fragment else {}
                asked = {"headers": headers, "post": door.post}
                with answered(client, door.path.format(id=session_id), **asked) as (status, text, answer):
                    fault = find_fault(door, may, status, text, session_id, forbidden)
                    if fault := fault or find_shared(answer.headers):
                        wrong.append((name, session, door.path, may, status, fault))
    assert wrong == [], "\n".join(map(str, wrong))


def find_shared(headers: Mapping[str, str]) -> str:
    """Whether anything between us and a person may keep an answer for somebody else."""
    kept, varies = headers["Cache-Control"], headers["Vary"]
    if "private" not in kept or not ("no-store" in kept or "no-cache" in kept):
        return f"Cache-Control: {kept}"
    return "" if {"Cookie", "HX-Request"} <= set(varies.split(", ")) else f"Vary: {varies}"


SEE_ALL = ("operator", "admin", "auditor", "outside-auditor")


def allowed(name: str, session: str, door: Door) -> str:
    if name in TOKENS and not door.takes_token:
        return OUT
    owner = TOKENS.get(name, (name, False))[0]
    may = level(owner, session)
    return NONE if may == ALL and door.auditors_only and owner not in SEE_ALL else may


def find_fault(door: Door, may: str, status: int, text: str, session_id: str, forbidden: Any) -> str:
    """What is wrong with an answer to somebody who may see so much; blank when nothing is."""
    if may == ALL:
        return "" if status < 500 and status not in (401, 403, 404) else "not shown"
    # Of somebody without an id hoop's word makes no sense: 503.
    expected = {DETAILS: (door.details,), NONE: (403,), GONE: (404,), OUT: (401, 403, 503)}[may]
    if door.path.endswith("/review") and may == DETAILS:
        expected = (200, 286)
    if status not in expected:
        return "status"
    if found := forbidden.search(text):
        return f"of the stream: {found.group()}"
    if may == DETAILS and status in (200, 286):
        return "" if door.bare or "zqconn" in text else "no details"
    if may == NONE and "zqdesk" not in text:
        return "not whom to ask"
    return said_of(text, session_id) if may != DETAILS else ""


def said_of(text: str, session_id: str) -> str:
    """What a refusal tells of its session; the address may be repeated."""
    rest = text.replace(f"/sessions/{session_id}", "")
    return ", ".join(word for word in (*FACTS, session_id) if word in rest)


def test_it_answers_no_other_way_of_asking_more(site: PolicySite) -> None:
    """With an auditor's validators, and in other ways: whoever does not see all, at every door of every
    session, each time in the next of eight ways. There are more sessions than ways, so everybody tries each
    of them at each door."""
    etags, forbidden, wrong = etags_for(site), site.figures(), list[object]()
    for name in (name for name in [*PEOPLE, *TOKENS] if TOKENS.get(name, (name, False))[0] not in SEE_ALL):
        client = site.client(name)
        for turn, (session, session_id) in enumerate(site.ids.items()):
            for place, door in enumerate(doors()):
                etag = etags.get((session, door.path), "")
                way = ways(etag)[(turn + place) % 8]
                may, path = allowed(name, session, door), door.path.format(id=session_id)
                post = door.post if "method" not in way else None
                with answered(client, path, post=post, **way) as (status, text, _):
                    fault: Any = find_fault(door, may, status, text, session_id, forbidden)
                    # A HEAD has no words, and a fragment those of its own place alone.
                    if fault in ("no details", "not whom to ask") or is_same(door, may, status):
                        fault = forbidden.search(text)
                    # Unlike the auditor's: a validator fits the answer that its owner was given.
                    unchanged = status == 304 and (may != DETAILS or etag in way["headers"].values())
                    fault = fault or (unchanged or status == 206) and may != ALL
                    if fault:
                        wrong.append((name, session, door.path, way, may, status, fault))
    assert wrong == [], "\n".join(map(str, wrong))


def test_it_asks_in_more_sessions_than_ways() -> None:
    assert len(ways("")) == 8 <= len(SESSIONS)


def etags_for(site: PolicySite) -> dict[tuple[str, str], str]:
    """The auditor's, by session and path; two doors have any."""
    auditor = site.client("auditor")

    def ask(session: str, door: Door) -> str:
        with answered(auditor, door.path.format(id=site.ids[session]), post=door.post) as (_, _, response):
            return str(response.headers.get("ETag", ""))

    known = [door for door in doors() if ask("own", door)]
    assert len(known) == 2
    return {(session, door.path): ask(session, door) for session in SESSIONS for door in known}


def is_same(door: Door, may: str, status: int) -> bool:
    """Another form of the same: a page instead of a fragment leads on to the page, or the other way round."""
    if door.path == f"{S}/review" and status == 302:
        # It leads everybody to the page, which decides.
        return True
    return may == DETAILS and door.details in (200, 286, 302) and status in (200, 286, 302, 304)


def ways(etag: str) -> list[dict[str, Any]]:
    fragment = {"HX-Request": "true"}
    return [
        {"method": "head"},
        {"headers": fragment},
        {"headers": {**fragment, "HX-History-Restore-Request": "true"}},
        {"headers": {"If-None-Match": etag or '"x"'}},
        {"headers": {"If-None-Match": "*"}},
        {"headers": {"Range": "bytes=0-99"}},
        {"headers": {"Range": "bytes=0-99", "If-Range": etag or '"x"'}},
        {"headers": {"Accept": "application/json"}},
    ]


def visible(name: str) -> set[str]:
    """Whom hoop lists them to: whoever's page it is, and hoop lists none that it no longer has."""
    return {session for session in SESSIONS if level(name, session) in (ALL, DETAILS)}


def test_it_lists_what_somebody_may_open(site: PolicySite) -> None:
    wrong: list[object] = []
    known = {session: site.ids[session] for session in SESSIONS}
    # For those who do not see all, hoop's list is read ahead.
    site.client("owner").get("/")
    list_filling.finish_filling()
    for name in [name for name in PEOPLE if level(name, "own") != OUT]:
        client, seen, sees_all = site.client(name), visible(name), name in SEE_ALL
        expected = {known[session] for session in seen} - {known["gone"]}
        for path, headers in (("/?connection=zqconn", {}), ("/?batch=zqbatch", {"HX-Request": "true"})):
            with answered(client, path, headers=headers) as (status, text, _):
                if status != 200 or found_in(text, known) != expected:
                    wrong.append((name, path, status, found_in(text, known) ^ expected))
                if not sees_all and expected and not says_count(text, len(expected)):
                    wrong.append((name, path, "count"))
        for form in ("csv", "json"):
            with answered(client, f"/export?connection=zqconn&format={form}") as (status, _, response):
                if exported(response.body, form, known) != expected:
                    wrong.append((name, form, status))
        asked = urlencode([("id", each) for each in known.values()])
        with answered(client, f"/covering?{asked}", headers={"HX-Request": "true"}) as (status, text, _):
            if not found_in(text, known) <= {known[each] for each in seen} or (seen and status != 200):
                wrong.append((name, "covering", status, found_in(text, known)))
        for session, session_id in known.items():
            with answered(client, f"/?q={session_id[:8]}") as (status, text, _):
                if (status == 302) != (session in seen) or (status != 302 and session_id in text):
                    wrong.append((name, "beginning", session, status))
        for session in seen - {"gone"}:
            headers = {"HX-Request": "true"}
            with answered(client, f"/sessions/{known[session]}/related", headers=headers) as (_, text, _):
                if not found_in(text, known) <= {known[each] for each in seen}:
                    wrong.append((name, "related", session, found_in(text, known) - expected))
    assert wrong == [], "\n".join(map(str, wrong))


def test_it_draws_no_line_of_what_a_look_up_should_not_have_found(site: PolicySite) -> None:
    """The look-ups hold to the rule by themselves; the lines do so once more."""
    there = [name for name in SESSIONS if name != "gone"]
    found = [parse_session(site.hoop.session(site.ids[name]).envelope) for name in there]
    for name, identity in IDENTITIES.items():
        if identity is None or level(name, "own") == OUT:
            continue
        lines, _ = lines_of(person_of(identity), found)
        expected = {site.ids[session] for session in visible(name) if session in there}
        assert {line.session_id for line in lines} == expected, name


def found_in(text: str, known: dict[str, str]) -> set[str]:
    return {session_id for session_id in known.values() if session_id in text}


def says_count(text: str, count: int) -> bool:
    return f"of {count} session" in text or f"{count} session" in text


def exported(body: bytes, form: str, known: dict[str, str]) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        rows = archive.read(f"sessions.{form}").decode()
        manifest = json.loads(archive.read("manifest.json"))
    found = found_in(rows, known)
    assert manifest["rows"] == len(found)
    return found


def test_it_gives_a_file_to_its_maker_alone(site: PolicySite) -> None:
    address = f"/api/sessions/{site.ids['own']}?extension=txt"
    for name in [*PEOPLE, "token-reviewer", "token-stranger"]:
        with answered(site.client("auditor"), address) as (_, text, response):
            path = response.json()["download_url"].removeprefix(SITE)
        for method in ("head", "get"):
            with answered(site.client(name), path, method=method) as (status, text, _):
                if name == "auditor":
                    assert status == 200
                else:
                    assert status in (401, 403, 503), name
                    assert not site.figures().search(text), name
                    assert not said_of(text, site.ids["own"]), name
        # Whoever tried has not used it up.
        if name != "auditor":
            with answered(site.client("auditor"), path) as (status, text, _):
                assert status == 200
                assert "zqout" in text


@pytest.mark.parametrize("path", ["/trail", "/trail/export?format=csv"])
def test_it_shows_auditors_alone_who_saw_what(site: PolicySite, path: str) -> None:
    for name in [*PEOPLE, *TOKENS]:
        with answered(site.client(name), path) as (status, text, _):
            may = name in SEE_ALL
            assert (status == 200) == may, name
            assert (site.ids["own"] in text) == may, name
            assert may or status in (401, 503) or "zqdesk" in text, name


@pytest.mark.parametrize("path", ["/people", "/people/export?format=csv"])
def test_it_shows_auditors_alone_who_may_see_what(site: PolicySite, path: str) -> None:
    for name in [*PEOPLE, *TOKENS]:
        with answered(site.client(name), path) as (status, text, _):
            may = name in SEE_ALL
            assert (status == 200) == may, name
            # Who they are is known by the token that each was given.
            assert ("audrey@example.com" in text) == may or name == "auditor", name
            assert may or status in (401, 503) or "zqdesk" in text, name


def test_it_shows_nobody_elses_tokens(site: PolicySite) -> None:
    number = TokenRecord.objects.get(token_hash=digest(site.tokens["token-stranger"])).pk
    for name in PEOPLE:
        client = site.client(name)
        with answered(client, "/tokens") as (status, text, _):
            assert (f"/tokens/{number}/revoke" in text) == (name == "stranger"), name
            assert status == (200 if level(name, "own") != OUT else status)
        if name != "stranger":
            with answered(client, f"/tokens/{number}/revoke", post={}):
                assert TokenRecord.objects.get(pk=number).revoked_at is None, name
