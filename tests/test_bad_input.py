"""What people, crawlers and attackers put into addresses: words and a true status, never a 500."""

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


@pytest.mark.parametrize("form", ["upper case", "braces", "no hyphens", "all of them"])
@pytest.mark.parametrize("address", ["/sessions/{}", "/sessions/{}/log"])
def test_it_redirects_other_forms_of_an_id(address: str, form: str, hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    written = quote(other_forms(session_id)[form])
    response = operator.get(address.format(written) + "?e=3&x=%26")
    assert response.status_code == 302
    assert response["Location"] == address.format(session_id) + "?e=3&x=%26"
    assert operator.get(address.format(written))["Location"] == address.format(session_id)


@pytest.mark.parametrize("form", ["upper case", "braces", "no hyphens", "all of them"])
def test_it_takes_other_forms_for_files_and_programs(form: str, hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    written = quote(other_forms(session_id)[form])
    assert operator.get(f"/sessions/{written}/download").status_code == 200
    answer = operator.get(f"/api/sessions/{written}").getvalue()
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


@pytest.mark.parametrize("bad", BAD_IDS)
@pytest.mark.parametrize("address", PAGES)
def test_it_knows_what_is_no_id(address: str, bad: str, hoop: StandIn, operator: Client) -> None:
    response = operator.get(address.format(BAD_IDS[bad]))
    assert response.status_code == 404
    text = response.content.decode()
    if response["Content-Type"] == "application/json":
        assert address.startswith("/api")
        assert list(response.json()) == ["message"]
    else:
        main = read_page(text).one("main").text
        assert "not a session id" in main or "No such page" in main
    assert "<script>alert" not in text
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


@pytest.mark.parametrize("value", BAD_NUMBERS)
@pytest.mark.parametrize("name", ["e", "from"])
def test_it_says_which_number_it_cannot_take(name: str, value: str, hoop: StandIn, operator: Client) -> None:
    value = value.replace("e=", f"{name}=")
    for page in PAGES[:2]:
        response = operator.get(f"{page.format(hoop.id_of('bash-ok'))}?{name}={value}")
        assert response.status_code == 400
        main = read_page(response.content).one("main").text
        assert f"“{name}=" in main
        assert len(main) < 600
        assert "<b>" not in response.content.decode()
    panel = operator.get(f"{PAGES[1].format(hoop.id_of('bash-ok'))}?{name}={value}", headers=HTMX)
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


@pytest.mark.parametrize(
    "value", ["", "TEXT", "txt", "pdf", "text%00", "csv&format=x", quote("<b>"), "a" * 5000]
)
def test_it_says_which_format_it_cannot_give(value: str, hoop: StandIn, operator: Client) -> None:
    response = operator.get(f"/sessions/{hoop.id_of('bash-ok')}/download?format={value}")
    assert response.status_code == 400
    assert "is not text, csv, json, ndjson or asciicast" in read_page(response.content).one("main").text
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


@pytest.mark.parametrize("bad", BAD_BOXES)
def test_it_says_what_the_box_takes(bad: str, hoop: StandIn, operator: Client) -> None:
    text = BAD_BOXES[bad]
    raw = quote(text.encode("utf-8", "surrogateescape"))
    response = operator.get(f"/?q={raw}")
    assert response.status_code == 400
    page = read_page(response.content)
    assert page.one(id="box-error").attributes["role"] == "alert"
    assert page.one(id="box").attributes["aria-invalid"] == "true"
    assert page.one("tbody").every("tr")
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "  {}  ",
        "https://hoop.example.com/sessions/{}",
        "https://hoop.example.com/api/sessions/{}?expand=event_stream#x",
        "http://127.0.0.1:8009/sessions/{}/log?e=4",
        "Session {} of Owen",
    ],
)
def test_it_opens_what_holds_one_id(form: str, hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    for written in (session_id, *other_forms(session_id).values()):
        response = operator.get("/", {"q": form.format(written)})
        assert (response.status_code, response["Location"]) == (302, f"/sessions/{session_id}")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["/", *PAGES])
def test_it_only_reads(address: str, method: str, hoop: StandIn, operator: Client) -> None:
    response = getattr(operator, method)(address.format(hoop.id_of("bash-ok")))
    assert response.status_code == 405
    assert set(response["Allow"].split(", ")) == {"GET", "HEAD"}
    assert hoop.requests() == []


@pytest.mark.parametrize("address", ["/", *PAGES])
def test_it_answers_head_without_a_body(address: str, hoop: StandIn, operator: Client) -> None:
    response = operator.head(address.format(hoop.id_of("bash-ok")))
    assert response.status_code == 200


@pytest.mark.parametrize("address", ["http://[", "\xff", "", "javascript:1", "x" * 9_000])
def test_it_lives_with_what_htmx_cannot_have_said(address: str, hoop: StandIn, operator: Client) -> None:
    for page in ("/", PAGES[1].format(hoop.id_of("bash-ok"))):
        headers = {**HTMX, "HX-Current-URL": address, "HX-Target": address, "Hoopviewer-Page": address}
        assert operator.get(page, headers=headers).status_code == 200
