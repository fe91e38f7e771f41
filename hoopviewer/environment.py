"""Turns what the environment says into values for the settings.

Refuses to repeat a secret: no error message, repr or log line of these carries one.
"""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from hoopviewer import bootstrap

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=20000",
    "PRAGMA cache_size=-20000",
    "PRAGMA temp_store=MEMORY",
)

#: The ways to sign in that may be reached from elsewhere, and the middleware of each.
PUBLIC_WAYS = {
    "oidc": "sessions_ui.access.signin.oidc.OpenIDSignIn",
    "proxy": "sessions_ui.access.signin.proxy.SignedProxy",
    "headers": "sessions_ui.access.signin.headers.TrustedHeaders",
}
LOCAL_WAY = "sessions_ui.access.signin.local.LocalEntry"


class Secret(str):
    """A string whose repr, in a traceback or a debugger, says nothing."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'********'"


def gateway_address(text: str) -> str:
    """The gateway's address without ``/api`` and without a slash at its end; what cannot be read
    stays as it came, for the system check to say what is wrong with it.

    >>> gateway_address("https://hoop.example.com/")
    'https://hoop.example.com'
    >>> gateway_address("http://127.0.0.1:8009/api/")
    'http://127.0.0.1:8009'
    """
    return text.strip().rstrip("/").removesuffix("/api").rstrip("/")


def public_address(text: str) -> str:
    """The site's own address without a slash at its end; a system check says what is wrong with it.

    >>> public_address("https://sessions.example.com/")
    'https://sessions.example.com'
    """
    return text.strip().rstrip("/")


def hosts(address: str) -> list[str]:
    """The one host the site answers to; none for an address that cannot be read.

    >>> hosts("https://sessions.example.com:8443"), hosts("https://[x"), hosts("")
    (['sessions.example.com'], [], [])
    """
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    return [host] if host else []


def secret_from(name: str, text: str, file: Path | None) -> Secret:
    """A secret given as text or in a file, never both; one line, blanks around it removed."""
    if file is None:
        return Secret(text.strip())
    if text:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; keep one of them.")
    try:
        return Secret(file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {file}: {_reason(error)}.") from None


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "it is no text"


def private_directory(path: Path) -> Path:
    """The directory, made for its owner only if it was not there."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = f"HOOPVIEWER_DATA_DIR is no folder and cannot be made one: {path}: {error.strerror}."
        raise ImproperlyConfigured(reason) from None
    return path


def stored_secret_key(directory: Path) -> Secret:
    """The key kept in ``directory``, made on the first start; several processes agree on one. One
    for this process alone where a command only looks at what is there, and there is none."""
    if bootstrap.only_looks and not (directory / "secret_key").exists():
        return Secret(secrets.token_urlsafe(64))
    path = private_directory(directory) / "secret_key"
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(64))
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = f"The secret key file {path} cannot be used: {_reason(error)}."
        raise ImproperlyConfigured(reason + " Set SECRET_KEY, or HOOPVIEWER_DATA_DIR.") from None
    _refuse_readable(path)
    if len(key) < 50:
        raise ImproperlyConfigured(f"{path} holds no key; delete it and a new one is made.")
    return Secret(key)


def trail_key_file(directory: Path, given: Path | None) -> Path:
    """The file of the key that signs the trail's checkpoints: the one given, else one in ``directory``,
    made on the first start."""
    if given is None and bootstrap.only_looks:
        return directory / "trail_key.pem"
    path = given or private_directory(directory) / "trail_key.pem"
    if given is None and not path.exists():
        # Once in a site's life: no other start waits for these imports.
        from sessions_ui.trail.keys import new_key

        try:
            _write_once(path, new_key())
        except OSError as error:
            raise ImproperlyConfigured(f"{path} cannot be made: {error.strerror}.") from None
    if not path.is_file():
        raise ImproperlyConfigured(f"HOOPVIEWER_TRAIL_KEY_FILE is no file: {path}.")
    _refuse_readable(path)
    return path


def _refuse_readable(path: Path) -> None:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ImproperlyConfigured(f"{path} can be read by others; it must have mode 0600.")


def _write_once(path: Path, text: str) -> None:
    # A link either appears whole or not at all, so no process ever reads half a key.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
        os.link(name, path)
    except FileExistsError:
        return
    finally:
        os.unlink(name)


def database(url: str, *, pool_size: int) -> dict[str, Any]:
    """Django's description of the database at ``url``, with what our code relies on.

    SQLite: write-ahead log, and transactions that take the write lock at their start (without
    it, read-then-write fails with "database is locked"). PostgreSQL: a pool of connections, no
    server-side cursors (we page by sequence).
    """
    try:
        config: dict[str, Any] = {**dj_database_url.parse(url)}
    except ValueError:
        # The address holds a password: its text is in neither this error nor its cause.
        raise ImproperlyConfigured("DATABASE_URL is not a database address we can read.") from None
    options = dict(config.get("OPTIONS") or {})
    seconds = 0
    match config.get("ENGINE"):
        case "django.db.backends.sqlite3":
            # A thread keeps its connection: to open one costs a page a tenth of its time.
            seconds = 60
            options |= {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "; ".join(SQLITE_PRAGMAS),
            }
        case "django.db.backends.postgresql":
            options.setdefault("pool", {"min_size": 2, "max_size": pool_size, "timeout": 10})
            config["DISABLE_SERVER_SIDE_CURSORS"] = True
            # After a restart of the server the pool is full of dead connections: each is tried before it is
            # handed out, or as many requests would fail as there are.
            config["CONN_HEALTH_CHECKS"] = True
        case _:
            raise ImproperlyConfigured("DATABASE_URL must be a sqlite or a postgresql address.")
    return config | {"OPTIONS": options, "CONN_MAX_AGE": seconds, "ATOMIC_REQUESTS": False}


def trail_database(default: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Beside a SQLite file another one for the access trail, which reaches the disk with each row; none
    where the server of the first keeps both."""
    if default["ENGINE"] != "django.db.backends.sqlite3":
        return {}
    path = Path(default["NAME"])
    pragmas = [text.replace("synchronous=NORMAL", "synchronous=FULL") for text in SQLITE_PRAGMAS]
    options = default["OPTIONS"] | {"init_command": "; ".join(pragmas)}
    name = str(path.with_name(f"{path.stem}-trail{path.suffix}"))
    return {"trail": default | {"NAME": name, "OPTIONS": options}}


def configuration() -> tuple[dict[str, object], dict[str, str]]:
    """What the site is configured to, by name: what may be read, and what is secret."""
    from django.conf import settings

    values: dict[str, object] = {}
    secret: dict[str, str] = {"SECRET_KEY": settings.SECRET_KEY}
    for name in dir(settings):
        if name.startswith(("HOOP_", "HOOPVIEWER_")):
            value = getattr(settings, name)
            if isinstance(value, Secret):
                secret[name] = value
            else:
                values[name] = value
    database = settings.DATABASES["default"]
    values["DATABASE"] = " ".join(str(database.get(name, "")) for name in ("ENGINE", "HOST", "NAME", "USER"))
    return values, secret
