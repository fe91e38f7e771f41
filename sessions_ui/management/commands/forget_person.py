"""``manage.py forget_person PERSON``: erase who somebody was from the access trail."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_ui.management.operators import operator
from sessions_ui.management.sites import require_site
from sessions_ui.trail.retiring import forget
from sessions_ui.trail.store import TrailUnavailable


class Command(BaseCommand):
    """What they did stays, and the chain is whole as before."""

    help = "Erase a person, named by e-mail, hoop's id or the issuer and subject, from the access trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="their e-mail address, id at hoop, or issuer and subject")

    def handle(self, *args: Any, **options: Any) -> None:
        require_site(settings.TRAIL_DATABASE, "trail_rowrecord", self.stderr)
        try:
            count = forget(options["person"], who=operator("forget_person"))
        except TrailUnavailable as error:
            raise CommandError(f"Not all was erased: {error}.") from error
        if not count:
            raise CommandError("The trail knows nobody of that name.")
        self.stdout.write(f"{count:,} entr{'y' if count == 1 else 'ies'} erased.")
