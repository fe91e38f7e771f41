"""What every measurement needs: a directory, generated logs, processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench import texts
from tests.postgres import postgres

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Setting:
    """``quick``: a tenth of the size, to try the benchmark itself."""

    directory: Path
    quick: bool
    _logs: dict[tuple[int, bool], Path] = field(default_factory=dict)

    def size(self, full: int) -> int:
        return full // 10 if self.quick else full

    def log(self, events: int, *, sql: bool = False) -> Path:
        """An answer of hoop with that many events, in a file; made once."""
        known = self._logs.get((events, sql))
        if known is None:
            known = self._logs[events, sql] = (
                self.directory / f"log-{events}-{'sql' if sql else 'shell'}.json"
            )
            texts.write_log(known, events, sql=sql)
        return known

    def environment(self, name: str, **variables: str) -> dict[str, str]:
        """A site of its own: its data directory, and nothing of the caller's configuration."""
        data = self.directory / name
        (data / "static").mkdir(parents=True, exist_ok=True)
        ours = ("HOOP", "SECRET_KEY", "DATABASE_URL", "DJANGO", "GUNICORN")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
        return (
            kept
            | {
                "HOOPVIEWER_DATA_DIR": str(data),
                "HOOPVIEWER_LOG_LEVEL": "ERROR",
                "HOOPVIEWER_SIGN_IN": "local",
                "HOOP_API_URL": "http://127.0.0.1:9",
                "HOOP_API_KEY": "none",
                "DJANGO_SETTINGS_MODULE": "hoopviewer.settings",
            }
            | variables
        )

    def child(self, function: str, environment: dict[str, str], **arguments: object) -> Any:
        """What ``module:function`` of this package gives in a process of its own."""
        command = [sys.executable, "-m", "tests.bench.child", function, json.dumps(arguments, default=str)]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)

    @contextmanager
    def databases(self, name: str, *, durable: bool = False) -> Iterator[dict[str, dict[str, str]]]:
        """An environment for SQLite and one for PostgreSQL, both empty. ``durable``: a server that waits for
        the disk, as one that is kept does (Debian's only)."""
        with postgres("", durable=durable) as url:
            yield {
                "SQLite": self.environment(f"{name}-sqlite"),
                "PostgreSQL": self.environment(f"{name}-postgresql", DATABASE_URL=url),
            }


def megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.0f} MB"
