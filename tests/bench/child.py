"""``python -m tests.bench.child module:function '{"argument": …}'``: its result, as JSON.

Django is set up and the database is migrated before; standard output is the result's alone.
"""

from __future__ import annotations

import importlib
import json
import sys

import django

from hoopviewer.databases import migrate


def main() -> None:
    name, _, function = sys.argv[1].partition(":")
    django.setup()
    migrate()
    module = importlib.import_module(f"tests.bench.{name}")
    json.dump(getattr(module, function)(**json.loads(sys.argv[2])), sys.stdout)


if __name__ == "__main__":
    main()
