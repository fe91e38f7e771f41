from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hoopviewer import bootstrap


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a lock and no .venv."""
    (tmp_path / "requirements.lock").write_text("django==5.2.19\n")
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    return tmp_path


@pytest.fixture
def calls(clone: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands run, none of which really runs."""
    seen: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        seen.append(command)
        if "venv" in command:
            (clone / ".venv/bin").mkdir(parents=True)
            (clone / ".venv/bin/python").touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return seen


def test_it_installs_once_and_again_after_a_change(clone: Path, calls: list[list[str]]) -> None:
    lock = clone / "requirements.lock"
    bootstrap.install(lock)
    assert [command[2] for command in calls] == ["venv", "pip"]
    assert "--require-hashes" in calls[1]
    bootstrap.install(lock)
    assert len(calls) == 2
    lock.write_text("django==5.2.20\n")
    bootstrap.install(lock)
    assert [command[2] for command in calls] == ["venv", "pip", "pip"]


def test_it_says_that_packages_cannot_be_installed(
    clone: Path, monkeypatch: pytest.MonkeyPatch, calls: list[list[str]]
) -> None:
    bootstrap.make_venv()
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1))
    with pytest.raises(SystemExit, match="could not be installed"):
        bootstrap.install(clone / "requirements.lock")
    assert not list((clone / ".venv").glob(".*.installed"))


def test_it_says_that_venv_is_missing(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="python3-venv"):
        bootstrap.make_venv()


def test_it_says_that_python_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    with pytest.raises(SystemExit, match="3.11 or newer"):
        bootstrap.enter(["manage.py", "check"])


def test_it_goes_on_inside_the_venv(
    clone: Path, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced: list[Any] = []
    monkeypatch.setattr(os, "execv", lambda *call: (replaced.append(call), sys.exit(0)))
    monkeypatch.setattr(bootstrap, "RUN_LOCK", clone / "requirements.lock")
    with pytest.raises(SystemExit):
        bootstrap.enter(["manage.py", "demo", "--port", "8001"])
    python = str(clone / ".venv/bin/python")
    assert replaced == [(python, [python, "manage.py", "demo", "--port", "8001"])]


def test_it_leaves_other_commands_alone(clone: Path, calls: list[list[str]]) -> None:
    bootstrap.enter(["manage.py", "check"])
    assert calls == []


def test_it_gives_the_demo_none_of_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "demo_directory", None)
    given = {
        "HOOP_API_URL": "https://hoop.example.com",
        "HOOP_API_KEY_FILE": "/srv/key",
        "DATABASE_URL": "postgresql://db/real",
        "SECRET_KEY": "x" * 60,
        "DJANGO_SETTINGS_MODULE": "evil.settings",
        "PATH": "/usr/bin",
    }
    monkeypatch.setattr(os, "environ", given)
    bootstrap.forget_configuration()
    assert bootstrap.demo_directory is not None
    assert given == {
        "PATH": "/usr/bin",
        "HOOPVIEWER_DATA_DIR": str(bootstrap.demo_directory),
        "HOOPVIEWER_ENV_FILE": "",
        "HOOPVIEWER_LOG_LEVEL": "WARNING",
        "HOOPVIEWER_LOG_FORMAT": "console",
    }
    assert bootstrap.demo_directory.stat().st_mode & 0o777 == 0o700


def test_it_runs_on_the_standard_library_alone() -> None:
    # -S leaves out site-packages: what a fresh machine has.
    code = "import sys; sys.path.insert(0, '.'); import hoopviewer.bootstrap"
    subprocess.run([sys.executable, "-S", "-c", code], cwd=bootstrap.BASE_DIR, check=True)
