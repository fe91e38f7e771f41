"""The site's own settings in a clean environment: only DATABASE_URL is taken over.

The database is a file, as it is out of the box; each process of a test run has its own.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_directory = Path(tempfile.mkdtemp(prefix="hoopviewer-tests-"))
_owner = os.getpid()
(_directory / "static").mkdir()


@atexit.register
def _tidy() -> None:
    # A forked server must not take the directory away from its parent.
    if os.getpid() == _owner:
        shutil.rmtree(_directory, ignore_errors=True)


for _name in list(os.environ):
    if _name.startswith(("HOOP_", "HOOPVIEWER_", "SECRET_KEY")):
        del os.environ[_name]
os.environ |= {
    "HOOP_API_URL": "http://127.0.0.1:9",
    "HOOP_API_KEY": "test-key-that-no-page-may-show",
    "HOOPVIEWER_DATA_DIR": str(_directory),
    "HOOPVIEWER_ENV_FILE": "",
    "HOOPVIEWER_LOG_LEVEL": "WARNING",
    "HOOPVIEWER_SIGN_IN": "local",
    "SECRET_KEY": "only-for-tests-" + "0123456789" * 5,
}

from hoopviewer.settings import *  # noqa: E402, F403  the environment had to be cleaned first
from hoopviewer.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": str(_directory / "test.sqlite3")}
    DATABASES["trail"]["TEST"] = {"NAME": str(_directory / "test-trail.sqlite3")}
    #: The site waits for the disk with each row of the trail; the tests, but for the one about it, need not.
    TRAIL_OPTIONS = dict(DATABASES["trail"]["OPTIONS"])
    _hasty = TRAIL_OPTIONS["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    DATABASES["trail"]["OPTIONS"] = {**TRAIL_OPTIONS, "init_command": _hasty}

# Names without a hash, so that no test needs collectstatic; the served site is tested by the demo's test.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# Half of the threads may send files. Tests leave answers unread, which only the collector of garbage takes
# for sent; a server closes each.
HOOPVIEWER_THREADS = 1000
