"""Processes that start at the same moment on a new database: one migrates, the others wait for it."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.processes import ROOT, environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
MIGRATES = """
import django; django.setup()
from hoopviewer.databases import migrate, waits_for_migration
print("ready", flush=True)
input()
migrate()
print("waits" if waits_for_migration() else "done")
"""


@pytest.fixture
def new_database(tmp_path: Path) -> Iterator[str]:
    """The address of one that holds nothing."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.sqlite3'}"
        return
    name = f"new_{uuid.uuid4().hex}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_it_migrates_once_however_many_start(new_database: str, tmp_path: Path) -> None:
    variables = environment() | {
        "DJANGO_SETTINGS_MODULE": "hoopviewer.settings",
        "DATABASE_URL": new_database,
        "HOOPVIEWER_DATA_DIR": str(tmp_path),
    }
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATES],
            cwd=ROOT,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in starting:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in starting:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate() for process in starting]
    assert [(out, err) for out, err in said] == [("done\n", "")] * 3
