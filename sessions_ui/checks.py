"""What can be wrong with the configuration, said at start with a hint, not at noon in a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from hoopviewer.logs import LEVELS

SECONDS = (
    "HOOPVIEWER_CONNECT_SECONDS",
    "HOOPVIEWER_FIRST_BYTE_SECONDS",
    "HOOPVIEWER_BETWEEN_BYTES_SECONDS",
    "HOOPVIEWER_LOG_SECONDS",
    "HOOPVIEWER_METADATA_SECONDS",
)
#: A shorter secret could be tried out.
MIN_KEY = 50


@register()
def check_values(**_: Any) -> list[CheckMessage]:
    """What is set must make sense."""
    return [*_address(), *_numbers(), *_words(), *_kept_elsewhere(), *_unread()]


@register(deploy=True)
def check_gateway(**_: Any) -> list[CheckMessage]:
    """What a site cannot run without. Not asked of a bare clone that runs its tests."""
    found: list[CheckMessage] = []
    if not settings.HOOP_API_URL:
        found.append(
            Error(
                "HOOP_API_URL is not set.",
                hint="Where hoop answers, e.g. its web address.",
                id="hoopviewer.E001",
            )
        )
    if not settings.HOOP_API_KEY:
        hint = "A key of hoop's auditor group, in HOOP_API_KEY or in a file named by HOOP_API_KEY_FILE."
        found.append(Error("There is no key for hoop.", hint=hint, id="hoopviewer.E002"))
    return found


def _address() -> Iterator[CheckMessage]:
    if not settings.HOOP_API_URL:
        return
    try:
        parts = urlsplit(settings.HOOP_API_URL)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        usable = usable and not (parts.query or parts.fragment)
    except ValueError:
        usable = False
    if not usable:
        hint = "It begins with https:// or http:// and has neither a query nor a fragment."
        yield Error(
            f"HOOP_API_URL is not an address: {_shown(settings.HOOP_API_URL)}.",
            hint=hint,
            id="hoopviewer.E003",
        )
    elif parts.username is not None or parts.password is not None:
        hint = "Give the key in HOOP_API_KEY; an address ends up in logs."
        yield Error("HOOP_API_URL carries a credential.", hint=hint, id="hoopviewer.E004")
    elif parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        hint = "The key and the recordings travel readable for everybody on the way; use https."
        yield Warning("HOOP_API_URL is not encrypted.", hint=hint, id="hoopviewer.W001")


def _shown(address: str) -> str:
    """As it was given, but for what may be a credential."""
    return "it has an @" if "@" in address else address[:200]


def _numbers() -> Iterator[CheckMessage]:
    for name in SECONDS:
        if not 0 < getattr(settings, name) < 86_400:
            hint = "Seconds, more than 0 and less than a day."
            yield Error(f"{name} is no usable time.", hint=hint, id="hoopviewer.E005")
    if not 0 <= settings.HOOPVIEWER_COOL_DOWN_SECONDS < 86_400:
        hint = "Seconds; 0 asks hoop again at once."
        yield Error("HOOPVIEWER_COOL_DOWN_SECONDS is no usable time.", hint=hint, id="hoopviewer.E005")
    if not 0 < settings.HOOPVIEWER_LIST_CALLS_A_SECOND <= 1_000:
        hint = "Calls a second, more than 0 and no more than 1,000."
        yield Error("HOOPVIEWER_LIST_CALLS_A_SECOND is no usable rate.", hint=hint, id="hoopviewer.E005")
    if not 1 <= settings.HOOPVIEWER_LIST_DAYS <= 36_500:
        hint = "Days, from 1 to 36,500."
        yield Error("HOOPVIEWER_LIST_DAYS is no usable time.", hint=hint, id="hoopviewer.E005")
    for name in ("HOOPVIEWER_MAX_LOG_BYTES", "HOOPVIEWER_WORKERS", "HOOPVIEWER_THREADS"):
        if getattr(settings, name) < 1:
            yield Error(f"{name} must be at least 1.", id="hoopviewer.E006")


def _words() -> Iterator[CheckMessage]:
    if settings.DEBUG and settings.IS_PUBLIC:
        hint = "Django's pages of errors show what the program held, so what a session printed."
        yield Error("HOOPVIEWER_DEBUG is for a site of this machine alone.", hint=hint, id="hoopviewer.E032")
    if settings.HOOPVIEWER_LOG_LEVEL not in LEVELS:
        hint = f"One of {', '.join(LEVELS)}."
        yield Error("HOOPVIEWER_LOG_LEVEL is no level.", hint=hint, id="hoopviewer.E007")
    if settings.HOOPVIEWER_LOG_FORMAT not in ("json", "console"):
        yield Error("HOOPVIEWER_LOG_FORMAT is neither json nor console.", id="hoopviewer.E008")
    if len(settings.SECRET_KEY) < MIN_KEY:
        hint = "Leave it out, and one is made and kept in the data directory."
        yield Error(f"SECRET_KEY has fewer than {MIN_KEY} characters.", hint=hint, id="hoopviewer.E034")
    if settings.HOOPVIEWER_CA_BUNDLE and not Path(settings.HOOPVIEWER_CA_BUNDLE).is_file():
        hint = "A file of PEM certificates, for a hoop whose certificate a company's own authority signed."
        yield Error("HOOPVIEWER_CA_BUNDLE is no file.", hint=hint, id="hoopviewer.E009")


def _kept_elsewhere() -> Iterator[CheckMessage]:
    """Where checkpoints go. A file's folder may be another machine's that is away for a while."""
    url, file = settings.HOOPVIEWER_TRAIL_CHECKPOINT_URL, settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE
    try:
        usable = not url or (urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname))
    except ValueError:
        usable = False
    if not usable:
        hint = "It begins with https:// or http://, and takes each checkpoint by POST."
        yield Error("HOOPVIEWER_TRAIL_CHECKPOINT_URL is no address.", hint=hint, id="hoopviewer.E033")
    if file and (Path(file).is_dir() or not Path(file).parent.is_dir()):
        hint = "Checkpoints wait until it can be written to; docs/trail.md says how."
        yield Warning(
            f"HOOPVIEWER_TRAIL_CHECKPOINT_FILE cannot be written to: {file}.", hint=hint, id="hoopviewer.W003"
        )


def _unread() -> Iterator[CheckMessage]:
    for name, nearest in settings.UNREAD_VARIABLES.items():
        hint = f"Is {nearest} meant?" if nearest else "docs/configuration.md has every name."
        yield Warning(f"{name} is read by nothing here.", hint=hint, id="hoopviewer.W004")
