"""The file ``.env``: variables for whoever runs a command by hand. Every command reads it, not ``serve``
alone, so that none works on another database than the site's."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from dotenv import dotenv_values

#: Names the file; blank: none is read.
NAME = "HOOPVIEWER_ENV_FILE"


def take_over(default: Path, environ: MutableMapping[str, str] = os.environ) -> None:
    """Add what the file says to the environment, which wins over it. A line without a value counts for
    nothing, and nothing in it is run or replaced. Raises ImproperlyConfigured."""
    named = environ.get(NAME)
    if named == "":
        return
    path = Path(named) if named else default
    try:
        with path.open(encoding="utf-8") as file:
            found = dotenv_values(stream=file, interpolate=False)
    except FileNotFoundError:
        if named:
            raise ImproperlyConfigured(f"{NAME} names no file: {path}.") from None
        return
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ImproperlyConfigured(f"{path} cannot be read: {reason}.") from None
    for name, text in found.items():
        if text:
            environ.setdefault(name, text)


def unread(environ: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    """Variables that look like ours and that no setting reads, each with the name that is nearest to it.

    >>> unread({"HOOPVIEWER_WORKRES": "4", "PATH": "/bin"}, ["HOOPVIEWER_WORKERS"])
    {'HOOPVIEWER_WORKRES': 'HOOPVIEWER_WORKERS'}
    """
    names = sorted(known)
    ours = (name for name in sorted(environ) if name.startswith("HOOPVIEWER_") and name not in names)
    return {name: next(iter(difflib.get_close_matches(name, names, 1)), "") for name in ours}
