"""The deployment's settings, all from the environment; runs from a bare clone on SQLite.

``docs/configuration.md`` explains every variable. What can be wrong is said by the system
checks in ``sessions_ui/checks.py``.
"""

from __future__ import annotations

from pathlib import Path

from environs import Env

from hoopviewer import environment, logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

DATA_DIR = env.path("HOOPVIEWER_DATA_DIR", default=BASE_DIR / "var").absolute()
DEBUG = env.bool("HOOPVIEWER_DEBUG", default=False)
SECRET_KEY = environment.secret_from(
    "SECRET_KEY", env.str("SECRET_KEY", default=""), env.path("SECRET_KEY_FILE", default=None)
) or environment.stored_secret_key(DATA_DIR)

# hoop: where it is, and the key of a member of its auditor group.
HOOP_API_URL = environment.gateway_address(env.str("HOOP_API_URL", default=""))
HOOP_API_KEY = environment.secret_from(
    "HOOP_API_KEY", env.str("HOOP_API_KEY", default=""), env.path("HOOP_API_KEY_FILE", default=None)
)
# The name of the group whose members see everything; hoop calls it auditor unless told otherwise.
HOOPVIEWER_AUDITOR_GROUP = env.str("HOOPVIEWER_AUDITOR_GROUP", default="auditor")
HOOPVIEWER_CA_BUNDLE = env.str("HOOPVIEWER_CA_BUNDLE", default="")
HOOPVIEWER_CONNECT_SECONDS = env.float("HOOPVIEWER_CONNECT_SECONDS", default=5.0)
# hoop builds a large answer in its memory before it sends the first byte: minutes.
HOOPVIEWER_FIRST_BYTE_SECONDS = env.float("HOOPVIEWER_FIRST_BYTE_SECONDS", default=300.0)
HOOPVIEWER_BETWEEN_BYTES_SECONDS = env.float("HOOPVIEWER_BETWEEN_BYTES_SECONDS", default=30.0)
HOOPVIEWER_LOG_SECONDS = env.float("HOOPVIEWER_LOG_SECONDS", default=3600.0)
HOOPVIEWER_METADATA_SECONDS = env.float("HOOPVIEWER_METADATA_SECONDS", default=20.0)
HOOPVIEWER_COOL_DOWN_SECONDS = env.float("HOOPVIEWER_COOL_DOWN_SECONDS", default=15.0)
# How far back the rows of hoop's list are read for what hoop cannot filter, and how fast.
HOOPVIEWER_LIST_DAYS = env.int("HOOPVIEWER_LIST_DAYS", default=90)
HOOPVIEWER_LIST_CALLS_A_SECOND = env.float("HOOPVIEWER_LIST_CALLS_A_SECOND", default=4.0)
HOOPVIEWER_MAX_LOG_BYTES = env.int("HOOPVIEWER_MAX_LOG_BYTES", default=2 * 1024**3)

# Where people open the site; never taken from a request.
HOOPVIEWER_PUBLIC_URL = environment.public_address(env.str("HOOPVIEWER_PUBLIC_URL", default=""))
HOOPVIEWER_PROXY_HOPS = env.int("HOOPVIEWER_PROXY_HOPS", default=0)
HOOPVIEWER_WHOM_TO_ASK = env.str("HOOPVIEWER_WHOM_TO_ASK", default="Ask whoever runs hoopviewer.")
HOOPVIEWER_SIGN_IN_HOURS = env.float("HOOPVIEWER_SIGN_IN_HOURS", default=12.0)
HOOPVIEWER_IDLE_MINUTES = env.float("HOOPVIEWER_IDLE_MINUTES", default=120.0)

# Until people sign in with their company's account, only this machine may ask.
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

# The size of the server: a connection for every thread, and a few for what runs beside them.
HOOPVIEWER_WORKERS = env.int("HOOPVIEWER_WORKERS", default=2)
HOOPVIEWER_THREADS = env.int("HOOPVIEWER_THREADS", default=16)

DATABASES = {
    "default": environment.database(
        env.str("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'hoopviewer.sqlite3'}"),
        pool_size=HOOPVIEWER_THREADS + 4,
    )
}
# Who saw what: a file of its own beside SQLite's, where nothing else is ever written.
DATABASES |= environment.trail_database(DATABASES["default"])
TRAIL_DATABASE = "trail" if "trail" in DATABASES else "default"
DATABASE_ROUTERS = ["sessions_ui.trail.router.TrailRouter"]
HOOPVIEWER_TRAIL_KEY_FILE = environment.trail_key_file(
    DATA_DIR, env.path("HOOPVIEWER_TRAIL_KEY_FILE", default=None)
)
# Where checkpoints are sent besides the log: a file to append to, an address to post to.
HOOPVIEWER_TRAIL_CHECKPOINT_FILE = env.path("HOOPVIEWER_TRAIL_CHECKPOINT_FILE", default=None)
HOOPVIEWER_TRAIL_CHECKPOINT_URL = env.str("HOOPVIEWER_TRAIL_CHECKPOINT_URL", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "django_htmx",
    "heroicons",
    "sessions_ui",
    "sessions_ui.trail",
]

MIDDLEWARE = [
    "hoopviewer.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "hoopviewer.middleware.LoopbackOnly",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hoopviewer.middleware.PageHeaders",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "sessions_ui.access.signin.local.LocalEntry",
    "sessions_ui.access.record.ShowNothingUnwritten",
]

ROOT_URLCONF = "hoopviewer.urls"
WSGI_APPLICATION = "hoopviewer.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "hoopviewer.context.site"]
        },
    }
]

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# Named and formed as in Django 6, whose middleware then takes the place of ours.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "connect-src": ["'self'"],
    "font-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "sessions_ui.problems.forgery_refused"

# The site listens on loopback, without TLS: there is nobody between it and the browser, and a
# browser would not return a secure cookie. Django's deployment checks cannot know that.
SILENCED_SYSTEM_CHECKS = [
    "security.W004",  # HSTS
    "security.W008",  # redirect to https
    "security.W016",  # CSRF cookie over https only
]

HOOPVIEWER_LOG_LEVEL = env.str("HOOPVIEWER_LOG_LEVEL", default="INFO").upper()
HOOPVIEWER_LOG_FORMAT = env.str("HOOPVIEWER_LOG_FORMAT", default="json").lower()
LOGGING = logs.configuration(level=HOOPVIEWER_LOG_LEVEL, form=HOOPVIEWER_LOG_FORMAT)
