"""``manage.py demo``: the whole site over sample sessions, gone again when it stops."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hoopviewer.server import HOST, PortTaken, Server, require_free
from sessions_ui.demo import site
from sessions_ui.management.ports import port_number


class Command(BaseCommand):
    """A stand-in gateway, a throw-away database, three demo people."""

    help = "Show the site with sample sessions on 127.0.0.1; nothing is kept."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port_number, default=8000, help="the port to listen on (8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        port: int = options["port"]
        try:
            require_free(port)
            with site.opened():
                settings.HOOPVIEWER_PUBLIC_URL = f"http://{HOST}:{port}"
                Server(port=port, workers=1, threads=16, on_ready=lambda: self.announce(port)).run()
        except PortTaken as error:
            raise CommandError(
                f"{error} Choose another: manage.py demo --port 8001, or make demo PORT=8001."
            ) from error
        except site.DemoRefused as error:
            raise CommandError(str(error)) from error

    def announce(self, port: int) -> None:
        """Said by the first worker once the site answers."""
        self.stdout.write(f"Ready: http://{HOST}:{port}/")
        self.stdout.flush()
