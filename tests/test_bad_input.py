"""What people, crawlers and attackers put into addresses: words and a true status, never a 500.

Each test tries all its values on one site, which takes longer to set up than to ask."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from django.test import Client

from sessions_ui.demo.standin import StandIn
from tests.recordings import Part, read_page

PAGES = ("/sessions/{}", "/sessions/{}/log", "/sessions/{}/download", "/api/sessions/{}")
HTMX = {"HX-Request": "true"}


def other_forms(session_id: str) -> dict[str, str]:
    """What hoop itself takes for the same id."""
    return {
        "upper case": session_id.upper(),
        "braces": f"{{{session_id}}}",
        "no hyphens": session_id.replace("-", ""),
        "all of them": f"{{{session_id.replace('-', '').upper()}}}",
    }


def test_it_redirects_other_forms_of_an_id(
    hoop: StandIn, operator: Client, subtests: pytest.Subtests
) -> None:
    session_id = hoop.id_of("bash-ok")
    routes = ("", "/log", "/search", "/related", "/covering-approval", "/citation", "/reveal")
    for form, text in other_forms(session_id).items():
        for route in routes:
            with subtests.test(form=form, route=route):
                written = f"/sessions/{quote(text)}{route}"
                response = operator.get(f"{written}?e=3&x=%26")
                assert response.status_code == 302
                assert response["Location"] == f"/sessions/{session_id}{route}?e=3&x=%26"
                assert operator.get(written)["Location"] == f"/sessions/{session_id}{route}"


def test_it_takes_other_forms_for_files_and_programs(
    hoop: StandIn, operator: Client, subtests: pytest.Subtests
) -> None:
    session_id = hoop.id_of("bash-ok")
    for form, text in other_forms(session_id).items():
        with subtests.test(form=form):
            assert operator.get(f"/sessions/{quote(text)}/download").status_code == 200
            answer = operator.get(f"/api/sessions/{quote(text)}").getvalue()
            assert json.loads(answer)["id"] == session_id


BAD_IDS = {
    "a word": "nonsense",
    "a number": "1",
    "one digit short": "4d9e8728-7e1e-4fcb-8112-f378ee20fa0",
    "one digit long": "4d9e8728-7e1e-4fcb-8112-f378ee20fa088",
    "no hexadecimal": "4d9e8728-7e1e-4fcb-8112-f378ee20fa0g",
    "hyphens elsewhere": "4d9e87287-e1e-4fcb-8112-f378ee20fa08",
    "one brace": "%7B4d9e8728-7e1e-4fcb-8112-f378ee20fa08",
    "a urn": "urn:uuid:4d9e8728-7e1e-4fcb-8112-f378ee20fa08",
    "a NUL": "4d9e8728-7e1e-4fcb-8112-f378ee20fa08%00",
    "a line break": "4d9e8728-7e1e-4fcb%0A-8112-f378ee20fa08",
    "other digits": quote("４d9e8728-7e1e-4fcb-8112-f378ee20fa08"),
    "a dot": "..",
    "a slash": "..%2F..%2Fetc%2Fpasswd",
    "bytes that are no text": "%ff%fe",
    "markup": quote("<script>alert(1)</script>"),
    "SQL": quote("' OR 1=1 --"),
    "very long": "a" * 5_000,
    "right to left": quote("\u202e4d9e8728"),
}


def test_it_knows_what_is_no_id(hoop: StandIn, operator: Client, subtests: pytest.Subtests) -> None:
    for address in PAGES:
        for bad, text in BAD_IDS.items():
            with subtests.test(address=address, bad=bad):
                response = operator.get(address.format(text))
                assert response.status_code == 404
                said = response.content.decode()
                if response["Content-Type"] == "application/json":
                    assert address.startswith("/api")
                    assert list(response.json()) == ["message"]
                else:
                    main = read_page(said).one("main").text
                    assert "not a session id" in main or "No such page" in main
                assert "<script>alert" not in said
    assert hoop.requests("/api/sessions/*") == []


def test_it_says_that_hoop_has_no_such_session(hoop: StandIn, operator: Client) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    for page in PAGES[:3]:
        response = operator.get(page.format(nobody))
        assert response.status_code == 404
        assert "hoop has no such session" in read_page(response.content).one("main").text
    answer = operator.get(f"/api/sessions/{nobody}")
    assert (answer.status_code, answer.json()) == (404, {"message": "not found"})


BAD_NUMBERS = ("0", "-1", "+1", "1.2.3", "1e3", "0x10", "", "%20", "one", "%00", "9" * 19, "9" * 5000)
BAD_NUMBERS += (quote("１"), quote("٣"), quote("²"), quote("\u202e1"), "1%00", quote("<b>"), "1&e=x", "%ff")


@pytest.mark.parametrize("name", ["e", "from"])
def test_it_says_which_number_it_cannot_take(
    name: str, hoop: StandIn, operator: Client, subtests: pytest.Subtests
) -> None:
    session, log = (page.format(hoop.id_of("bash-ok")) for page in PAGES[:2])
    for value in BAD_NUMBERS:
        query = f"{name}={value.replace('e=', f'{name}=')}"
        with subtests.test(query=query[:40]):
            for page in (session, log):
                response = operator.get(f"{page}?{query}")
                assert response.status_code == 400
                main = read_page(response.content).one("main").text
                assert f"“{name}=" in main
                assert len(main) < 600
                assert "<b>" not in response.content.decode()
            panel = operator.get(f"{log}?{query}", headers=HTMX)
            assert panel.status_code == 400
            assert read_page(panel.content).children[0].attributes["id"] == "event-log"


def plain(part: Part) -> str:
    """Its text without the commas between thousands."""
    return part.text.replace(",", "")


def test_it_says_that_there_is_no_such_event(hoop: StandIn, operator: Client) -> None:
    for number in (6, 200_000):
        for name in ("e", "from"):
            response = operator.get(f"/sessions/{hoop.id_of('bash-ok')}/log?{name}={number}")
            assert response.status_code == 404
            panel = read_page(response.content).one(id="event-log")
            assert f"There is no event {number} in this recording. It has 5 events." in plain(panel)
            whole = operator.get(f"/sessions/{hoop.id_of('bash-ok')}?{name}={number}")
            assert whole.status_code == 200
            assert f"There is no event {number}" in plain(read_page(whole.content).one(id="event-log"))


def test_it_says_which_format_it_cannot_give(
    hoop: StandIn, operator: Client, subtests: pytest.Subtests
) -> None:
    address = f"/sessions/{hoop.id_of('bash-ok')}/download"
    for value in ("", "TEXT", "txt", "pdf", "text%00", "csv&format=x", quote("<b>"), "a" * 5000):
        with subtests.test(value=value[:40]):
            response = operator.get(f"{address}?format={value}")
            assert response.status_code == 400
            main = read_page(response.content).one("main").text
            assert "is not text, csv, json, ndjson or asciicast" in main
            assert "Content-Disposition" not in response


BAD_BOXES = {
    "a word": "nonsense",
    "markup": '"><script>alert(1)</script>',
    "a NUL": "4d9e8728\x00",
    "a long text": "x" * 20_000,
    "an address without an id": "https://hoop.example.com/sessions/",
    "an id too long": "4d9e8728-7e1e-4fcb-8112-f378ee20fa0812345678",
    "two ids": "4d9e8728-7e1e-4fcb-8112-f378ee20fa08 620ce99a-0000-4000-8000-000000000000",
    "right to left": "\u202etxt.exe",
    "bytes that are no text": "\udcff",
}


def test_it_says_what_the_box_takes(hoop: StandIn, operator: Client, subtests: pytest.Subtests) -> None:
    for bad, text in BAD_BOXES.items():
        with subtests.test(bad=bad):
            raw = quote(text.encode("utf-8", "surrogateescape"))
            response = operator.get(f"/?q={raw}")
            assert response.status_code == 400
            page = read_page(response.content)
            assert page.one(id="box-error").attributes["role"] == "alert"
            assert page.one(id="box").attributes["aria-invalid"] == "true"
            assert page.one("tbody").every("tr")
            assert "<script>alert" not in response.content.decode()


def test_it_opens_what_holds_one_id(hoop: StandIn, operator: Client, subtests: pytest.Subtests) -> None:
    session_id = hoop.id_of("bash-ok")
    for form in (
        "{}",
        "  {}  ",
        "https://hoop.example.com/sessions/{}",
        "https://hoop.example.com/api/sessions/{}?expand=event_stream#x",
        "http://127.0.0.1:8009/sessions/{}/log?e=4",
        "Session {} of Owen",
    ):
        for written in (session_id, *other_forms(session_id).values()):
            with subtests.test(form=form, written=written):
                response = operator.get("/", {"q": form.format(written)})
                assert (response.status_code, response["Location"]) == (302, f"/sessions/{session_id}")


def test_it_only_reads(hoop: StandIn, operator: Client, subtests: pytest.Subtests) -> None:
    for address in ("/", *PAGES):
        for method in ("post", "put", "patch", "delete"):
            with subtests.test(address=address, method=method):
                response = getattr(operator, method)(address.format(hoop.id_of("bash-ok")))
                assert response.status_code == 405
                assert set(response["Allow"].split(", ")) == {"GET", "HEAD"}
    assert hoop.requests() == []


def test_it_answers_head_without_a_body(hoop: StandIn, operator: Client, subtests: pytest.Subtests) -> None:
    for address in ("/", *PAGES):
        with subtests.test(address=address):
            response = operator.head(address.format(hoop.id_of("bash-ok")))
            assert response.status_code == 200
            assert response.getvalue() == b""


def test_it_lives_with_what_htmx_cannot_have_said(
    hoop: StandIn, operator: Client, subtests: pytest.Subtests
) -> None:
    for address in ("http://[", "\xff", "", "javascript:1", "x" * 9_000):
        headers = {**HTMX, "HX-Current-URL": address, "HX-Target": address, "Hoopviewer-Page": address}
        for page in ("/", PAGES[1].format(hoop.id_of("bash-ok"))):
            with subtests.test(address=address[:40], page=page):
                assert operator.get(page, headers=headers).status_code == 200
