from __future__ import annotations

import pytest

from tests import layers


@pytest.mark.parametrize(
    ("module", "source"), layers.modules().items(), ids=lambda text: text.split("\n")[0][:60]
)
def test_it_holds_the_table_against_every_module(module: str, source: str) -> None:
    assert layers.violations(module, source) == []


def test_it_reads_the_whole_product() -> None:
    assert {"manage", "sessions_ui.session", "sessions_ui.gateway.client", "hoopviewer.settings"} <= set(
        layers.modules()
    )


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("sessions_ui.archive.sessions", "import requests"),
        ("sessions_ui.archive.sessions", "def f():\n    from requests.adapters import HTTPAdapter"),
        ("sessions_ui.archive.sessions", "from django.http import HttpRequest"),
        ("sessions_ui.pages.session_detail", "from sessions_ui.gateway.client import GatewayClient"),
        ("sessions_ui.pages.session_detail", "from sessions_ui.gateway import client"),
        ("sessions_ui.pages.session_detail", "from sessions_ui.models import SessionRecord"),
        ("sessions_ui.pages.session_detail", "from sessions_ui import models"),
        ("sessions_ui.api.sessions", "import sessions_ui.gateway.connect"),
        ("sessions_ui.eventlog.search", "import django.utils.timezone"),
        ("sessions_ui.verdicts.approval", "from sessions_ui.archive.sessions import get_session"),
        ("sessions_ui.session", "from django.db import models"),
        ("sessions_ui.gateway.client", "from sessions_ui.archive import sessions"),
        ("sessions_ui.gateway.client", "from django.core.cache import cache"),
        ("sessions_ui.demo.standin.server", "from sessions_ui.session import Session"),
        ("sessions_ui.demo.standin.server", "import msgspec"),
        ("sessions_ui.access.policy", "from django.http import HttpRequest"),
        ("sessions_ui.access.policy", "from .people import Person"),
        ("sessions_ui.urls", "from sessions_ui.models import SessionRecord"),
        ("hoopviewer.bootstrap", "import django"),
        ("sessions_ui.attic.old", "import json"),
    ],
)
def test_it_notices_a_broken_rule(module: str, source: str) -> None:
    assert layers.violations(module, source) != []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("sessions_ui.gateway.client", "import requests"),
        ("sessions_ui.pages.session_detail", "from sessions_ui.gateway.errors import GatewayError"),
        ("sessions_ui.archive.ingest", "from sessions_ui.gateway.stream import read"),
        ("sessions_ui.access.policy", "from sessions_ui.session import Session"),
    ],
)
def test_it_allows_what_the_table_allows(module: str, source: str) -> None:
    assert layers.violations(module, source) == []
