"""Links to files: ``extension=`` and ``/dl/<token>``."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from sessions_ui.access import links
from sessions_ui.access.signin.sign_ins import digest
from sessions_ui.access.tokens import revoke_token
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import LinkRecord, ServerRecord, TokenRecord
from tests.api_people import find_person, let_hoops_people_in, program
from tests.recordings import FIXTURES, printed

SITE = "https://viewer.example.com"


@pytest.fixture(autouse=True)
def public_site(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HOOPVIEWER_PUBLIC_URL = SITE
    let_hoops_people_in(monkeypatch)


def make(client: Client, session_id: str, query: str = "extension=txt", **more: Any) -> str:
    """The path of a new link."""
    answer = client.get(f"/api/sessions/{session_id}?{query}", **more)
    assert answer.status_code == 200, answer.content
    assert list(answer.json()) == ["download_url", "expire_at"]
    assert answer["Cache-Control"] == "private, no-store" or "no-store" in answer["Cache-Control"]
    address: str = answer.json()["download_url"]
    assert address.startswith(f"{SITE}/dl/")
    return address.removeprefix(SITE)


def fetch(client: Client, path: str, **more: Any) -> bytes:
    answer = client.get(path, **more)
    assert answer.status_code == 200, answer.getvalue()
    body: bytes = answer.getvalue()
    answer.close()
    return body


def test_it_gives_the_file_once(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    path = make(operator, session_id)
    assert re.fullmatch(r"/dl/[A-Za-z0-9_-]{43}", path)
    assert session_id not in path
    record = LinkRecord.objects.get()
    assert record.link_hash == digest(path.removeprefix("/dl/"))
    assert path.removeprefix("/dl/") not in str(
        [getattr(record, field.attname) for field in record._meta.concrete_fields]
    )
    for _ in range(2):
        assert operator.head(path).status_code == 200
    assert fetch(operator, path) == printed("bash-ok")
    again = operator.get(path)
    assert (again.status_code, again.json()) == (404, {"status": 404, "message": "not found"})


def test_it_lives_five_minutes(hoop: StandIn, operator: Client) -> None:
    before = timezone.now().replace(microsecond=0)
    answer = operator.get(f"/api/sessions/{hoop.id_of('bash-ok')}?extension=txt").json()
    ends = datetime.fromisoformat(answer["expire_at"])
    assert before <= ends - timedelta(minutes=5) <= timezone.now()
    path = answer["download_url"].removeprefix(SITE)
    with time_machine.travel(ends + timedelta(seconds=1)):
        late = operator.get(path)
    assert (late.status_code, late.json()) == (
        410,
        {"status": 410, "message": "session download link expired"},
    )


def test_it_takes_nothing_from_the_query_or_the_host(hoop: StandIn, operator: Client) -> None:
    path = make(operator, hoop.id_of("killed"), "extension=txt&events=o", headers={"Host": "localhost"})
    asked = f"{path}?events=i&extension=csv&event-time=1&copy=hoop&new_line=1"
    answer = operator.get(asked, headers={"Range": "bytes=0-1", "If-None-Match": "*"})
    assert (answer.status_code, answer.getvalue()) == (200, b"started\n")
    assert answer["Content-Disposition"].endswith('.txt"')


@pytest.mark.parametrize(
    ("case", "line"),
    [
        ("bash-ok", "newline"),
        ("tty-shell", "new_line"),
        ("killed", "newline"),
        ("pg-native", "new_line"),
        ("rdp", "newline"),
        ("payroll-ran", "new_line"),
    ],
)
def test_its_text_is_hoops_own_file(case: str, line: str, hoop: StandIn) -> None:
    """hoop read the first of the repeated ``events`` only, so these are files of what was typed."""
    client = program("audrey@example.com", may_see_input=True)
    path = make(client, hoop.id_of(case), f"extension=txt&event-time=1&events=i&{line}=1")
    expected = (FIXTURES / case / "download.txt").read_bytes()
    assert fetch(client, path) == expected


def test_its_times_leave_the_waiting_out(hoop: StandIn) -> None:
    session_id = hoop.id_of("payroll-ran")
    # Asked for ten minutes earlier than recorded; hoop would count from there.
    hoop.session(session_id).envelope["start_date"] = "2026-11-23T12:24:01.000000Z"
    client = program("audrey@example.com", may_see_input=True)
    file = fetch(client, make(client, session_id, "extension=txt&event-time=1&events=i"))
    assert file.startswith(b"2026-11-23T12:34:0")


@pytest.mark.parametrize(
    ("extension", "name", "kind"),
    [
        ("csv", ".csv", "text/csv; charset=utf-8"),
        ("json", ".json", "application/json"),
        ("x.json", ".json", "application/json"),
        ("log", ".log", "application/octet-stream"),
        ("../../x", ".x", "application/octet-stream"),
        ('a";\r\n', ".txt", "application/octet-stream"),
    ],
)
def test_it_makes_the_file_of_any_extension(
    extension: str, name: str, kind: str, hoop: StandIn, operator: Client
) -> None:
    answer = operator.get(f"/api/sessions/{hoop.id_of('killed')}", {"extension": extension})
    file = operator.get(answer.json()["download_url"].removeprefix(SITE))
    assert file["Content-Type"] == kind
    assert file["Content-Disposition"].endswith(f'{name}"')
    body = file.getvalue()
    assert file["X-Event-Count"] == "2"
    if name == ".csv":
        assert [row["kind"] for row in csv.DictReader(io.StringIO(body.decode()))] == ["o", "e"]
    elif name == ".json":
        assert [event["kind"] for event in json.loads(body)["events"]] == ["o", "e"]
    else:
        assert body == printed("killed")


def test_it_gives_the_script(hoop: StandIn, operator: Client) -> None:
    path = make(operator, hoop.id_of("pg-200"), "extension=csv&blob-type=session_input")
    file = operator.get(path)
    expected = json.loads((FIXTURES / "pg-200/session.json").read_bytes())["script"]["data"]
    assert file.getvalue().decode() == expected
    assert file["Content-Disposition"].endswith('.script.txt"')


def test_it_stays_when_it_was_broken_off(hoop: StandIn, operator: Client) -> None:
    path = make(operator, hoop.id_of("pg-200"), "extension=json")
    broken = operator.get(path)
    next(iter(broken.streaming_content))
    broken.close()
    assert LinkRecord.objects.get().used_at is None
    whole = operator.get(path)
    pieces = iter(whole.streaming_content)
    for _ in pieces:
        # Its last piece is on its way, so nobody else gets a last piece now.
        spent = LinkRecord.objects.get().used_at is not None
    assert spent
    whole.close()
    assert operator.get(path).status_code == 404


def test_it_completes_for_one_of_two_readers(hoop: StandIn, operator: Client) -> None:
    path = make(operator, hoop.id_of("bash-ok"))
    slow, fast = operator.get(path), operator.get(path)
    assert fast.getvalue() == printed("bash-ok")
    with pytest.raises(links.LinkSpent):
        slow.getvalue()


def test_a_last_piece_that_did_not_arrive_gives_it_back(hoop: StandIn, operator: Client) -> None:
    path = make(operator, hoop.id_of("bash-ok"))
    link = links.find_link(path.removeprefix("/dl/"))
    sending = links.once(link, iter([b"one", b"two"]))
    assert [next(sending), next(sending)] == [b"one", b"two"]
    assert LinkRecord.objects.get().used_at is not None
    sending.close()  # type: ignore[attr-defined]  # a generator, as the server closes it
    assert LinkRecord.objects.get().used_at is None


def test_it_is_its_makers_alone(hoop: StandIn, operator: Client, as_person: Callable[[str], Client]) -> None:
    session_id = hoop.id_of("bash-ok")
    audrey = program("audrey@example.com")
    path = make(audrey, session_id)
    program_without = Client().get(path)
    assert program_without.status_code == 401
    assert list(program_without.json()) == ["message"]
    assert program_without["WWW-Authenticate"].startswith("Bearer")
    assert Client().get(path, headers={"Accept": "text/html"})["Content-Type"].startswith("text/html")
    other = program("admin@example.com").get(path)
    assert other.status_code == 403
    assert other.json()["message"].startswith("user is not allowed to download this session")
    assert fetch(audrey, path) == printed("bash-ok")


def test_it_tells_a_person_on_a_page_why_there_is_no_file(hoop: StandIn, operator: Client) -> None:
    session_id, browser = hoop.id_of("bash-ok"), {"Accept": "text/html,*/*;q=0.8"}
    path = make(operator, session_id)
    others = program("admin@example.com").get(path, headers=browser)
    assert (others.status_code, others["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert "Not yours to download" in others.content.decode()
    assert fetch(operator, path, headers=browser) == printed("bash-ok")
    used = operator.get(path, headers=browser)
    assert used.status_code == 404
    assert "There is no such link any more" in used.content.decode()
    late = make(operator, session_id)
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=True):
        answer = operator.get(late, headers=browser)
    assert (answer.status_code, "session download link expired" in answer.content.decode()) == (410, True)


def test_it_looks_at_the_rule_again(hoop: StandIn, settings: Any) -> None:
    audrey = program("audrey@example.com")
    path = make(audrey, hoop.id_of("bash-ok"))
    next(one for one in hoop.state.people.everyone if one.email == "audrey@example.com").groups = []
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=True):
        assert audrey.get(path).status_code == 403
        settings.HOOPVIEWER_OPEN_LINKS = True
        assert Client().get(path).status_code == 403


def test_open_links_are_for_who_has_them(hoop: StandIn, settings: Any) -> None:
    settings.HOOPVIEWER_OPEN_LINKS = True
    path = make(program("owen@example.com"), hoop.id_of("payroll-ran"))
    assert fetch(Client(), path) == printed("payroll-ran")
    assert Client().get(path).status_code == 404
    assert Client().get("/dl/unknown").status_code == 401


def test_it_ends_with_the_token_that_made_it(hoop: StandIn, settings: Any) -> None:
    settings.HOOPVIEWER_OPEN_LINKS = True
    audrey = program("audrey@example.com")
    path = make(audrey, hoop.id_of("bash-ok"))
    person = find_person("audrey@example.com")
    assert person
    assert revoke_token(person, TokenRecord.objects.get().pk)
    answer = Client().get(path)
    assert answer.status_code == 401
    assert "revoked" in answer.json()["message"]


@pytest.mark.parametrize("who", ["rita@example.com", "olga@example.com"])
def test_it_is_made_for_nobody_who_may_not_download(who: str, hoop: StandIn, settings: Any) -> None:
    answer = program(who).get(f"/api/sessions/{hoop.id_of('payroll-ran')}?extension=txt")
    assert answer.status_code == 403
    assert answer.json()["message"].endswith(settings.HOOPVIEWER_WHOM_TO_ASK)
    assert not LinkRecord.objects.exists()


def test_it_obeys_hoops_switch(hoop: StandIn, operator: Client) -> None:
    from sessions_ui.archive import gateway_facts

    path = make(operator, hoop.id_of("bash-ok"))
    hoop.state.downloads_disabled = True
    hoop.state.server["disable_sessions_download"] = True
    gateway_facts.forget()
    ServerRecord.objects.all().delete()
    for address in (path, f"/api/sessions/{hoop.id_of('bash-ok')}?extension=txt"):
        answer = operator.get(address)
        assert answer.status_code == 403
        message = "user is not allowed to download this session. Downloads are switched off at hoop."
        assert answer.json() == {"status": 403, "message": message}


def test_head_makes_no_link(hoop: StandIn, operator: Client) -> None:
    assert operator.head(f"/api/sessions/{hoop.id_of('bash-ok')}?extension=txt").status_code == 200
    assert not LinkRecord.objects.exists()


def test_it_needs_to_know_the_sites_address(hoop: StandIn, operator: Client, settings: Any) -> None:
    settings.HOOPVIEWER_PUBLIC_URL = ""
    answer = operator.get(f"/api/sessions/{hoop.id_of('bash-ok')}?extension=txt")
    assert answer.status_code == 500
    assert "HOOPVIEWER_PUBLIC_URL" in answer.json()["message"]


def test_old_links_are_forgotten(hoop: StandIn, operator: Client) -> None:
    make(operator, hoop.id_of("bash-ok"))
    LinkRecord.objects.update(expires_at=timezone.now() - timedelta(days=2))
    make(operator, hoop.id_of("bash-ok"))
    assert LinkRecord.objects.count() == 1
