"""``manage.py verify_trail``: whether the access trail is whole, and where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_ui.management.sites import require_site
from sessions_ui.trail import keys
from sessions_ui.trail.chain import Checkpoint, read_line
from sessions_ui.trail.proof import MAX_FINDINGS, Proof, prove
from sessions_ui.trail.sending import arrears_words, find_arrears


class Command(BaseCommand):
    """Exit code 1 and the places where something was changed, taken out or put in another's place."""

    help = "Find out whether a row of the access trail was changed, removed or moved, and say where."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--against",
            type=Path,
            metavar="FILE",
            help="checkpoints that were kept elsewhere, one a line: proves that no tail was cut",
        )
        parser.add_argument(
            "--public-key",
            type=Path,
            metavar="FILE",
            action="append",
            default=[],
            help="a key to check by instead of this site's own, in PEM; give it again for earlier ones",
        )
        parser.add_argument(
            "--show-key", action="store_true", help="print this site's public key, and no more"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["show_key"]:
                self.stdout.write(keys.public_pem(keys.signing_key().public_key()), ending="")
                return
            require_site(settings.TRAIL_DATABASE, "trail_rowrecord", self.stderr)
            known = [keys.read_public(path) for path in options["public_key"]]
            outside = _read(options["against"]) if options["against"] else None
            known = known or [keys.signing_key().public_key()]
            names = [keys.name_of(key) for key in known]
            proof = prove(keys.signed_by(known), keys=names, outside=outside)
        except keys.NoKey as error:
            raise CommandError(str(error)) from error
        self._tell(proof)
        if proof.findings:
            count = len(proof.findings)
            more = " or more" if count >= MAX_FINDINGS else ""
            raise CommandError(f"The trail is not whole: {count}{more} finding{'' if count == 1 else 's'}.")

    def _tell(self, proof: Proof) -> None:
        for finding in proof.findings:
            self.stdout.write(f"- {finding.words}")
        retired = f" Rows up to {proof.cut:,} were retired." if proof.cut else ""
        if not proof.findings:
            self.stdout.write(
                f"Whole: {proof.rows:,} rows, {_checkpoints(proof.checkpoints)}, every hash and signature"
                f" holds.{retired}"
            )
        for one in find_arrears():
            self.stdout.write(arrears_words(one))
        if proof.outside is not None:
            self.stdout.write(f"Compared with {_checkpoints(proof.outside)} kept elsewhere.")
            newest = proof.newest
            if newest is not None and proof.last > newest.last:
                self.stdout.write(
                    f"The newest of them, of {newest.at}, is over row {newest.last:,}: of what came behind"
                    " that row it cannot be seen whether it was cut."
                )
            return
        self.stdout.write(
            "What cannot be seen from here: that all of it was put back to an older copy of itself, or was"
            " signed anew with this site's key. For that compare with checkpoints that were kept elsewhere:"
            " --against FILE."
        )


def _checkpoints(number: int) -> str:
    return f"{number:,} checkpoint{'' if number == 1 else 's'}"


def _read(path: Path) -> list[Checkpoint]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {type(error).__name__}.") from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(read_line(line))
        except ValueError as error:
            raise CommandError(f"Line {number} of {path} is no checkpoint.") from error
    if not found:
        raise CommandError(f"{path} holds no checkpoint, so it proves nothing.")
    return found
