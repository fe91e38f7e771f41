"""The first thing a command does: read the settings, or end with one sentence that says which is wrong."""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError


def require_settings() -> None:
    """End the process where a variable cannot be read."""
    try:
        _ = settings.INSTALLED_APPS
    except (ImproperlyConfigured, EnvError) as error:
        # A long traceback of ours and of libraries would hide the one name that matters.
        sys.exit(words(error))


def words(error: Exception) -> str:
    """In one sentence, with the variable's name and without its value, which may be a secret.

    >>> words(EnvError('Environment variable "HOOPVIEWER_WORKERS" invalid: Not a valid integer.'))
    'HOOPVIEWER_WORKERS cannot be read: Not a valid integer.'
    """
    text = str(error).removeprefix('Environment variable "')
    return text.replace('" invalid:', " cannot be read:")
