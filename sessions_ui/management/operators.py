"""Who runs a command: the user of the system, as far as it says."""

from __future__ import annotations

import getpass

from sessions_ui.trail.actors import Actor


def operator(command: str) -> Actor:
    """For the row of the trail that says what the command did."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        # A container's user often has no name.
        name = ""
    return Actor(name=name, via=f"manage.py {command}")
