from __future__ import annotations

import json
import os
import pickle
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import override_settings
from django.views.debug import SafeExceptionReporterFilter

from hoopviewer import environment
from hoopviewer.environment import Secret, database, gateway_address, stored_secret_key
from sessions_ui.apps import keep_database_private

ROOT = Path(__file__).resolve().parent.parent


def settings_under(directory: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What the settings say in a process with these variables and no others of ours."""
    ours = ("HOOP", "SECRET_KEY", "DATABASE_URL", "DJANGO")
    clean = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    clean |= {"HOOPVIEWER_DATA_DIR": str(directory), "HOOPVIEWER_ENV_FILE": "", **variables}
    show = (
        "import json; from hoopviewer import settings as s;"
        "print(json.dumps({n: getattr(s, n) for n in dir(s) if n.isupper()}, default=repr))"
    )
    return subprocess.run(
        [sys.executable, "-c", show], cwd=ROOT, env=clean, capture_output=True, text=True, check=False
    )


def said(result: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_it_runs_from_a_bare_clone(tmp_path: Path) -> None:
    found = said(settings_under(tmp_path / "new"))
    assert found["DEBUG"] is False
    assert found["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]
    assert found["DATABASES"]["default"]["NAME"] == str(tmp_path / "new/hoopviewer.sqlite3")
    assert found["HOOPVIEWER_MAX_LOG_BYTES"] == 2 * 1024**3
    assert (found["HOOP_API_URL"], found["HOOP_API_KEY"]) == ("", "")


def test_it_makes_one_secret_key_and_keeps_it(tmp_path: Path) -> None:
    first = said(settings_under(tmp_path / "new"))["SECRET_KEY"]
    assert said(settings_under(tmp_path / "new"))["SECRET_KEY"] == first
    assert said(settings_under(tmp_path / "other"))["SECRET_KEY"] != first
    file = tmp_path / "new/secret_key"
    assert len(file.read_text()) >= 50
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_it_starts_with_no_key_that_others_can_read(tmp_path: Path) -> None:
    stored_secret_key(tmp_path)
    (tmp_path / "secret_key").chmod(0o640)
    with pytest.raises(ImproperlyConfigured, match="0600"):
        stored_secret_key(tmp_path)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 60])
def test_it_starts_with_no_broken_key(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret_key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ImproperlyConfigured):
        stored_secret_key(tmp_path)


def test_it_starts_with_no_key_where_none_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ImproperlyConfigured):
        stored_secret_key(tmp_path / "file")


def test_it_agrees_on_one_key_between_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = stored_secret_key(tmp_path)
    # The other process looked before the first had written.
    monkeypatch.setattr(Path, "exists", lambda self: False)
    assert stored_secret_key(tmp_path) == first


def test_it_reads_a_key_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("  hpk_from-a-file\n")
    found = said(settings_under(tmp_path, HOOP_API_KEY_FILE=str(tmp_path / "key")))
    assert found["HOOP_API_KEY"] == "hpk_from-a-file"


def test_it_refuses_two_keys_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hpk_one")
    both = settings_under(tmp_path, HOOP_API_KEY="hpk_two", HOOP_API_KEY_FILE=str(tmp_path / "key"))
    assert "HOOP_API_KEY and HOOP_API_KEY_FILE are both set" in both.stderr
    assert "hpk_" not in both.stderr.replace("HOOP_API_KEY", "")
    missing = settings_under(tmp_path, HOOP_API_KEY_FILE=str(tmp_path / "nowhere"))
    assert "HOOP_API_KEY_FILE cannot be read" in missing.stderr


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://hoop.example.com", "https://hoop.example.com"),
        ("https://hoop.example.com/", "https://hoop.example.com"),
        ("https://hoop.example.com/api", "https://hoop.example.com"),
        ("https://hoop.example.com/api/", "https://hoop.example.com"),
        (" http://127.0.0.1:8009/prefix/api ", "http://127.0.0.1:8009/prefix"),
        ("", ""),
    ],
)
def test_it_takes_the_address_with_or_without_api(given: str, expected: str) -> None:
    assert gateway_address(given) == expected


def test_it_shows_no_secret() -> None:
    key = Secret("hpk_secret")
    assert "hpk" not in repr(key)
    assert "hpk" not in repr({"key": key})
    assert key == "hpk_secret"
    assert f"Bearer {key}" == "Bearer hpk_secret"
    assert pickle.loads(pickle.dumps(key)) == key
    shown = SafeExceptionReporterFilter().get_safe_settings()
    assert "test-key-that-no-page-may-show" not in repr(shown)


def test_it_prepares_sqlite() -> None:
    options = database("sqlite:////tmp/x.sqlite3", pool_size=4)["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


def test_it_prepares_postgresql() -> None:
    config = database("postgresql://u:p@db.example.com/hoopviewer?sslmode=require", pool_size=20)
    assert config["OPTIONS"]["pool"]["max_size"] == 20
    assert config["OPTIONS"]["sslmode"] == "require"
    assert config["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert (config["CONN_MAX_AGE"], config["ATOMIC_REQUESTS"]) == (0, False)


@pytest.mark.parametrize(
    "url", ["mysql://u:hunter2@h/d", "u:hunter2@h", "nonsense://u:hunter2@h", "http://[hunter2"]
)
def test_it_refuses_other_databases_without_their_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        database(url, pool_size=4)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.django_db
def test_it_keeps_the_sqlite_file_private() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("about SQLite's file")
    connection.ensure_connection()
    path = Path(str(connection.settings_dict["NAME"]))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    keep_database_private(connection=connection)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.django_db
def test_it_runs_sqlite_in_wal() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("about SQLite's journal")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)


def found_by_checks(**settings: Any) -> set[str]:
    with override_settings(**settings):
        return {str(found.id) for found in run_checks(include_deployment_checks=True)}


def test_it_has_nothing_to_complain_about(monkeypatch: pytest.MonkeyPatch) -> None:
    # Set by the browser tests for the process that runs them, never for a site.
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)
    assert found_by_checks() - {"security.W004", "security.W008", "security.W016"} == set()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"HOOP_API_URL": ""}, "hoopviewer.E001"),
        ({"HOOP_API_KEY": ""}, "hoopviewer.E002"),
        ({"HOOP_API_URL": "hoop.example.com"}, "hoopviewer.E003"),
        ({"HOOP_API_URL": "ftp://hoop.example.com"}, "hoopviewer.E003"),
        ({"HOOP_API_URL": "https://"}, "hoopviewer.E003"),
        ({"HOOP_API_URL": "https://hoop.example.com:port"}, "hoopviewer.E003"),
        ({"HOOP_API_URL": "https://hoop.example.com/?a=b"}, "hoopviewer.E003"),
        ({"HOOP_API_URL": "https://[hoop"}, "hoopviewer.E003"),
        ({"HOOP_API_URL": "https://me:secret@hoop.example.com"}, "hoopviewer.E004"),
        ({"HOOP_API_URL": "http://hoop.example.com"}, "hoopviewer.W001"),
        ({"HOOPVIEWER_CONNECT_SECONDS": 0.0}, "hoopviewer.E005"),
        ({"HOOPVIEWER_METADATA_SECONDS": float("nan")}, "hoopviewer.E005"),
        ({"HOOPVIEWER_COOL_DOWN_SECONDS": -1.0}, "hoopviewer.E005"),
        ({"HOOPVIEWER_MAX_LOG_BYTES": 0}, "hoopviewer.E006"),
        ({"HOOPVIEWER_THREADS": 0}, "hoopviewer.E006"),
        ({"HOOPVIEWER_LOG_LEVEL": "LOUD"}, "hoopviewer.E007"),
        ({"HOOPVIEWER_TRAIL_CHECKPOINT_URL": "banana"}, "hoopviewer.E033"),
        ({"HOOPVIEWER_TRAIL_CHECKPOINT_URL": "https://[kept"}, "hoopviewer.E033"),
        ({"HOOPVIEWER_TRAIL_CHECKPOINT_FILE": Path("/nowhere/kept")}, "hoopviewer.W003"),
        ({"SECRET_KEY": "short"}, "hoopviewer.E034"),
        ({"UNREAD_VARIABLES": {"HOOPVIEWER_WORKRES": "HOOPVIEWER_WORKERS"}}, "hoopviewer.W004"),
        ({"HOOPVIEWER_LOG_FORMAT": "xml"}, "hoopviewer.E008"),
        ({"HOOPVIEWER_CA_BUNDLE": "/nowhere/ca.pem"}, "hoopviewer.E009"),
        ({"HOOPVIEWER_SIGN_IN": ""}, "hoopviewer.E010"),
        ({"HOOPVIEWER_SIGN_IN": "saml"}, "hoopviewer.E011"),
        ({"HOOPVIEWER_BIND": "0.0.0.0"}, "hoopviewer.E012"),
        ({"HOOPVIEWER_SIGN_IN_HOURS": 0.0}, "hoopviewer.E024"),
        ({"HOOPVIEWER_IDLE_MINUTES": float("nan")}, "hoopviewer.E024"),
        ({"HOOPVIEWER_CLOCK_SKEW_SECONDS": 3600}, "hoopviewer.E024"),
        ({"HOOPVIEWER_PROXY_HOPS": -1}, "hoopviewer.E025"),
        ({"HOOPVIEWER_SIGN_IN_CA_BUNDLE": "/nowhere/ca.pem"}, "hoopviewer.E026"),
        ({"HOOPVIEWER_GROUP_MAP": ["auditor"]}, "hoopviewer.E027"),
        ({"HOOPVIEWER_GROUP_MAP": {"a": ["auditor"]}}, "hoopviewer.E027"),
        ({"HOOPVIEWER_EMAIL_CLAIM": ""}, "hoopviewer.E028"),
        ({"HOOPVIEWER_EMAIL_CLAIM": "upn"}, "hoopviewer.W002"),
        ({"DEBUG": True, "IS_PUBLIC": True}, "hoopviewer.E032"),
    ],
)
def test_it_says_what_is_wrong(settings: dict[str, Any], expected: str) -> None:
    assert expected in found_by_checks(**settings)


RIGHT: dict[str, dict[str, Any]] = {
    "oidc": {
        "HOOPVIEWER_PUBLIC_URL": "https://sessions.example.com",
        "HOOPVIEWER_OIDC_ISSUER": "https://id.example.com/",
        "HOOPVIEWER_OIDC_CLIENT_ID": "x",
    },
    "proxy": {
        "HOOPVIEWER_PUBLIC_URL": "https://sessions.example.com",
        "HOOPVIEWER_PROXY": "google-iap",
        "HOOPVIEWER_PROXY_AUDIENCE": "/projects/1/global/backendServices/2",
    },
    "headers": {
        "HOOPVIEWER_PUBLIC_URL": "http://127.0.0.1:8000",
        "HOOPVIEWER_HEADERS_NETWORKS": ["10.0.0.7/32", "2001:db8::/64"],
        "HOOPVIEWER_HEADERS_SECRET": "s" * 32,
    },
}


@pytest.mark.parametrize("way", RIGHT)
def test_it_accepts_every_way_in(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)
    found = found_by_checks(HOOPVIEWER_SIGN_IN=way, HOOPVIEWER_BIND="0.0.0.0", **RIGHT[way])
    assert found - {"security.W004", "security.W008", "security.W016"} == set()


@pytest.mark.parametrize(
    ("way", "change", "expected"),
    [
        ("oidc", {"HOOPVIEWER_PUBLIC_URL": ""}, "hoopviewer.E013"),
        ("oidc", {"HOOPVIEWER_PUBLIC_URL": "sessions.example.com"}, "hoopviewer.E013"),
        ("oidc", {"HOOPVIEWER_PUBLIC_URL": "https://sessions.example.com/app"}, "hoopviewer.E013"),
        ("oidc", {"HOOPVIEWER_PUBLIC_URL": "https://me@sessions.example.com"}, "hoopviewer.E013"),
        ("oidc", {"HOOPVIEWER_PUBLIC_URL": "https://[sessions"}, "hoopviewer.E013"),
        ("proxy", {"HOOPVIEWER_PUBLIC_URL": "http://sessions.example.com"}, "hoopviewer.E014"),
        ("oidc", {"HOOPVIEWER_OIDC_ISSUER": ""}, "hoopviewer.E015"),
        ("oidc", {"HOOPVIEWER_OIDC_CLIENT_ID": ""}, "hoopviewer.E015"),
        ("oidc", {"HOOPVIEWER_OIDC_ISSUER": "http://id.example.com"}, "hoopviewer.E016"),
        ("oidc", {"HOOPVIEWER_OIDC_ISSUER": "https://[id"}, "hoopviewer.E016"),
        ("oidc", {"HOOPVIEWER_OIDC_SCOPES": "email profile"}, "hoopviewer.E017"),
        ("oidc", {"HOOPVIEWER_OIDC_MAX_AGE_HOURS": -1.0}, "hoopviewer.E018"),
        ("proxy", {"HOOPVIEWER_PROXY": ""}, "hoopviewer.E019"),
        ("proxy", {"HOOPVIEWER_PROXY_AUDIENCE": ""}, "hoopviewer.E019"),
        ("headers", {"HOOPVIEWER_HEADERS_NETWORKS": []}, "hoopviewer.E020"),
        ("headers", {"HOOPVIEWER_HEADERS_NETWORKS": ["proxy"]}, "hoopviewer.E021"),
        ("headers", {"HOOPVIEWER_HEADERS_NETWORKS": ["0.0.0.0/0"]}, "hoopviewer.E021"),
        ("headers", {"HOOPVIEWER_HEADERS_SECRET": ""}, "hoopviewer.E022"),
        ("headers", {"HOOPVIEWER_HEADERS_SECRET": "short"}, "hoopviewer.E022"),
        ("headers", {"HOOPVIEWER_HEADERS_EMAIL": ""}, "hoopviewer.E023"),
        ("headers", {"HOOPVIEWER_HEADERS_SUBJECT": "X_Auth_User"}, "hoopviewer.E023"),
        ("headers", {"HOOPVIEWER_HEADERS_NAME": "a b"}, "hoopviewer.E023"),
        ("headers", {"HOOPVIEWER_PROXY_SIGN_OUT_URL": "javascript:x"}, "hoopviewer.E029"),
        ("proxy", {"HOOPVIEWER_PROXY_SIGN_OUT_URL": "//evil.example"}, "hoopviewer.E019"),
    ],
)
def test_it_says_what_is_wrong_with_a_way_in(way: str, change: dict[str, Any], expected: str) -> None:
    assert expected in found_by_checks(HOOPVIEWER_SIGN_IN=way, **{**RIGHT[way], **change})


def test_it_secures_what_is_public(tmp_path: Path) -> None:
    values = {"HOOPVIEWER_SIGN_IN": "oidc", "HOOPVIEWER_PUBLIC_URL": "https://sessions.example.com/"}
    found = said(settings_under(tmp_path, **values))
    assert found["ALLOWED_HOSTS"] == ["sessions.example.com"]
    assert (found["CSRF_COOKIE_NAME"], found["CSRF_COOKIE_SECURE"]) == ("__Host-hoopviewer_form", True)
    assert found["SECURE_HSTS_SECONDS"] == 365 * 86_400
    assert "security.W004" not in found["SILENCED_SYSTEM_CHECKS"]
    assert "hoopviewer.middleware.LoopbackOnly" not in found["MIDDLEWARE"]
    assert "sessions_ui.access.signin.oidc.OpenIDSignIn" in found["MIDDLEWARE"]
    # Whatever else is asked for, a site without a known way in is for this machine alone.
    found = said(settings_under(tmp_path, **{**values, "HOOPVIEWER_SIGN_IN": "saml"}))
    assert "hoopviewer.middleware.LoopbackOnly" in found["MIDDLEWARE"]
    assert found["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]


def test_it_names_a_variable_that_cannot_be_read(tmp_path: Path) -> None:
    assert "HOOPVIEWER_THREADS" in settings_under(tmp_path, HOOPVIEWER_THREADS="many").stderr


def test_it_makes_the_data_directory_or_says_why(tmp_path: Path) -> None:
    assert environment.private_directory(tmp_path / "a/b").is_dir()
