"""``manage.py sign_out PERSON``: end every sign-in of somebody, at once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_ui.access.signin.sign_ins import end_all, forget
from sessions_ui.access.tokens import revoke_all
from sessions_ui.management.sites import require_site


class Command(BaseCommand):
    """Ends sign-ins here; says what it cannot end."""

    help = "End every sign-in of a person, named by e-mail address or by the provider's subject."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="their e-mail address, or the provider's subject")
        parser.add_argument("--tokens", action="store_true", help="Revoke their personal tokens as well.")
        parser.add_argument("--forget", action="store_true", help="Erase all their sign-ins as well.")

    def handle(self, *args: Any, **options: Any) -> None:
        require_site("default", "sessions_ui_signinrecord", self.stderr)
        ended = end_all(options["person"]) if options["person"] else None
        if ended is None or not ended.people:
            raise CommandError("Nobody of that name ever signed in here; nothing was ended.")
        self.stdout.write(f"{_counted(ended.browsers, 'sign-in')} ended.")
        if options["tokens"]:
            revoked = sum(revoke_all(*who) for who in ended.people)
            self.stdout.write(f"{_counted(revoked, 'personal token')} revoked.")
        if options["forget"]:
            self.stdout.write(f"{_counted(forget(options['person']), 'sign-in')} erased.")
        if ended.by_proxy:
            self.stdout.write(
                "This person also comes in through the sign-in proxy, with every request anew: take their "
                "access away there, or set their account in hoop to inactive (noticed within a minute)."
            )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
