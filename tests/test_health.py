from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings

from hoopviewer import health
from sessions_ui.archive import gateway_facts
from sessions_ui.demo.standin import StandIn
from tests.waiting import LONG

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def hoop() -> Iterator[StandIn]:
    with StandIn() as running, override_settings(HOOP_API_URL=running.url, HOOP_API_KEY=running.auditor_key):
        yield running


@pytest.fixture(autouse=True)
def nothing_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_seen", None)


def test_it_lives_without_anything_else() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_it_is_ready_when_hoop_answers(hoop: StandIn) -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "reasons": []})


def test_it_looks_once_however_many_ask(hoop: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LOOK_EVERY_SECONDS", LONG)
    for _ in range(5):
        assert Client().get("/readyz").status_code == 200
    assert len(hoop.requests("/api/publicserverinfo")) == 1
    monkeypatch.setattr(health, "LOOK_EVERY_SECONDS", 0)
    assert Client().get("/readyz").status_code == 200
    assert len(hoop.requests("/api/publicserverinfo")) == 2
    # A look that hangs keeps one thread, whoever else asks.
    with health._looking:
        assert Client().get("/readyz").status_code == 200
        monkeypatch.setattr(health, "_seen", None)
        assert Client().get("/readyz").json()["reasons"] == ["The site has just been started."]
    assert len(hoop.requests("/api/publicserverinfo")) == 2


def test_it_is_not_ready_without_hoop() -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer.json()["reasons"] == ["hoop does not answer as it should: no connection."]
    assert "127.0.0.1" not in answer.content.decode()


@pytest.mark.parametrize(
    ("person", "allowed", "said"),
    [
        ("admin@example.com", False, "The key for hoop is an admin's"),
        ("admin@example.com", True, ""),
        ("owen@example.com", True, "The key for hoop belongs to no group"),
    ],
)
def test_it_is_not_ready_with_the_wrong_key(hoop: StandIn, person: str, allowed: bool, said: str) -> None:
    gateway_facts.forget()
    key = hoop.state.people.token_for(person)
    with override_settings(HOOP_API_KEY=key, HOOPVIEWER_ALLOW_ADMIN_KEY=allowed):
        reasons = Client().get("/readyz").json()["reasons"]
    gateway_facts.forget()
    assert [reason[: len(said)] for reason in reasons] == ([said] if said else [])


def test_it_is_not_ready_before_its_migrations(hoop: StandIn) -> None:
    MigrationRecorder.Migration.objects.using("default").filter(app="sessions_ui").delete()
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["The database has migrations to run."]


def test_it_is_not_ready_without_its_database(hoop: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise DatabaseError("the password is hunter2")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["The database does not answer."]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_it_only_reads(path: str) -> None:
    assert Client().post(path).status_code == 405
