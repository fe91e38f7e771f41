"""Makes ``.venv`` from nothing and continues inside it. Standard library only.

``python3 manage.py demo`` comes here first, on any Python: everything that can be missing is
said in one sentence.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
VENV = BASE_DIR / ".venv"
RUN_LOCK = BASE_DIR / "requirements.lock"
DEVELOPMENT_LOCK = BASE_DIR / "requirements-dev.lock"

#: The directory this process made for the demo's throw-away database; None outside the demo.
#: The demo looks here and nowhere else, so no variable can point it at real data.
demo_directory: Path | None = None
#: Commands that make no site, no key and no database: all but one are for a site that is there.
LOOKS = ("forget_person", "gateway", "retire_trail", "sign_out", "verify_trail")
#: Whether this process runs one of them.
only_looks = False


def enter(arguments: list[str]) -> None:
    """Prepare for a management command; may replace this process by ``.venv``'s Python."""
    global only_looks
    if sys.version_info < (3, 11):  # noqa: UP036  the message for a Python that cannot run the rest
        sys.exit(f"hoopviewer needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    demo = arguments[1:2] == ["demo"]
    if demo or importlib.util.find_spec("django") is None:
        if Path(sys.prefix).resolve() != VENV.resolve():
            install(RUN_LOCK)
            os.execv(venv_python(), [venv_python(), *arguments])
        install(RUN_LOCK)
    only_looks = any(name in LOOKS for name in arguments[1:2])
    if demo:
        forget_configuration()


def forget_configuration() -> None:
    """Give the demo a directory of its own and none of the variables that point elsewhere."""
    global demo_directory
    for name in list(os.environ):
        if name.startswith(("HOOP_", "HOOPVIEWER_", "DJANGO_", "SECRET_KEY", "DATABASE_URL", "GUNICORN_")):
            del os.environ[name]
    demo_directory = Path(tempfile.mkdtemp(prefix="hoopviewer-demo-"))
    atexit.register(_remove, demo_directory, os.getpid())
    os.environ["HOOPVIEWER_DATA_DIR"] = str(demo_directory)
    os.environ["HOOPVIEWER_ENV_FILE"] = ""
    os.environ["HOOPVIEWER_LOG_LEVEL"] = "WARNING"
    os.environ["HOOPVIEWER_LOG_FORMAT"] = "console"


def _remove(directory: Path, owner: int) -> None:
    # Workers are forked from this process and must leave its directory alone when they end.
    if os.getpid() == owner:
        shutil.rmtree(directory, ignore_errors=True)


def install(lock: Path) -> None:
    """Make ``.venv`` and install ``lock`` into it; nothing when that was done already."""
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    marker = VENV / f".{lock.stem}.installed"
    if marker.is_file() and marker.read_text() == wanted and Path(venv_python()).exists():
        return
    if not Path(venv_python()).exists():
        make_venv()
    sys.stderr.write(f"Installing what {lock.name} names; this happens once.\n")
    pip = [venv_python(), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if subprocess.run([*pip, "--require-hashes", "--no-deps", "-r", str(lock)], check=False).returncode:
        sys.exit(f"The packages of {lock.name} could not be installed; pip's message is above.")
    marker.write_text(wanted)


def make_venv() -> None:
    """``.venv`` with pip, or one sentence about what the system lacks."""
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        sys.exit(
            "This Python has no venv; install it (on Debian: apt-get install python3-venv) and try again."
        )
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], check=False, capture_output=True
    )
    if made.returncode:
        sys.exit(f"Python could not make {VENV}; is python3-venv installed and the folder writable?")


def venv_python() -> str:
    """The Python inside ``.venv``."""
    return str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


if __name__ == "__main__":
    # `python3 -m hoopviewer.bootstrap dev` is how the Makefile gets the development lock.
    install(DEVELOPMENT_LOCK if sys.argv[1:] == ["dev"] else RUN_LOCK)
