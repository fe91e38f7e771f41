"""``manage.py serve``: the site under gunicorn, for whom the configured way of signing in lets in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hoopviewer.databases import migrate
from hoopviewer.environment import configuration
from hoopviewer.server import HOST, PortTaken, Server, require_free
from sessions_ui.access.signin import local
from sessions_ui.archive import gateway_facts
from sessions_ui.gateway.errors import GatewayError, GatewayRefused
from sessions_ui.management.operators import operator
from sessions_ui.trail.configured import note_settings
from sessions_ui.trail.keys import NoKey
from sessions_ui.trail.store import TrailUnavailable


class Command(BaseCommand):
    """Check, migrate, collect static files, print where it is, serve until told to stop."""

    help = "Serve the site; with HOOPVIEWER_SIGN_IN=local it prints the one-time address that opens it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        port: int = options["port"]
        if not settings.IS_PUBLIC and not settings.HOOPVIEWER_PUBLIC_URL:
            # Nobody else opens it, so its address is known.
            settings.HOOPVIEWER_PUBLIC_URL = f"http://{HOST}:{port}"
        self.check(include_deployment_checks=True)
        try:
            require_free(port, settings.HOOPVIEWER_BIND)
        except PortTaken as error:
            raise CommandError(f"{error} Choose another with --port.") from error
        migrate()
        call_command("collectstatic", interactive=False, verbosity=0)
        self.require_right_key()
        self.note_settings()
        way_in = ""
        if not settings.IS_PUBLIC:
            way_in = f"http://{HOST}:{port}/open/{local.issue()}"
        Server(
            host=settings.HOOPVIEWER_BIND,
            port=port,
            workers=settings.HOOPVIEWER_WORKERS,
            threads=settings.HOOPVIEWER_THREADS,
            on_ready=lambda: self.announce(port, way_in),
        ).run()

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
            trouble = gateway_facts.find_key_trouble()
        except GatewayRefused as error:
            raise CommandError("hoop does not accept the key for it (HOOP_API_KEY).") from error
        except GatewayError as error:
            self.stderr.write(f"hoop does not say whose the key is ({type(error).__name__}).")
            return
        if trouble:
            raise CommandError(trouble)

    def announce(self, port: int, way_in: str) -> None:
        """Said by the first worker once the site answers."""
        self.stdout.write(f"Ready: http://{HOST}:{port}/")
        if way_in:
            self.stdout.write(f"Open it once by this address, on this machine: {way_in}")
        else:
            self.stdout.write(f"People open it at {settings.HOOPVIEWER_PUBLIC_URL}/")
        self.stdout.flush()
