"""``manage.py gateway``: a stand-in for hoop with the sample sessions, to try a site's own set-up against."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hoopviewer.server import HOST, PortTaken, require_free
from sessions_ui.demo.gateway import furnish
from sessions_ui.demo.standin import StandIn
from sessions_ui.management.ports import port_number


class Command(BaseCommand):
    """Holds nothing of anybody's, writes nothing, and is forgotten when it ends."""

    help = "Answer as a hoop gateway with sample sessions on 127.0.0.1, until Ctrl-C; prints what to export."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port_number, default=8009, help="the port to listen on (8009)")

    def handle(self, *args: Any, **options: Any) -> None:
        port: int = options["port"]
        # A shell's background job begins with Ctrl-C's signal ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            require_free(port)
            with StandIn(samples=True, port=port, shift_to=datetime.now(UTC)) as hoop:
                furnish(hoop)
                self.stdout.write(f"export HOOP_API_URL=http://{HOST}:{port}")
                self.stdout.write(f"export HOOP_API_KEY={hoop.auditor_key}")
                self.stdout.flush()
                signal.pause()
        except PortTaken as error:
            raise CommandError(f"{error} Choose another with --port.") from error
        except KeyboardInterrupt:
            return
