from __future__ import annotations

from playwright.sync_api import Page, expect


def test_it_signs_in_and_out(audrey: Page, demo_address: str) -> None:
    expect(audrey).to_have_url(f"{demo_address}/")
    expect(audrey.get_by_role("banner")).to_contain_text("Audrey")
    expect(audrey.get_by_role("banner")).to_contain_text("demonstration")
    audrey.get_by_role("button", name="Sign out").click()
    expect(audrey).to_have_url(f"{demo_address}/sign-in")


def test_it_breaks_no_rule_of_its_own_policy(page: Page, demo_address: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{demo_address}/sign-in")
    page.get_by_role("button", name="Audrey").click()
    expect(page.get_by_role("main")).to_be_visible()
    assert said == []
