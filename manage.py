#!/usr/bin/env python3
"""The entry point: ``python3 manage.py demo`` needs nothing but Python 3.11 with venv."""

from __future__ import annotations

import os
import sys

from hoopviewer import bootstrap


def main() -> None:
    """Run a management command, inside ``.venv`` where the packages are not at hand."""
    bootstrap.enter(sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoopviewer.settings")
    from django.core.management import execute_from_command_line

    from hoopviewer.start import require_settings

    require_settings()
    try:
        execute_from_command_line(sys.argv)
    except BrokenPipeError:
        # Whoever read what we say has read enough (``| head -1``), and Python would say so at its end again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
