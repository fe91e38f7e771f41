"""``verify_trail``, ``retire_trail`` and ``forget_person``, over a trail that is attacked in its tables."""

from __future__ import annotations

import io
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from hoopviewer import environment
from sessions_ui.trail import chain, keys
from sessions_ui.trail.actors import Actor
from sessions_ui.trail.acts import Act
from sessions_ui.trail.models import ActorRecord, CheckpointRecord, HeadRecord, RowRecord
from sessions_ui.trail.store import write
from tests import crashing, processes
from tests.trails import rows, unguarded

pytestmark = pytest.mark.database
OWEN = Actor(name="Owen", email="owen@example.com", address="10.0.0.7")
RITA = Actor(name="Rita", email="rita@example.com", address="10.0.0.8")


@pytest.fixture(autouse=True)
def _outside(transactional_db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE = tmp_path / "checkpoints"
    monkeypatch.setattr(chain, "ROWS_A_CHECKPOINT", 3)
    for _ in range(4):
        write(Act.LOG_READ, who=OWEN, session="s1")
        write(Act.LOG_READ, who=RITA, session="s2")


def verify(*arguments: object) -> str:
    output = io.StringIO()
    call_command("verify_trail", *map(str, arguments), stdout=output)
    return output.getvalue()


def findings(*arguments: object) -> str:
    output = io.StringIO()
    with pytest.raises(CommandError, match="not whole"):
        call_command("verify_trail", *map(str, arguments), stdout=output)
    return output.getvalue()


def test_it_says_that_it_is_whole_and_what_it_cannot_see(tmp_path: Path) -> None:
    said = verify()
    assert "Whole: 8 rows, 3 checkpoints, every hash and signature holds." in said
    assert "What cannot be seen from here: that all of it was put back to an older copy" in said

    said = verify("--against", tmp_path / "checkpoints")
    assert "Compared with 3 checkpoints kept elsewhere." in said
    assert "is over row 7: of what came behind that row it cannot be seen whether it was cut." in said


def test_it_compares_with_what_arrived_elsewhere(tmp_path: Path) -> None:
    """A checkpoint on its way was lost; those that follow stand for its rows."""
    kept = tmp_path / "checkpoints"
    lines = kept.read_text().splitlines(keepends=True)
    kept.write_text(lines[0] + lines[2])
    assert "Whole: 8 rows" in (said := verify("--against", kept))
    assert "Compared with 2 checkpoints" in said
    with unguarded():
        RowRecord.objects.filter(number=5).delete()
        assert "Row 5 is missing." in findings("--against", kept)


def test_it_says_what_has_not_arrived_elsewhere(tmp_path: Path, settings: Any) -> None:
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE = tmp_path / "away" / "checkpoints"
    assert "has not reached" not in verify()
    for _ in range(6):
        write(Act.LOG_READ, who=OWEN)
    said = verify()
    assert "Whole: 14 rows, 5 checkpoints" in said
    assert "2 checkpoints have not reached their file: one (signed on" in said
    (tmp_path / "away").mkdir()
    for _ in range(3):
        write(Act.LOG_READ, who=OWEN)
    assert "reached" not in verify("--against", tmp_path / "away" / "checkpoints")


def test_it_says_nothing_of_a_tail_that_is_proved(tmp_path: Path) -> None:
    write(Act.LOG_READ, who=OWEN)
    write(Act.LOG_READ, who=OWEN)
    assert "cannot be seen" not in verify("--against", tmp_path / "checkpoints")


def attacks() -> dict[str, tuple[Callable[[], object], str]]:
    """What somebody does to the tables, and what is said of it."""
    return {
        "a row changed": (
            lambda: RowRecord.objects.filter(number=4).update(session="s9"),
            "Row 4 was changed",
        ),
        "a moment changed": (
            lambda: RowRecord.objects.filter(number=4).update(at=datetime(2026, 1, 1, tzinfo=UTC)),
            "Row 4 was changed",
        ),
        "a row deleted": (lambda: RowRecord.objects.filter(number=4).delete(), "Row 4 is missing."),
        "two rows swapped": (_swap, "Row 4 was changed"),
        "the tail cut": (
            lambda: RowRecord.objects.filter(number=8).delete(),
            "The tail was cut: the head counts 8 rows, and row 8 is missing.",
        ),
        "the order of time claimed where there is none": (
            _claim_order,
            "The head says that rows are in order of time from 1 on; row 9 is not.",
        ),
        "the head put back": (
            lambda: HeadRecord.objects.update(number=7, hash=rows()[6].hash),
            "The head says row 7 is the last; row 8 is.",
        ),
        "a checkpoint deleted": (
            lambda: CheckpointRecord.objects.filter(number=2).delete(),
            "Checkpoint 2 is missing before 3.",
        ),
        "deletes let pass by a number that nobody signed": (
            lambda: CheckpointRecord.objects.filter(number=2).update(cut=5),
            "Beside checkpoint 2 other numbers stand than those it signed.",
        ),
        "another person put in": (
            lambda: ActorRecord.objects.filter(name="Owen").update(name="Rita"),
            "Another person or address was put behind the key",
        ),
        "another address put in": (
            lambda: ActorRecord.objects.filter(name="Owen").update(address="10.9.9.9"),
            "Another person or address was put behind the key",
        ),
        "a person taken away": (
            lambda: ActorRecord.objects.filter(name="Owen").delete(),
            "Nobody stands behind the key",
        ),
        "a person made to look forgotten": (
            lambda: ActorRecord.objects.filter(name="Owen").update(forgotten_at=datetime.now(UTC)),
            "No row says that the person behind the key",
        ),
    }


def _claim_order() -> None:
    with time_machine.travel("2026-11-01T10:00:00+00:00", tick=False):
        write(Act.LOG_READ, who=OWEN)
    assert HeadRecord.objects.get().ordered_from == 9
    assert "Whole" in verify()
    HeadRecord.objects.update(ordered_from=1)


def _swap() -> None:
    one, other = RowRecord.objects.filter(number__in=(4, 5)).order_by("number")
    RowRecord.objects.filter(number__in=(4, 5)).delete()
    one.number, other.number = other.number, one.number
    RowRecord.objects.bulk_create([one, other])


@pytest.mark.parametrize("name", attacks())
def test_it_finds(name: str) -> None:
    attack, words = attacks()[name]
    with unguarded():
        attack()
        assert words in findings()


def test_it_finds_by_what_was_kept_elsewhere_that_a_copy_was_put_back(tmp_path: Path) -> None:
    """As if the whole directory came from last night's backup."""
    earlier = {
        model: list(model._default_manager.all()) for model in (RowRecord, CheckpointRecord, HeadRecord)
    }
    for _ in range(5):
        write(Act.REVEALED, who=OWEN, session="s1")
    with unguarded():
        for model, records in earlier.items():
            model.objects.all().delete()
            model.objects.bulk_create(records)

    assert "Whole: 8 rows" in verify()
    assert "The tail was cut: on " in findings("--against", tmp_path / "checkpoints")


def test_it_finds_by_what_was_kept_elsewhere_that_all_was_signed_anew(tmp_path: Path) -> None:
    """By somebody who has the machine, and its key."""
    (tmp_path / "checkpoints").rename(tmp_path / "kept")
    with unguarded():
        for model in (RowRecord, CheckpointRecord, HeadRecord, ActorRecord):
            model._default_manager.all().delete()
    for _ in range(8):
        write(Act.LIST_READ, who=RITA)

    assert "Whole: 8 rows" in verify()
    assert "was rewritten" in findings("--against", tmp_path / "kept")


def test_it_checks_by_the_keys_that_are_given(tmp_path: Path, settings: Any) -> None:
    mine = tmp_path / "mine.pem"
    mine.write_text(verify("--show-key"))
    stranger = tmp_path / "stranger.pem"
    stranger.write_text(keys.new_key())
    settings.HOOPVIEWER_TRAIL_KEY_FILE = stranger
    other = keys.name_of(keys.read_public(mine))
    said = findings()
    assert f"3 checkpoints from 1 on are signed by another key (fingerprint {other}): give it with" in said
    assert "taken away" not in said

    # After a change of keys both are named.
    for _ in range(3):
        write(Act.LIST_READ, who=RITA)
    newer = tmp_path / "newer.pem"
    newer.write_text(verify("--show-key"))
    assert "Whole: 11 rows, 4 checkpoints" in verify("--public-key", mine, "--public-key", newer)


@pytest.mark.parametrize("text", ["", "\n\n", "{}\n", "no checkpoint\n", "\xff"])
def test_it_refuses_a_file_that_proves_nothing(tmp_path: Path, text: str) -> None:
    kept = tmp_path / "kept"
    kept.write_text(text, encoding="latin-1")
    with pytest.raises(CommandError, match=r"no checkpoint|cannot be read"):
        verify("--against", kept)
    for option in ("--against", "--public-key"):
        with pytest.raises(CommandError, match=r"cannot be read|cannot be used"):
            verify(option, tmp_path / "none")


def test_it_retires_the_old_end_and_leaves_a_stump(tmp_path: Path, time_machine: Any) -> None:
    time_machine.move_to("2027-01-01T12:00:00+00:00")
    write(Act.LIST_READ, who=RITA)
    output = io.StringIO()
    call_command("retire_trail", "--before", "2027-01-01", stdout=output)

    assert output.getvalue() == "8 rows retired.\n"
    assert [(row.number, row.act) for row in rows()] == [(9, "list-read"), (10, "trail-retired")]
    # Nobody is kept whom no row names.
    assert set(ActorRecord.objects.values_list("name", flat=True)) >= {"Rita"}
    assert not ActorRecord.objects.filter(name="Owen").exists()
    said = verify("--against", tmp_path / "checkpoints")
    assert "Whole: 2 rows, 5 checkpoints, every hash and signature holds. Rows up to 8 were retired." in said

    write(Act.LIST_READ, who=RITA)
    assert "Whole: 3 rows" in verify()
    with unguarded():
        RowRecord.objects.filter(number=9).delete()
        assert "Row 9 is missing." in findings()


def test_it_retires_everything_but_the_row_that_says_so(time_machine: Any) -> None:
    time_machine.move_to("2027-01-01T12:00:00+00:00")
    call_command("retire_trail", "--before", "2027-01-01", stdout=io.StringIO())
    assert [row.act for row in rows()] == ["trail-retired"]
    HeadRecord.objects.all().delete()
    write(Act.LIST_READ, who=RITA)
    assert "Whole: 2 rows" in verify()


def test_it_retires_nothing_that_is_young_or_yet_to_come() -> None:
    call_command("retire_trail", "--before", "2020-01-01", stdout=io.StringIO())
    assert len(rows()) == 8
    for day in ("2999-01-01", "yesterday"):
        with pytest.raises(CommandError):
            call_command("retire_trail", "--before", day)


def test_it_forgets_a_person_and_keeps_the_chain_whole(tmp_path: Path) -> None:
    before = [row.hash for row in rows()]
    output = io.StringIO()
    call_command("forget_person", "OWEN@example.com", stdout=output)

    assert output.getvalue() == "1 entry erased.\n"
    owens = ActorRecord.objects.get(key=rows()[0].who)
    assert (owens.name, owens.email, owens.address, owens.salt, owens.digest) == ("", "", "", "", "")
    assert [row.hash for row in rows()[:8]] == before
    assert rows()[8].act == "person-forgotten"
    assert "owen" not in "".join(row.about for row in rows()).lower()
    assert "Whole: 9 rows" in verify("--against", tmp_path / "checkpoints")

    # Who comes again is somebody new.
    write(Act.LOG_READ, who=OWEN)
    assert rows()[9].who != rows()[0].who
    with pytest.raises(CommandError, match="nobody"):
        call_command("forget_person", "nobody@example.com")


def test_it_makes_a_key_of_its_own_once(tmp_path: Path) -> None:
    path = environment.trail_key_file(tmp_path, None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert environment.trail_key_file(tmp_path, None).read_text() == text
    assert text.startswith("-----BEGIN PRIVATE KEY-----")


def test_it_uses_no_key_that_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(keys.new_key())
    path.chmod(0o640)
    with pytest.raises(environment.ImproperlyConfigured, match="0600"):
        environment.trail_key_file(tmp_path, path)
    with pytest.raises(environment.ImproperlyConfigured, match="no file"):
        environment.trail_key_file(tmp_path, tmp_path / "none")


def test_it_says_of_every_table_that_it_is_the_trail_s_own() -> None:
    from django.db import connections

    names = connections[settings.TRAIL_DATABASE].introspection.table_names()
    assert {"trail_rowrecord", "trail_headrecord"} <= set(names)
    if settings.TRAIL_DATABASE != "default":
        assert not any(name.startswith("sessions_ui") for name in names)
        assert not any(
            name.startswith("trail_") for name in connections["default"].introspection.table_names()
        )


WRITER = """
import django; django.setup()
from sessions_ui.trail.acts import Act
from sessions_ui.trail.actors import Actor
from sessions_ui.trail.store import write
print("ready", flush=True)
input()
for number in range({rows}):
    print(write(Act.DOWNLOADED, who=Actor(name="Owen"), about={{"turn": number}}).number, flush=True)
"""


def test_it_is_one_chain_of_two_processes_and_whole_when_one_is_killed(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL at any moment: every row that was answered is there, and none is half there."""
    # As the others sign.
    monkeypatch.setattr(chain, "ROWS_A_CHECKPOINT", 1000)
    variables = processes.environment() | {
        "DJANGO_SETTINGS_MODULE": "hoopviewer.settings",
        "DATABASE_URL": crashing.database_url(),
        "HOOPVIEWER_DATA_DIR": str(tmp_path),
        "HOOPVIEWER_TRAIL_KEY_FILE": str(settings.HOOPVIEWER_TRAIL_KEY_FILE),
        "HOOPVIEWER_LOG_LEVEL": "CRITICAL",
    }
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER.format(rows=count)],
            cwd=processes.ROOT,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for count in (100, 1_000_000)
    ]
    for writer in writers:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("\n")
        writer.stdin.flush()
    whole = writers[0].communicate()[0].split()
    writers[1].kill()
    answered = writers[1].communicate()[0].split("\n")[:-1]

    # Of what the killed one wrote last the answer may be lost, the row not.
    numbers = sorted(int(text) for text in [*whole, *answered])
    assert len(whole) == 100
    assert answered
    last = HeadRecord.objects.get().number
    assert last - len(numbers) - 8 in (0, 1)
    assert set(numbers) <= set(range(9, last + 1))
    assert f"Whole: {last:,} rows" in verify()
