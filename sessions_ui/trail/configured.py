"""The settings the site runs with, as a row whenever they are others than before. Secrets only as a code."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sessions_ui.trail.actors import Actor
from sessions_ui.trail.acts import Act
from sessions_ui.trail.keys import signing_key
from sessions_ui.trail.models import RowRecord
from sessions_ui.trail.store import write

MAX_VALUE = 200


def note_settings(values: Mapping[str, object], *, secret: Mapping[str, str], who: Actor) -> list[str]:
    """Write a row that names what is another than at the last start; those names. The first start names
    nothing. Raises TrailUnavailable, and NoKey."""
    now = {name: str(value)[:MAX_VALUE] for name, value in values.items()}
    now |= {name: _code(name, text) for name, text in secret.items()}
    before = _last()
    changed = sorted(name for name in now | before if now.get(name) != before.get(name)) if before else []
    if changed or not before:
        write(Act.SETTINGS_CHANGED, who=who, about={"changed": changed, "settings": now})
    return changed


def _last() -> dict[str, Any]:
    rows = RowRecord.objects.filter(act=Act.SETTINGS_CHANGED).order_by("-number")
    about = rows.values_list("about", flat=True).first()
    found = json.loads(about)["settings"] if about else {}
    return found if isinstance(found, dict) else {}


def _code(name: str, text: str) -> str:
    """Tells that a secret is another, and nothing of it: keyed by what never leaves the machine."""
    raw = signing_key().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return "secret " + hmac.new(raw, f"{name}\n{text}".encode(), hashlib.sha256).hexdigest()[:16]
