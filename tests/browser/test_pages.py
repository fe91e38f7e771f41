"""The demo in the system's Chromium, as an auditor uses it: the list, a session, its log, its file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.recordings import CASES, printed, recorded

#: htmx tells of answers that are no success; nothing else may be said.
WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("policy: " + event.violatedDirective + " " + event.blockedURI));
window.alert = () => console.error("alert ran");
"""


def id_of(case: str) -> str:
    session_id: str = recorded(f"{case}/session.json")["id"]
    return session_id


@pytest.fixture
def watched(audrey: Page) -> Iterator[Page]:
    """Audrey's browser; whatever the console, the policy or a script complains of fails the test."""
    said: list[str] = []
    audrey.on("console", lambda message: said.append(message.text))
    audrey.on("pageerror", lambda error: said.append(str(error)))
    audrey.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
    audrey.add_init_script(WATCH)
    yield audrey
    assert said == []


@pytest.fixture(scope="session")
def large_address(browser: Browser, demo_address: str) -> str:
    """The demo's long recording, found in the list by being none of the recorded ones, and read."""
    page = browser.new_page()
    page.goto(f"{demo_address}/sign-in")
    page.get_by_role("button", name="Audrey").click()
    expect(page.locator("#session-list tbody tr")).not_to_have_count(0)
    recordings = {id_of(case) for case in CASES} | {recorded("destroyed/before.session.json")["id"]}
    for row in page.locator("#session-list tbody tr").all():
        href = row.locator("a").first.get_attribute("href") or ""
        made = href.removeprefix("/sessions/") not in recordings
        if made and "Finished with exit code 0" in (row.text_content() or ""):
            page.goto(demo_address + href)
            break
    expect(page.locator("#event-log .log-range")).to_contain_text(re.compile("of 50,?0"))
    page.close()
    return demo_address + href


@pytest.fixture
def large_log(watched: Page, large_address: str) -> Page:
    watched.goto(large_address)
    return watched


def test_it_downloads_the_bytes_of_the_recording(watched: Page, demo_address: str, tmp_path: Path) -> None:
    watched.locator(f'#session-list a[href="/sessions/{id_of("bash-failed")}"]').click()
    expect(watched.get_by_role("heading", level=1)).to_have_text("Owen ran a script on bash-prod")
    expect(watched.locator(".lede")).to_have_text(
        "Failed with exit code 3 after 1.3 s. All that hoop stored: 6 events, 210 bytes."
    )
    with watched.expect_download() as download:
        watched.locator("#event-log .downloads").get_by_role("link", name="Text").click()
    file = tmp_path / "log"
    download.value.save_as(file)
    assert file.read_bytes() == printed("bash-failed")
    assert download.value.suggested_filename.endswith(f"{id_of('bash-failed')}.txt")


def settle(page: Page) -> None:
    """Wait until htmx knows the links of what it put in; before that they are plain links."""
    expect(page.locator("[class*=htmx-]")).to_have_count(0)


def test_it_pages_by_htmx_and_goes_back(large_log: Page) -> None:
    page = large_log
    start = page.url
    first = page.locator("#event-log .row-no").first
    expect(first).to_have_text("1")
    # A full load would lose this mark.
    page.evaluate("document.body.dataset.mark = 'kept'")
    # A screenshot or a resized field leaves a style, which the policy forbids htmx to carry over.
    page.evaluate("document.getElementById('goto').style.width = '9rem'")
    page.locator("#event-log a[rel=next]").click()
    expect(first).not_to_have_text("1")
    second = first.text_content()
    expect(page).to_have_url(re.compile(r"/log\?from="))
    settle(page)
    page.keyboard.press("n")
    expect(first).not_to_have_text(second or "")
    third = first.text_content()
    settle(page)
    assert page.evaluate("document.body.dataset.mark") == "kept"
    page.locator("#event-log").get_by_role("link", name="Last").click()
    expect(page.locator("#event-log .row-no").last).to_contain_text(re.compile(r"^50,?\d{3}"))
    expect(page.locator("#event-log a[rel=next]")).to_have_count(0)
    page.go_back()
    # Each is asked for anew: of two that are on their way at once either answer may come last.
    expect(first).to_have_text(third or "")
    page.go_back()
    expect(first).to_have_text(second or "")
    # Deeper than the fragment: the page that the address stands for, not a bare panel.
    expect(page.get_by_role("banner")).to_be_visible()
    page.go_back()
    expect(first).to_have_text("1")
    expect(page.locator("#answers")).to_be_visible()
    expect(page).to_have_url(start)


def test_it_pages_without_scripts(large_log: Page, browser: Browser, demo_address: str) -> None:
    address = large_log.url
    state: Any = large_log.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    page = context.new_page()
    page.goto(address)
    page.locator("#event-log a[rel=next]").click()
    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.locator("#event-log .row-no").first).not_to_have_text("1")
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("#event-log .row-no").first).to_have_text("1")
    context.close()


def test_it_opens_at_an_event(large_log: Page) -> None:
    page = large_log
    page.goto(f"{page.url.split('?')[0]}?e=31234#e31234")
    # An event of several lines is several rows, all of them marked.
    numbers = page.locator("#event-log li.row-marked .row-no").all_text_contents()
    assert re.fullmatch(r"31,?234(\.1)?", numbers[0])
    assert all(re.fullmatch(r"(31,?234)?(\.\d+)", number) for number in numbers[1:])
    marked = page.locator("#event-log li.row-marked").first
    expect(marked).to_be_in_viewport()
    plain = page.locator("#event-log .row:not(.row-marked)").first
    colour = "element => getComputedStyle(element).backgroundColor"
    assert marked.locator(".row-text").evaluate(colour) != plain.locator(".row-text").evaluate(colour)


def test_it_runs_nothing_of_a_hostile_session(watched: Page, demo_address: str) -> None:
    watched.goto(f"{demo_address}/sessions/{id_of('bash-hostile')}")
    log = watched.locator("#event-log")
    expect(log).to_contain_text("<script>alert(1)</script> <img src=x onerror=alert(2)>")
    expect(log).to_contain_text("⟨link: javascript:alert(3)⟩")
    assert watched.locator("#event-log img, #event-log script, #event-log a[href^=javascript]").count() == 0
    assert watched.title() == "Olga ran a script on bash-prod · hoopviewer"


PAGES = {
    "home": "/",
    "forced": "payroll-forced",
    "marked": "/sessions/{bash-failed}?e=3",
    "log": "/sessions/{bash-failed}/log",
    "blank": "payroll-pending",
    "blocked": "ai-blocked",
    "download": "/sessions/{bash-failed}/download/form?format=asciicast",
    "problem": "/sessions/{bash-failed}?e=x",
    "box": "/?q=nonsense",
    "trail": "/trail",
    "trail-empty": "/trail?person=nobody&act=revealed&from=2020-01-01",
    "sign-in": "/sign-in",
}


def address_of(place: str) -> str:
    if not place.startswith("/"):
        return f"/sessions/{id_of(place)}"
    return re.sub(r"\{([\w-]+)\}", lambda match: id_of(match[1]), place)


@pytest.mark.parametrize("name", PAGES)
def test_it_can_be_read_by_everybody(name: str, audrey: Page, demo_address: str) -> None:
    """By axe's rules: wide and light, narrow and dark."""
    broken: list[str] = []
    for width, scheme in ((1280, "light"), (390, "dark")):
        audrey.emulate_media(color_scheme=scheme)
        audrey.set_viewport_size({"width": width, "height": 844})
        audrey.goto(demo_address + address_of(PAGES[name]))
        found = Axe().run(audrey).response["violations"]
        broken += [f"{scheme} {rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found]
    assert broken == []


def test_it_is_never_wider_than_a_narrow_screen(audrey: Page, demo_address: str) -> None:
    audrey.set_viewport_size({"width": 390, "height": 844})
    cases = ("bash-failed", "bash-hostile", "tty-shell", "pg-native", "bad-base64", "rdp", "runbook")
    for place in (*PAGES.values(), *cases):
        audrey.goto(demo_address + address_of(place))
        assert audrey.evaluate("document.documentElement.scrollWidth") <= 390, place


def test_it_writes_the_page_that_a_fragment_belongs_to(audrey: Page, demo_address: str) -> None:
    """htmx says with each request which page it is on; the trail shows both rows."""
    audrey.goto(f"{demo_address}/sessions/{id_of('bash-failed')}")
    with audrey.expect_response(lambda answer: "kinds=o" in answer.url):
        audrey.locator("#event-log .choice", has_text="Output").click()
    exported = audrey.request.get(f"{demo_address}/trail/export?format=json&session={id_of('bash-failed')}")
    acts = [row for row in exported.json()["rows"] if row["act"] in ("session-opened", "log-read")]
    opened, window = acts[-2:]
    assert (opened["act"], window["act"]) == ("session-opened", "log-read")
    assert window["page"] == opened["request"] == opened["page"]
    assert window["request"] != opened["request"]
