"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from sessions_ui.demo.standin import StandIn
from tests.hostile_provider import CLIENT, HostileProvider
from tests.waiting import LONG

#: Where the program gives up waiting and shows how far it is.
WAITS = (
    "api.reading.SHORT_SECONDS",
    "archive.event_logs.PATIENCE_SECONDS",
    "archive.listing.WAIT_SECONDS",
    "archive.spread.PATIENCE_SECONDS",
    "pages.download.PERSON_SECONDS",
    "pages.opening.WAIT_SECONDS",
)

# On a busy machine an input may take long to come up; that says nothing about the code.
hypothesis_settings.register_profile(
    "explore",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
# The same inputs each time: chance looks for new ones with ``pytest --hypothesis-profile=explore``.
hypothesis_settings.register_profile("suite", hypothesis_settings.get_profile("explore"), derandomize=True)
hypothesis_settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The access trail has a database of its own on SQLite: whoever has the one has both."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        arguments = {**marker.kwargs, "databases": "__all__"} if marker else {"databases": "__all__"}
        if marker or {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.django_db(**arguments), append=False)


@pytest.fixture(autouse=True)
def trail_ends(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test has written for good is flushed after it, which the trail's triggers would not let
    pass: its rows go below a cut, as retired ones do."""
    if "transactional_db" not in request.fixturenames and "live_server" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    from tests.trails import clear_trail

    clear_trail()


@pytest.fixture(autouse=True)
def no_rows_are_read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that reads hoop's list would outlive a test whose transaction it has to wait for."""
    if "hoop" not in request.fixturenames:
        from sessions_ui.archive import list_filling

        monkeypatch.setattr(list_filling, "_run", lambda goal: None)


@pytest.fixture
def clock_stands(time_machine: Any) -> None:
    """What is counted by the minute is counted within one, also when the test begins at its end."""
    time_machine.move_to(timezone.now(), tick=False)


@pytest.fixture
def operator(db: None) -> Client:
    """A browser that opened the one-time address."""
    from sessions_ui.access.signin import local

    client = Client()
    client.get(f"/open/{local.issue()}")
    return client


@pytest.fixture
def hoop(settings: Any, transactional_db: None) -> Iterator[StandIn]:
    """The stand-in with its samples, and the settings that lead to it. However slow this machine is,
    nobody gives up waiting: a test of that says what is not waited for.

    Ingests run in threads with connections of their own, hence the committed transactions."""
    from sessions_ui.archive import gateway_facts, ingest, list_filling

    for name in ("CONNECT", "FIRST_BYTE", "BETWEEN_BYTES", "METADATA"):
        setattr(settings, f"HOOPVIEWER_{name}_SECONDS", LONG)
    settings.HOOPVIEWER_LIST_CALLS_A_SECOND = 1000.0
    with pytest.MonkeyPatch.context() as patient, StandIn(samples=True) as standin:
        for name in WAITS:
            patient.setattr(f"sessions_ui.{name}", LONG)
        settings.HOOP_API_URL, settings.HOOP_API_KEY = standin.url, standin.auditor_key
        gateway_facts.forget()
        yield standin
        standin.faults.clear()
        list_filling.finish_filling()
    ingest.finish_ingests()


@pytest.fixture
def as_person(hoop: StandIn, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[[str], Client]:
    """A browser signed in as one of hoop's people, by e-mail."""
    from sessions_ui.access.people import person_from
    from sessions_ui.access.signin.local import LocalEntry
    from sessions_ui.archive.people import get_person

    def sign_in(email: str) -> Client:
        known = get_person(email)
        assert known
        person = person_from(known, via="test", auditor_group=settings.HOOPVIEWER_AUDITOR_GROUP)
        person = replace(person, issuer="test", subject=person.id) if person else None
        monkeypatch.setattr(LocalEntry, "find_person", lambda self, request: person)
        return Client()

    return sign_in


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileProvider]:
    """An identity provider, and a site that signs people in by it."""
    from sessions_ui.access.signin import openid
    from tests.signing_in import WHOM, configure

    monkeypatch.setattr(openid, "_kept", {})
    with HostileProvider() as running:
        configure(
            settings,
            "oidc",
            HOOPVIEWER_OIDC_ISSUER=running.issuer,
            HOOPVIEWER_OIDC_CLIENT_ID=CLIENT,
            HOOPVIEWER_OIDC_CLIENT_SECRET="client-secret",
            HOOPVIEWER_WHOM_TO_ASK=WHOM,
        )
        yield running


@pytest.fixture
def key_server() -> Iterator[HostileProvider]:
    """Where a proxy publishes its keys; nothing that an earlier test fetched is kept."""
    from sessions_ui.access.signin import proxy, written

    proxy._keys.cache_clear()
    written._noted.clear()
    with HostileProvider() as running:
        yield running
