"""Rows get into the trail, in a chain, from many at once; and nothing else can be done to them."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.utils import ConnectionHandler

from sessions_ui.trail import chain, heads, keys, store
from sessions_ui.trail.actors import Actor
from sessions_ui.trail.acts import Act, Outcome
from sessions_ui.trail.models import ActorRecord, CheckpointRecord, HeadRecord, RowRecord
from sessions_ui.trail.store import TrailUnavailable, write, write_heartbeat
from tests.trails import rows

pytestmark = pytest.mark.database
OWEN = Actor(name="Owen", email="owen@example.com", role="standard", via="oidc", address="10.0.0.7")


@pytest.fixture(autouse=True)
def _committed(transactional_db: None) -> None:
    """Triggers and locks are about what is committed."""


def test_it_works() -> None:
    written = write(
        Act.LOG_READ, who=OWEN, session="4d9e", request="ab", page="cd", about={"events": [1, 200]}
    )

    (row,) = rows()
    assert row.number == written.number == 1
    assert (row.act, row.session, row.request, row.page) == ("log-read", "4d9e", "ab", "cd")
    assert row.about == '{"events":[1,200]}'
    assert row.previous == chain.BEGINNING
    assert row.hash == row.digest()
    actor = ActorRecord.objects.get(key=row.who)
    assert (actor.name, actor.email, actor.address) == ("Owen", "owen@example.com", "10.0.0.7")


def test_it_chains_each_row_to_the_one_before() -> None:
    for _ in range(3):
        write(Act.LIST_READ, who=OWEN)

    first, second, third = rows()
    assert [second.previous, third.previous] == [first.hash, second.hash]
    assert len({first.who, second.who, third.who}) == 1
    head = HeadRecord.objects.get()
    assert (head.number, head.hash) == (3, third.hash)


def test_it_keys_another_address_and_another_role_apart() -> None:
    for actor in (OWEN, Actor(name="Owen", email="owen@example.com", address="10.0.0.8"), store.NOBODY):
        write(Act.LIST_READ, who=actor)

    keys_found = [row.who for row in rows()]
    assert len(set(keys_found)) == 3
    assert keys_found[2] == ""


@pytest.mark.parametrize("text", ["\udcff broken", "null \0 byte", "x" * 3000, "\u202e turned"])
def test_it_takes_whatever_a_sign_in_sends(text: str) -> None:
    actor = Actor(name=text, email=text, address=text)
    write(Act.SIGN_IN_REFUSED, who=actor, about={"reason": text})
    write(Act.SIGN_IN_REFUSED, who=actor)

    first, second = rows()
    assert first.who == second.who
    assert first.hash == first.digest()


def test_it_refuses_an_id_that_would_blur_the_fields() -> None:
    for text in ("two\nlines", "x" * 65):
        with pytest.raises(ValueError, match="no id"):
            write(Act.LIST_READ, session=text)
    assert rows() == []


def test_it_writes_one_chain_from_a_crowd() -> None:
    def visit() -> None:
        for number in range(5):
            write(Act.LOG_READ, who=OWEN, about={"events": [number, number]})
        connections.close_all()

    threads = [threading.Thread(target=visit) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = rows()
    assert [row.number for row in found] == list(range(1, 101))
    assert all(row.hash == row.digest() for row in found)
    assert [row.previous for row in found[1:]] == [row.hash for row in found[:-1]]


def test_it_says_how_it_went() -> None:
    def chunks() -> Iterator[bytes]:
        yield from (b"one", b"two", b"three")

    assert list(write(Act.DOWNLOADED, who=OWEN).follow(chunks())) == [b"one", b"two", b"three"]
    left = write(Act.DOWNLOADED, who=OWEN).follow(chunks())
    assert next(left) == b"one"
    assert next(left) == b"two"
    left.close()  # type: ignore[attr-defined]  # a generator

    whole, its_end, broken, its_break = rows()
    for end, row, content, outcome in (
        (its_end, whole, b"onetwothree", "finished"),
        (its_break, broken, b"one", "broken off"),
    ):
        digest = hashlib.sha256(content).hexdigest()
        assert end.ends == row.number
        assert json.loads(end.about) == {"bytes": len(content), "outcome": outcome, "sha256": digest}
    assert its_end.who == whole.who


def test_it_raises_where_a_row_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written = write(Act.DOWNLOADED, who=OWEN)

    def fail(*_: Any) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(store, "insert_rows", fail)
    with pytest.raises(TrailUnavailable):
        write(Act.SESSION_OPENED, who=OWEN)
    # The content was sent: nothing is raised, and the missing row says that it is not known.
    written.ended(size=3, outcome=Outcome.FINISHED)

    monkeypatch.undo()
    write(Act.SESSION_OPENED, who=OWEN)
    assert [row.number for row in rows()] == [1, 2]


def test_it_raises_where_no_checkpoint_can_be_signed(settings: Any, tmp_path: Path) -> None:
    settings.HOOPVIEWER_TRAIL_KEY_FILE = tmp_path / "none.pem"
    with pytest.raises(TrailUnavailable):
        write(Act.SESSION_OPENED, who=OWEN)
    assert rows() == []


def test_it_never_writes_within_a_transaction_that_may_be_rolled_back() -> None:
    with (
        transaction.atomic(using=settings.TRAIL_DATABASE),
        pytest.raises(RuntimeError, match="durable"),
    ):
        write(Act.SESSION_OPENED, who=OWEN)


def test_it_signs_the_first_row_and_every_thousandth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "ROWS_A_CHECKPOINT", 3)
    sent: list[chain.Checkpoint] = []
    monkeypatch.setattr(store, "send_checkpoint", sent.append)
    for _ in range(8):
        write(Act.LIST_READ, who=OWEN)

    facts = [checkpoint.facts() for checkpoint in sent]
    assert [(fact.number, fact.last, fact.rows) for fact in facts] == [(1, 1, 1), (2, 4, 4), (3, 7, 7)]
    assert [fact.head for fact in facts] == [rows()[n - 1].hash for n in (1, 4, 7)]
    assert facts[1].previous == sent[0].digest()
    assert CheckpointRecord.objects.count() == 3
    is_signed = keys.signed_by([keys.signing_key().public_key()])
    assert all(is_signed(checkpoint) for checkpoint in sent)


def test_it_signs_after_ten_minutes(time_machine: Any) -> None:
    for minute in (0, 9, 10, 19, 21):
        time_machine.move_to(f"2026-11-25T18:{minute:02}:00+00:00", tick=False)
        write(Act.LIST_READ, who=OWEN)
    # A clock that was set back.
    time_machine.move_to("2026-11-25T17:00:00+00:00", tick=False)
    write(Act.LIST_READ, who=OWEN)

    assert list(CheckpointRecord.objects.order_by("number").values_list("last", flat=True)) == [1, 3, 5, 6]


def test_it_beats_once_an_hour(time_machine: Any) -> None:
    time_machine.move_to("2026-11-25T18:00:00+00:00", tick=False)
    assert [write_heartbeat(), write_heartbeat()] == [True, False]
    time_machine.move_to("2026-11-25T19:00:00+00:00", tick=False)
    # Another process looked at the same moment, and is first.
    write(Act.HEARTBEAT)
    write(Act.HEARTBEAT)

    assert [row.act for row in rows()] == ["heartbeat", "heartbeat"]


def test_it_makes_a_lost_head_again_from_the_rows() -> None:
    for _ in range(3):
        write(Act.LIST_READ, who=OWEN)
    HeadRecord.objects.all().delete()
    write(Act.LIST_READ, who=OWEN)

    found = rows()
    assert [row.number for row in found] == [1, 2, 3, 4]
    assert found[3].previous == found[2].hash
    assert heads.Head(HeadRecord.objects.get().number).number == 4


@pytest.mark.parametrize("model", [RowRecord, CheckpointRecord])
def test_it_lets_nobody_change_or_delete_a_row(model: Any) -> None:
    write(Act.LIST_READ, who=OWEN)
    field = "act" if model is RowRecord else "text"
    for attack in (
        lambda: model.objects.update(**{field: "x"}),
        lambda: model.objects.all().delete(),
        lambda: _truncate(model),
        lambda: _replace(model, field),
    ):
        with pytest.raises(DatabaseError, match="append-only"):
            attack()
    assert model.objects.count() == 1


def _truncate(model: Any) -> None:
    table = model._meta.db_table
    connection = connections[settings.TRAIL_DATABASE]
    word = "TRUNCATE" if connection.vendor == "postgresql" else "DELETE FROM"
    with connection.cursor() as cursor:
        cursor.execute(f"{word} {table}")


def _replace(model: Any, field: str) -> None:
    """Put another row in the place of one, as an insert."""
    table, pk = model._meta.db_table, model._meta.pk.column
    names = [column.column for column in model._meta.concrete_fields]
    values = ", ".join("'x'" if name == field else f'"{name}"' for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    connection = connections[settings.TRAIL_DATABASE]
    insert, behind = "INSERT OR REPLACE", "WHERE true"
    if connection.vendor == "postgresql":
        insert, behind = "INSERT", f"ON CONFLICT ({pk}) DO UPDATE SET {field} = EXCLUDED.{field}"
    with connection.cursor() as cursor:
        cursor.execute(f"{insert} INTO {table} ({columns}) SELECT {values} FROM {table} {behind}")


def test_it_reaches_the_disk_with_each_row() -> None:
    connection = connections[settings.TRAIL_DATABASE]
    if connection.vendor == "sqlite":
        as_served = {**connection.settings_dict, "OPTIONS": settings.TRAIL_OPTIONS}
        with closing(ConnectionHandler({"default": as_served})["default"]) as own, own.cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone() == (2,)
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")
            heads.lock_head(settings.TRAIL_DATABASE)
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
