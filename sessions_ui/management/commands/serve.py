"""``manage.py serve``: the site on this machine's loopback, opened by a one-time address."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hoopviewer.databases import migrate
from hoopviewer.server import HOST, PortTaken, Server, require_free
from sessions_ui.access.signin import local


class Command(BaseCommand):
    """Check, migrate, collect static files, print the address, serve until told to stop."""

    help = "Serve the site on 127.0.0.1 and print the one-time address that opens it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        port: int = options["port"]
        self.check(include_deployment_checks=True)
        try:
            require_free(port)
        except PortTaken as error:
            raise CommandError(f"{error} Choose another with --port.") from error
        migrate()
        call_command("collectstatic", interactive=False, verbosity=0)
        address = f"http://{HOST}:{port}/open/{local.issue()}"
        Server(
            port=port,
            workers=settings.HOOPVIEWER_WORKERS,
            threads=settings.HOOPVIEWER_THREADS,
            on_ready=lambda: self.announce(port, address),
        ).run()

    def announce(self, port: int, address: str) -> None:
        """Said by the first worker once the site answers."""
        self.stdout.write(f"Ready: http://{HOST}:{port}/")
        self.stdout.write(f"Open it once by this address, on this machine: {address}")
        self.stdout.flush()
