"""Sign-in at a provider in the system's Chromium, on the site as people start it: there, back, and out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from sessions_ui.access.signin.refusals import SENTENCES
from sessions_ui.demo.standin import StandIn
from tests.hostile_provider import (
    CLIENT,
    HostileProvider,
    Truth,
    public_pem,
    rsa_key,
    signed_with_public_key,
    unsigned,
)
from tests.nginx import tls_in_front
from tests.processes import ROOT, environment, free_port, running
from tests.recordings import recorded
from tests.waiting import LONG, wait_for

WHOM = "Ask the security team, extension 4711."
COOKIE = "__Host-hoopviewer"
USERS: dict[str, dict[str, Any]] = {
    "owen": {"email": "owen@example.com", "email_verified": True, "name": "Owen"},
    "eve": {"email": "audrey@example.com", "email_verified": False},
    "stranger": {"email": "stranger@example.com", "email_verified": True},
}
SESSION = f"/sessions/{recorded('bash-failed/session.json')['id']}"


@dataclass(frozen=True)
class Site:
    address: str
    variables: dict[str, str]

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment() | self.variables, capture_output=True, text=True, check=True
        )
        return done.stdout


@contextmanager
def site_for(hoop: StandIn, issuer: str, directory: Path) -> Iterator[Site]:
    """The site with that provider, behind an nginx that ends TLS."""
    port, front = free_port(), free_port()
    address = f"https://127.0.0.1:{front}"
    variables = {
        "HOOP_API_URL": hoop.url,
        "HOOP_API_KEY": hoop.auditor_key,
        "HOOPVIEWER_DATA_DIR": str(directory / "data"),
        "HOOPVIEWER_WORKERS": "1",
        "HOOPVIEWER_SIGN_IN": "oidc",
        "HOOPVIEWER_PUBLIC_URL": address,
        "HOOPVIEWER_OIDC_ISSUER": issuer,
        "HOOPVIEWER_OIDC_CLIENT_ID": CLIENT,
        "HOOPVIEWER_OIDC_CLIENT_SECRET": "client-secret",
        "HOOPVIEWER_WHOM_TO_ASK": WHOM,
        "HOOPVIEWER_PROXY_HOPS": "1",
    }
    with running("serve", port, directory, **variables), tls_in_front(directory, front, port):
        yield Site(address, variables)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """nginx's certificate is signed by nobody."""
    return {**browser_context_args, "ignore_https_errors": True}


@pytest.fixture(scope="module")
def hoop() -> Iterator[StandIn]:
    with StandIn(samples=["bash-failed"]) as running_hoop:
        yield running_hoop


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """oidc-provider-mock in a process of its own; its issuer."""
    port = free_port()
    users = [argument for sub, claims in USERS.items() for argument in _user(sub, claims)]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *users]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _answers(f"{address}/jwks", process))
        yield address
    finally:
        process.terminate()
        process.wait()


def _answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None
    try:
        urlopen(address, timeout=LONG).close()
    except OSError:
        return False
    return True


def _user(sub: str, claims: dict[str, Any]) -> list[str]:
    return ["--user-claims", json.dumps({"sub": sub, **claims})]


@pytest.fixture(scope="module")
def site(hoop: StandIn, provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_for(hoop, provider, tmp_path_factory.mktemp("oidc")) as started:
        yield started


def sign_in_as(page: Page, sub: str) -> None:
    """On the provider's page."""
    page.locator("input[name=sub]").fill(sub)
    page.get_by_role("button", name="Authorize", exact=True).click()


def broken_rules(page: Page) -> list[str]:
    """axe's, wide and light, narrow and dark; a page that is too wide is broken as well."""
    found = []
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a Literal
        page.set_viewport_size({"width": width, "height": 844})
        found += [rule["id"] for rule in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"wider than {width}")
    return found


def test_it_signs_in_at_a_deep_link_and_out_everywhere(page: Page, site: Site, provider: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if site.address in page.url else None)
    page.goto(f"{site.address}{SESSION}/log?e=2")
    assert page.url.startswith(provider)
    sign_in_as(page, "owen")
    expect(page).to_have_url(f"{site.address}{SESSION}/log?e=2")
    expect(page.get_by_role("banner")).to_contain_text("Owen")
    (cookie,) = [cookie for cookie in page.context.cookies(site.address) if cookie["name"] == COOKIE]
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{provider}/oauth2/end_session?**")
    assert "id_token_hint=ey" in page.url
    page.get_by_role("button", name="End session").click()
    page.wait_for_url(re.compile(re.escape(f"{site.address}/signed-out")))
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    assert broken_rules(page) == []
    assert COOKIE not in {cookie["name"] for cookie in page.context.cookies(site.address)}
    # The old cookie opens nothing, also where it was copied to.
    page.context.add_cookies([cookie])
    page.goto(f"{site.address}{SESSION}")
    assert page.url.startswith(provider)
    assert said == []


def test_it_is_signed_out_by_command_in_the_middle_of_a_page(page: Page, site: Site, provider: str) -> None:
    page.goto(f"{site.address}{SESSION}")
    sign_in_as(page, "owen")
    expect(page.locator("#event-log .row").first).to_be_visible()
    assert "1 sign-in ended." in site.manage("sign_out", "owen@example.com")
    # A fragment that is refused has the whole page asked for again, and that leads to the provider.
    page.locator("#event-log").get_by_role("link", name="Error").first.click()
    page.wait_for_url(f"{provider}/**")
    sign_in_as(page, "owen")
    expect(page.get_by_role("banner")).to_contain_text("Owen")


@pytest.mark.parametrize(("sub", "reason"), [("eve", "email_not_verified"), ("stranger", "unknown")])
def test_it_says_why_somebody_is_not_let_in(sub: str, reason: str, page: Page, site: Site) -> None:
    page.goto(f"{site.address}{SESSION}")
    sign_in_as(page, sub)
    expect(page.get_by_role("heading", level=1)).to_have_text("You were not let in")
    expect(page.get_by_role("main")).to_contain_text(SENTENCES[reason])
    expect(page.get_by_role("main")).to_contain_text(WHOM)
    expect(page.get_by_role("link", name="Try again")).to_have_attribute("href", re.compile("next=%2Fsess"))
    if sub == "eve":
        assert broken_rules(page) == []


def changed(**claims: Any) -> Callable[[Truth], None]:
    return lambda truth: truth.claims.update(claims)


def made(make: Callable[[Truth], str]) -> Callable[[Truth], None]:
    return lambda truth: setattr(truth, "make", make)


CRIMES: dict[str, Callable[[Truth], None]] = {
    "nonce": changed(nonce="another"),
    "audience": changed(aud="another"),
    "issuer": changed(iss="https://evil.example"),
    "expired": changed(exp=int(time.time()) - 3600),
    "email_not_verified": changed(email_verified=False),
    "too_many_groups": changed(groups=[str(number) for number in range(3_000)]),
    "signature": lambda truth: setattr(truth, "key", rsa_key("attacker")),
}
UNSIGNED: tuple[Callable[[Truth], None], ...] = (
    made(lambda truth: unsigned(truth.claims)),
    made(lambda truth: signed_with_public_key(truth.claims, public_pem(rsa_key("one")))),
)


def test_it_lets_nobody_in_by_a_hostile_provider(
    page: Page, hoop: StandIn, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with HostileProvider() as hostile, site_for(hoop, hostile.issuer, tmp_path_factory.mktemp("bad")) as site:
        for reason, crime in [*CRIMES.items(), *(("algorithm", crime) for crime in UNSIGNED)]:
            hostile.crime = crime
            answer = page.goto(f"{site.address}{SESSION}")
            assert answer
            assert answer.status == 403
            expect(page.get_by_role("main")).to_contain_text(SENTENCES[reason])
            assert not [one for one in page.context.cookies() if one["name"] == COOKIE]
        hostile.crime, hostile.callback = lambda truth: None, {"error": "access_denied"}
        page.goto(f"{site.address}{SESSION}")
        expect(page.get_by_role("main")).to_contain_text(SENTENCES["denied"])
        hostile.callback = {}
        page.goto(f"{site.address}{SESSION}")
        expect(page.get_by_role("banner")).to_contain_text("Owen")
        # The same answer a second time, from the browser's history.
        used = next(query for path, query in reversed(hostile.seen) if path == "/authorize")["state"][0]
        answer = page.goto(f"{site.address}/sign-in/callback?code=code-0&state={used}")
        assert answer
        assert answer.status == 403
        expect(page.get_by_role("main")).to_contain_text(SENTENCES["state"])
