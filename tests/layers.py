"""Who may import whom, as a table, and the reading of a module's imports."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Room:
    """``ours``: what of our own it may import, besides itself. ``barred``: what it may not of others'.
    ``pure``: Django and every package that speaks HTTP are barred too."""

    ours: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    pure: bool = False


SESSION, ERRORS = "sessions_ui.session", "sessions_ui.gateway.errors"
#: Everything that speaks HTTP as a client; below the gateway only.
CLIENTS = ("requests", "urllib3", "http.client", "urllib.request")

#: The longest name that fits a module is its room. docs/architecture.md draws the same table.
ROOMS: dict[str, Room] = {
    "sessions_ui.session": Room(pure=True),
    "sessions_ui.eventlog": Room((SESSION,), pure=True),
    "sessions_ui.verdicts": Room((SESSION,), pure=True),
    "sessions_ui.models": Room(barred=CLIENTS),
    "sessions_ui.migrations": Room(barred=CLIENTS),
    # Asks hoop, keeps nothing.
    "sessions_ui.gateway": Room(
        (SESSION, "sessions_ui.eventlog"), ("django.core.cache", "django.db", "django.http")
    ),
    "sessions_ui.gateway.errors": Room(pure=True),
    # Never sees a request, never formats.
    "sessions_ui.archive": Room(
        (SESSION, "sessions_ui.gateway", "sessions_ui.eventlog", "sessions_ui.models"),
        (*CLIENTS, "django.http", "django.shortcuts", "django.template"),
    ),
    # Who saw what; knows no session, no request and no page.
    "sessions_ui.trail": Room(barred=(*CLIENTS, "django.http", "django.shortcuts", "django.template")),
    "sessions_ui.trail.acts": Room(pure=True),
    "sessions_ui.trail.chain": Room(pure=True),
    "sessions_ui.trail.verification": Room(("sessions_ui.trail.chain",), pure=True),
    # Takes checkpoints to where they are kept; hoop is not asked.
    "sessions_ui.trail.outside": Room(("sessions_ui.trail.chain",)),
    "sessions_ui.access": Room(
        (
            SESSION,
            ERRORS,
            "sessions_ui.archive.people",
            "sessions_ui.models",
            "sessions_ui.problems",
            "sessions_ui.trail",
        ),
        CLIENTS,
    ),
    "sessions_ui.access.people": Room((SESSION,), pure=True),
    "sessions_ui.access.signin.refusals": Room(pure=True),
    "sessions_ui.access.signin.presets": Room(pure=True),
    "sessions_ui.access.signin.tokens": Room(
        tuple(f"sessions_ui.access.signin.{name}" for name in ("keys", "presets", "refusals")), pure=True
    ),
    # Public keys of the issuer, from the one configured place; openid.py asks through Authlib.
    "sessions_ui.access.signin.keys": Room(
        ("sessions_ui.access.signin.refusals",), ("requests", "urllib3", "django")
    ),
    "sessions_ui.access.signin.identities": Room(("sessions_ui.access.signin.refusals",), pure=True),
    "sessions_ui.access.policy": Room((SESSION, "sessions_ui.access.people"), pure=True),
    "sessions_ui.problems": Room(("sessions_ui.pages.shapes",), CLIENTS),
    "sessions_ui.pages": Room(
        (
            SESSION,
            ERRORS,
            "sessions_ui.access",
            "sessions_ui.archive",
            "sessions_ui.eventlog",
            "sessions_ui.verdicts",
            "sessions_ui.trail",
            "sessions_ui.problems",
        ),
        CLIENTS,
    ),
    "sessions_ui.pages.shapes": Room((), CLIENTS),
    "sessions_ui.api": Room(
        (
            SESSION,
            ERRORS,
            # A session's JSON is taken apart without reading its values.
            "sessions_ui.gateway.json_text",
            "sessions_ui.access",
            "sessions_ui.archive",
            "sessions_ui.eventlog",
            "sessions_ui.verdicts",
            "sessions_ui.trail",
            "sessions_ui.problems",
            "sessions_ui.pages",
        ),
        CLIENTS,
    ),
    "sessions_ui.templatetags": Room(("sessions_ui.pages", "sessions_ui.eventlog"), CLIENTS),
    "sessions_ui.urls": Room(("sessions_ui.pages", "sessions_ui.api"), CLIENTS),
    "sessions_ui.checks": Room(("hoopviewer.logs",), CLIENTS),
    "sessions_ui.apps": Room(("sessions_ui.checks", "sessions_ui.access.signin.checks"), CLIENTS),
    "sessions_ui.management": Room(
        (
            ERRORS,
            "sessions_ui.access",
            "sessions_ui.archive",
            "sessions_ui.demo",
            "sessions_ui.trail",
            "hoopviewer",
        ),
        CLIENTS,
    ),
    "sessions_ui.demo": Room(
        (
            "sessions_ui.access",
            "sessions_ui.archive.people",
            "sessions_ui.problems",
            "sessions_ui.trail",
            "hoopviewer",
        ),
        CLIENTS,
    ),
    "sessions_ui.demo.rehearsal": Room(("sessions_ui.archive",), CLIENTS),
    # Held to recordings of a real gateway; anything shared with us would make that a circle.
    "sessions_ui.demo.standin": Room(),
    "hoopviewer": Room(
        (
            ERRORS,
            "sessions_ui.gateway.connect",
            "sessions_ui.archive.gateway_facts",
            "sessions_ui.access",
            "sessions_ui.problems",
            "sessions_ui.trail",
        ),
        ("requests", "urllib3", "urllib.request"),
    ),
    "manage": Room(("hoopviewer.bootstrap", "hoopviewer.start"), CLIENTS),
}
STANDARD_ONLY = ("sessions_ui.demo.standin", "hoopviewer.bootstrap")


def modules() -> dict[str, str]:
    """The source of every module of ours, by name."""
    paths = [*ROOT.glob("sessions_ui/**/*.py"), *ROOT.glob("hoopviewer/**/*.py"), ROOT / "manage.py"]
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in sorted(paths)}
    return {name.removesuffix(".__init__"): path.read_text(encoding="utf-8") for name, path in names.items()}


def imports(source: str) -> set[str]:
    """Every name a module imports, wherever in it: ``from a import b`` is ``a.b``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            # A relative import would hide its room, so it never fits one.
            start = "." * node.level + (node.module or "")
            found |= {f"{start}.{alias.name}" for alias in node.names}
    return found


def violations(module: str, source: str) -> list[str]:
    """What the module imports and may not, as sentences."""
    name = room_of(module)
    if name is None:
        return [f"{module} is in no room of the table"]
    room = ROOMS[name]
    return [
        f"{module} may not import {wanted}"
        for wanted in sorted(imports(source))
        if not _allowed(module, name, room, wanted)
    ]


def room_of(module: str) -> str | None:
    """The longest room name that the module is in; the top packages hold nothing."""
    if module == "sessions_ui":
        return "sessions_ui.session"
    return max((name for name in ROOMS if within(module, (name,))), key=len, default=None)


def within(name: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the prefixes or below one."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def _allowed(module: str, name: str, room: Room, wanted: str) -> bool:
    if wanted.startswith("."):
        return False
    if within(wanted, ("sessions_ui", "hoopviewer")):
        return within(wanted, (name, *room.ours))
    if within(module, STANDARD_ONLY) and wanted.split(".")[0] not in sys.stdlib_module_names:
        return False
    barred = (*room.barred, "django", *CLIENTS) if room.pure else room.barred
    return not within(wanted, barred)
