"""``manage.py serve``: the site under gunicorn, for whom the configured way of signing in lets in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from hoopviewer.databases import DatabaseAway, migrate, require_answer
from hoopviewer.environment import configuration
from hoopviewer.server import PortTaken, Server, address_of, require_free
from sessions_ui.access.signin import local
from sessions_ui.access.signin.openid import provider
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.archive import gateway_facts
from sessions_ui.gateway.errors import GatewayError, GatewayRefused, trouble
from sessions_ui.management.operators import operator
from sessions_ui.management.ports import port_number
from sessions_ui.trail.configured import note_settings
from sessions_ui.trail.keys import NoKey
from sessions_ui.trail.signers import find_other_signer
from sessions_ui.trail.store import TrailUnavailable


class Command(BaseCommand):
    """Check, migrate, collect static files, print where it is, serve until told to stop."""

    help = "Serve the site; with HOOPVIEWER_SIGN_IN=local it prints the one-time address that opens it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port_number, default=8000, help="the port to listen on (8000)")
        parser.add_argument(
            "--local", action="store_true", help="where HOOPVIEWER_SIGN_IN is not set: for this machine alone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        port: int = options["port"]
        if options["local"] and not settings.HOOPVIEWER_SIGN_IN:
            settings.HOOPVIEWER_SIGN_IN = "local"
        address = address_of(settings.HOOPVIEWER_BIND, port)
        if not settings.IS_PUBLIC and not settings.HOOPVIEWER_PUBLIC_URL:
            # Nobody else opens it, so its address is known.
            settings.HOOPVIEWER_PUBLIC_URL = address
        self.require_sound_settings()
        try:
            require_free(port, settings.HOOPVIEWER_BIND)
            require_answer()
            migrate()
        except PortTaken as error:
            raise CommandError(f"{error} Choose another with --port.") from error
        except DatabaseAway as error:
            raise CommandError(str(error)) from error
        except (DatabaseError, OSError) as error:
            raise CommandError(f"The database cannot be migrated: {error}") from error
        call_command("collectstatic", interactive=False, verbosity=0)
        self.require_right_key()
        self.warn_of_another_trail_key()
        self.note_settings()
        self.warn_of_a_provider_that_is_away()
        way_in = "" if settings.IS_PUBLIC else f"{address}/open/{local.issue()}"
        Server(
            host=settings.HOOPVIEWER_BIND,
            port=port,
            workers=settings.HOOPVIEWER_WORKERS,
            threads=settings.HOOPVIEWER_THREADS,
            on_ready=lambda: self.announce(address, way_in),
        ).run()

    def require_sound_settings(self) -> None:
        """Say all that is wrong, a line each; stop for what the site cannot run with."""
        found = [one for one in run_checks(include_deployment_checks=True) if not one.is_silenced()]
        wrong = [one for one in found if one.is_serious()]
        for one in found:
            kind = "Wrong" if one in wrong else "Warning"
            hint = f" {one.hint}" if one.hint else ""
            self.stderr.write(f"{kind}: {one.msg}{hint} ({one.id})")
        if wrong:
            raise CommandError("The site does not start; docs/configuration.md explains every variable.")

    def note_settings(self) -> None:
        """A row of the access trail where the configuration is another than at the last start."""
        values, secret = configuration()
        try:
            note_settings(values, secret=secret, who=operator("serve"))
        except (TrailUnavailable, NoKey) as error:
            raise CommandError(f"The access trail cannot be written to: {error}") from error

    def require_right_key(self) -> None:
        """Stop unless our key for hoop is an auditor's. While hoop is away the site starts all the same,
        for what it has stored; ``/readyz`` goes on asking."""
        try:
            wrong = gateway_facts.find_key_trouble()
        except GatewayRefused as error:
            raise CommandError("hoop does not accept the key for it (HOOP_API_KEY).") from error
        except GatewayError as error:
            self.stderr.write(f"Warning: at {settings.HOOP_API_URL} {trouble(error)}")
            return
        if wrong:
            raise CommandError(wrong)

    def warn_of_another_trail_key(self) -> None:
        """It may be a change of keys; or a machine that lacks the others' key, or a restored database."""
        try:
            other = find_other_signer()
        except NoKey as error:
            raise CommandError(f"The access trail cannot be written to: {error}") from error
        if other:
            self.stderr.write(
                f"Warning: the trail's last checkpoint was signed by another key ({other}) than"
                f" {settings.HOOPVIEWER_TRAIL_KEY_FILE}. Machines that share a database share"
                " HOOPVIEWER_TRAIL_KEY_FILE and SECRET_KEY, and a restored database needs its own key:"
                " docs/operations.md. From now on verify_trail needs both public keys."
            )

    def warn_of_a_provider_that_is_away(self) -> None:
        """A wrong issuer is found now, not by the first person. It may be back before anybody comes."""
        if settings.HOOPVIEWER_SIGN_IN != "oidc":
            return
        try:
            provider().discover()
        except Refused as error:
            names_another = error.reason == "issuer"
            what = "it names another issuer" if names_another else "it is not there or cannot be read"
            self.stderr.write(
                f"Warning: nobody can sign in yet: the discovery document of HOOPVIEWER_OIDC_ISSUER"
                f" ({settings.HOOPVIEWER_OIDC_ISSUER}) cannot be used: {what}."
            )

    def announce(self, address: str, way_in: str) -> None:
        """Said by the first worker once the site answers."""
        self.stdout.write(f"Ready: {address}/")
        if way_in:
            self.stdout.write(f"Open it once by this address, on this machine: {way_in}")
        else:
            self.stdout.write(f"People open it at {settings.HOOPVIEWER_PUBLIC_URL}/")
        self.stdout.flush()
