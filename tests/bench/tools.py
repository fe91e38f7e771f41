"""The two programs that searches are compared with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

#: The programs, and the Debian packages that bring them.
PROGRAMS = {"zstd": "zstd", "rg": "ripgrep", "curl": "curl"}


def need_programs() -> None:
    """Install what is missing where we may; else end with one sentence."""
    missing = _missing()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [PROGRAMS[name] for name in missing]
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", *packages]):
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if missing := _missing():
        packages_text = " ".join(PROGRAMS[name] for name in missing)
        sys.exit(f"The searches are compared with {' and '.join(missing)}: apt-get install {packages_text}")


def _missing() -> list[str]:
    return [name for name in PROGRAMS if shutil.which(name) is None]
