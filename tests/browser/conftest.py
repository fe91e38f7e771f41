"""The system's Chromium, and the demo as a person starts it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.processes import free_port, running
from tests.waiting import LONG

# playwright's loop runs in this thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
expect.set_options(timeout=LONG * 1000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's browser; its sandbox needs rights that a test machine's root does not have."""
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium", "args": arguments}


@pytest.fixture(scope="session")
def demo_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the demo runs, as long as the tests do."""
    port = free_port()
    with running("demo", port, tmp_path_factory.mktemp("demo")):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    """As patient as everything else here."""
    context.set_default_timeout(LONG * 1000)
    return context


@pytest.fixture
def audrey(page: Page, demo_address: str) -> Page:
    """A browser in which the demo's auditor is signed in, at the start page."""
    page.goto(f"{demo_address}/sign-in")
    page.get_by_role("button", name="Audrey").click()
    page.wait_for_url(f"{demo_address}/")
    return page
