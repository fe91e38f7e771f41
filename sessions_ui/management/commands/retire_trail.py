"""``manage.py retire_trail --before DATE``: forget the old end of the access trail."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime, time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_ui.management.operators import operator
from sessions_ui.management.sites import require_site
from sessions_ui.trail.retiring import retire
from sessions_ui.trail.store import TrailUnavailable


class Command(BaseCommand):
    """Deletes rows from the old end only, and leaves a signed stump."""

    help = "Delete the rows of the access trail from before a day (UTC); a signed stump keeps where it began."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--before", type=_day, required=True, metavar="YYYY-MM-DD", help="the first day that stays"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        require_site(settings.TRAIL_DATABASE, "trail_rowrecord", self.stderr)
        before = datetime.combine(options["before"], time(), UTC)
        if before > datetime.now(UTC):
            raise CommandError("That day has not come yet.")
        try:
            retired = retire(before, who=operator("retire_trail"))
        except TrailUnavailable as error:
            raise CommandError(f"Nothing was retired: {error}.") from error
        self.stdout.write(f"{retired:,} row{'' if retired == 1 else 's'} retired.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no day; write it as in 2026-01-31.") from None
