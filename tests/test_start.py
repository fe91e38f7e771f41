"""What a newcomer gets wrong is said by name, in a sentence, before anything is made or asked."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from hoopviewer import bootstrap, env_file, environment, logs
from hoopviewer.server import address_of
from sessions_ui.access.signin import openid
from sessions_ui.archive import gateway_facts
from sessions_ui.management.commands import serve
from sessions_ui.trail import keys
from sessions_ui.trail.models import CheckpointRecord
from sessions_ui.trail.store import Act, write
from tests import processes


def command(directory: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, with nothing but these variables and a data directory that is not there."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=processes.ROOT,
        env=processes.environment() | {"HOOPVIEWER_DATA_DIR": str(directory / "data")} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"HOOPVIEWER_WORKERS": "abc"}, "HOOPVIEWER_WORKERS cannot be read: Not a valid integer.\n"),
        (
            {"DATABASE_URL": "mysql://u:hunter2@h/d"},
            "DATABASE_URL must be a sqlite or a postgresql address.\n",
        ),
    ],
)
def test_it_says_in_a_sentence_which_variable_is_wrong(
    tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    result = command(tmp_path, "serve", **variables)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", said)


def test_it_says_in_a_sentence_that_postgresql_is_away(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        # Bound and not listened on: whoever connects is refused.
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        result = command(
            tmp_path,
            "serve",
            "--port",
            str(processes.free_port()),
            DATABASE_URL=f"postgresql://u:hunter2@127.0.0.1:{port}/db",
            HOOP_API_URL="http://127.0.0.1:9",
            HOOP_API_KEY="k",
            HOOPVIEWER_WORKRES="3",
        )
    assert result.returncode == 1
    warning, away = result.stderr.splitlines()
    assert warning.startswith(
        "Warning: HOOPVIEWER_WORKRES is read by nothing here. Is HOOPVIEWER_WORKERS meant?"
    )
    assert f"db at 127.0.0.1:{port} cannot be opened: " in away
    assert "hunter2" not in result.stderr


def test_it_makes_nothing_where_there_is_no_site(tmp_path: Path) -> None:
    result = command(tmp_path, "verify_trail")
    assert result.returncode == 1
    assert "There is no trail here yet: " in result.stderr
    assert str(tmp_path / "data/hoopviewer-trail.sqlite3") in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_it_reads_the_file_where_the_environment_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text(
        'HOOP_API_URL=\nHOOP_API_KEY="a $(touch x) ${HOME} b"\nDATABASE_URL=from-the-file\nexport A=1\n'
    )
    given = {"DATABASE_URL": "from-outside", "HOOP_API_URL": "https://hoop.example.com"}
    env_file.take_over(file, given)
    assert given == {
        "DATABASE_URL": "from-outside",
        "HOOP_API_URL": "https://hoop.example.com",
        "HOOP_API_KEY": "a $(touch x) ${HOME} b",
        "A": "1",
    }
    blank = {"HOOPVIEWER_ENV_FILE": "", "HOOPVIEWER_PUBLIC_URL": ""}
    env_file.take_over(file, blank)
    assert len(blank) == 2
    env_file.take_over(tmp_path / "none", blank)
    with pytest.raises(ImproperlyConfigured, match="HOOPVIEWER_ENV_FILE names no file: .*none"):
        env_file.take_over(file, {"HOOPVIEWER_ENV_FILE": str(tmp_path / "none")})
    with pytest.raises(ImproperlyConfigured, match="Is a directory"):
        env_file.take_over(file, {"HOOPVIEWER_ENV_FILE": str(tmp_path)})


def test_it_names_the_file_of_a_secret_that_is_not_there(tmp_path: Path) -> None:
    for wrong in (tmp_path / "none", tmp_path):
        with pytest.raises(ImproperlyConfigured, match=f"HOOP_API_KEY_FILE cannot be read: {wrong}: "):
            environment.secret_from("HOOP_API_KEY", "", wrong)
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match=f"HOOPVIEWER_DATA_DIR is no folder .*{tmp_path}/file"):
        environment.private_directory(tmp_path / "file")


def test_it_keeps_no_key_for_a_command_that_only_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "only_looks", True)
    assert len(environment.stored_secret_key(tmp_path / "none")) >= 50
    assert environment.trail_key_file(tmp_path / "none", None) == tmp_path / "none/trail_key.pem"
    assert not (tmp_path / "none").exists()


def test_it_logs_where_its_level_is_none() -> None:
    assert logs.configuration(level="LOUD", form="json")["root"]["level"] == "INFO"


def test_it_answers_as_a_gateway_until_it_is_told_to_stop(tmp_path: Path) -> None:
    port = processes.free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "gateway", "--port", str(port)],
        cwd=processes.ROOT,
        env=processes.environment() | {"HOOPVIEWER_DATA_DIR": str(tmp_path / "data")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == f"export HOOP_API_URL=http://127.0.0.1:{port}\n"
    key = process.stdout.readline().removeprefix("export HOOP_API_KEY=").strip()
    answer = processes.get(port, "/api/userinfo", Authorization=f"Bearer {key}")
    assert (answer.status, json.loads(answer.body)["role"]) == (200, "auditor")
    process.send_signal(signal.SIGINT)
    assert process.communicate()[1] == ""
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", ["0", "-1", "80000", "x", "8" * 5000])
@pytest.mark.parametrize("name", ["serve", "demo"])
def test_it_takes_no_port_that_is_none(name: str, port: str) -> None:
    with pytest.raises(CommandError, match="is no port"):
        call_command(name, f"--port={port}")


def test_it_prints_an_address_that_can_be_opened() -> None:
    assert address_of("::", 8000) == "http://[::1]:8000"
    assert address_of("10.0.0.7", 8000) == "http://10.0.0.7:8000"


@pytest.fixture
def said() -> tuple[serve.Command, io.StringIO]:
    output = io.StringIO()
    return serve.Command(stderr=output), output


@pytest.mark.database
def test_it_warns_that_the_trail_goes_on_by_another_key(
    transactional_db: None, said: tuple[serve.Command, io.StringIO], tmp_path: Path, settings: Any
) -> None:
    serving, output = said
    serving.warn_of_another_trail_key()
    write(Act.LIST_READ)
    assert CheckpointRecord.objects.exists()
    serving.warn_of_another_trail_key()
    assert output.getvalue() == ""
    ours = keys.name_of(keys.signing_key().public_key())
    settings.HOOPVIEWER_TRAIL_KEY_FILE = tmp_path / "another.pem"
    settings.HOOPVIEWER_TRAIL_KEY_FILE.write_text(keys.new_key())
    serving.warn_of_another_trail_key()
    assert f"last checkpoint was signed by another key ({ours})" in output.getvalue()


@pytest.mark.django_db
def test_it_says_at_start_why_hoop_does_not_answer(
    said: tuple[serve.Command, io.StringIO], settings: Any
) -> None:
    serving, output = said
    gateway_facts.forget()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.HOOP_API_URL = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        serving.require_right_key()
    expected = f"Warning: at {settings.HOOP_API_URL} hoop does not answer as it should: no connection.\n"
    assert output.getvalue() == expected


def test_it_warns_at_start_that_the_issuer_is_wrong(
    said: tuple[serve.Command, io.StringIO], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving, output = said
    monkeypatch.setattr(openid, "_kept", {})
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{nobody.getsockname()[1]}/wrong"
        settings.HOOPVIEWER_OIDC_ISSUER, settings.HOOPVIEWER_OIDC_CLIENT_ID = issuer, "x"
        serving.warn_of_a_provider_that_is_away()
        assert output.getvalue() == ""
        settings.HOOPVIEWER_SIGN_IN = "oidc"
        serving.warn_of_a_provider_that_is_away()
    assert "nobody can sign in yet" in output.getvalue()
    assert f"({issuer}) cannot be used: it is not there or cannot be read." in output.getvalue()
