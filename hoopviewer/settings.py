"""The deployment's settings, all from the environment; runs from a bare clone on SQLite.

``docs/configuration.md`` explains every variable. What can be wrong is said by the system
checks in ``sessions_ui/checks.py``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from environs import Env

from hoopviewer import env_file, environment, logs

BASE_DIR = Path(__file__).resolve().parent.parent
env_file.take_over(BASE_DIR / ".env")
env = Env()
env.str("HOOPVIEWER_ENV_FILE", default="")

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

# Where people open the site, and how they sign in: local, oidc, proxy or headers. Nothing of either is
# taken from a request.
HOOPVIEWER_PUBLIC_URL = environment.public_address(env.str("HOOPVIEWER_PUBLIC_URL", default=""))
HOOPVIEWER_SIGN_IN = env.str("HOOPVIEWER_SIGN_IN", default="").lower()
HOOPVIEWER_BIND = env.str("HOOPVIEWER_BIND", default="127.0.0.1")
# Whether a link to a file works for whoever holds it, as hoop's do.
HOOPVIEWER_OPEN_LINKS = env.bool("HOOPVIEWER_OPEN_LINKS", default=False)
HOOPVIEWER_PROXY_HOPS = env.int("HOOPVIEWER_PROXY_HOPS", default=0)
HOOPVIEWER_WHOM_TO_ASK = env.str(
    "HOOPVIEWER_WHOM_TO_ASK", default="Ask an admin or an auditor of your hoop organisation."
)
HOOPVIEWER_SIGN_IN_HOURS = env.float("HOOPVIEWER_SIGN_IN_HOURS", default=12.0)
HOOPVIEWER_IDLE_MINUTES = env.float("HOOPVIEWER_IDLE_MINUTES", default=120.0)
HOOPVIEWER_CLOCK_SKEW_SECONDS = env.int("HOOPVIEWER_CLOCK_SKEW_SECONDS", default=60)
HOOPVIEWER_SIGN_IN_CA_BUNDLE = env.str("HOOPVIEWER_SIGN_IN_CA_BUNDLE", default="")
HOOPVIEWER_ALLOW_ADMIN_KEY = env.bool("HOOPVIEWER_ALLOW_ADMIN_KEY", default=False)

# What a token says of a person, and what its groups mean for people whom hoop does not know.
HOOPVIEWER_EMAIL_CLAIM = env.str("HOOPVIEWER_EMAIL_CLAIM", default="email")
HOOPVIEWER_GROUPS_CLAIM = env.str("HOOPVIEWER_GROUPS_CLAIM", default="groups")
HOOPVIEWER_TRUSTED_EMAIL_ISSUERS: list[str] = env.list("HOOPVIEWER_TRUSTED_EMAIL_ISSUERS", default=[])
HOOPVIEWER_GROUP_MAP: Any = env.json("HOOPVIEWER_GROUP_MAP", default={})

# OpenID Connect.
HOOPVIEWER_OIDC_ISSUER = env.str("HOOPVIEWER_OIDC_ISSUER", default="")
HOOPVIEWER_OIDC_CLIENT_ID = env.str("HOOPVIEWER_OIDC_CLIENT_ID", default="")
HOOPVIEWER_OIDC_CLIENT_SECRET = environment.secret_from(
    "HOOPVIEWER_OIDC_CLIENT_SECRET",
    env.str("HOOPVIEWER_OIDC_CLIENT_SECRET", default=""),
    env.path("HOOPVIEWER_OIDC_CLIENT_SECRET_FILE", default=None),
)
HOOPVIEWER_OIDC_SCOPES = env.str("HOOPVIEWER_OIDC_SCOPES", default="openid email profile")
HOOPVIEWER_OIDC_MAX_AGE_HOURS = env.float("HOOPVIEWER_OIDC_MAX_AGE_HOURS", default=0.0)

# A proxy that signs a token for each request.
HOOPVIEWER_PROXY = env.str("HOOPVIEWER_PROXY", default="").lower()
HOOPVIEWER_PROXY_ISSUER = env.str("HOOPVIEWER_PROXY_ISSUER", default="")
HOOPVIEWER_PROXY_AUDIENCE = env.str("HOOPVIEWER_PROXY_AUDIENCE", default="")
HOOPVIEWER_PROXY_KEYS_URL = env.str("HOOPVIEWER_PROXY_KEYS_URL", default="")
HOOPVIEWER_PROXY_ALGORITHM = env.str("HOOPVIEWER_PROXY_ALGORITHM", default="")
HOOPVIEWER_PROXY_HEADER = env.str("HOOPVIEWER_PROXY_HEADER", default="")
HOOPVIEWER_PROXY_SIGNER = env.str("HOOPVIEWER_PROXY_SIGNER", default="")
HOOPVIEWER_PROXY_CLIENT = env.str("HOOPVIEWER_PROXY_CLIENT", default="")
HOOPVIEWER_PROXY_SIGN_OUT_URL = env.str("HOOPVIEWER_PROXY_SIGN_OUT_URL", default="")

# Plain headers of a proxy that is known by its network and by a secret.
HOOPVIEWER_HEADERS_NETWORKS: list[str] = env.list("HOOPVIEWER_HEADERS_NETWORKS", default=[])
HOOPVIEWER_HEADERS_SECRET = environment.secret_from(
    "HOOPVIEWER_HEADERS_SECRET",
    env.str("HOOPVIEWER_HEADERS_SECRET", default=""),
    env.path("HOOPVIEWER_HEADERS_SECRET_FILE", default=None),
)
HOOPVIEWER_HEADERS_SECRET_HEADER = env.str("HOOPVIEWER_HEADERS_SECRET_HEADER", default="X-Hoopviewer-Secret")
HOOPVIEWER_HEADERS_SUBJECT = env.str("HOOPVIEWER_HEADERS_SUBJECT", default="X-Forwarded-User")
HOOPVIEWER_HEADERS_EMAIL = env.str("HOOPVIEWER_HEADERS_EMAIL", default="X-Forwarded-Email")
HOOPVIEWER_HEADERS_NAME = env.str("HOOPVIEWER_HEADERS_NAME", default="")

# The local way answers this machine only; the others answer to the one public address.
IS_PUBLIC = HOOPVIEWER_SIGN_IN in environment.PUBLIC_WAYS
OVER_TLS = IS_PUBLIC and HOOPVIEWER_PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = environment.hosts(HOOPVIEWER_PUBLIC_URL) if IS_PUBLIC else ["127.0.0.1", "localhost", "[::1]"]

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
    "hoopviewer.middleware.PublicAddress",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "hoopviewer.middleware.PageHeaders",
    *([] if IS_PUBLIC else ["hoopviewer.middleware.LoopbackOnly"]),
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    environment.PUBLIC_WAYS.get(HOOPVIEWER_SIGN_IN, environment.LOCAL_WAY),
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

CSRF_COOKIE_NAME = "__Host-hoopviewer_form" if OVER_TLS else "csrftoken"
CSRF_COOKIE_SECURE = OVER_TLS
SECURE_HSTS_SECONDS = 365 * 86_400 if OVER_TLS else 0

# TLS ends at a proxy, which also sends http on to https; on loopback there is none, and a browser would
# not return a secure cookie. Whether other hosts of the domain speak TLS is not ours to say.
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains
    "security.W008",  # redirect to https
    *(["security.W009"] if len(SECRET_KEY) < 50 else []),  # our own check says it in a sentence
    "security.W020",  # ALLOWED_HOSTS is made from the public address, of which our own check speaks
    "security.W021",  # HSTS preload
    *([] if OVER_TLS else ["security.W004", "security.W016"]),  # HSTS, CSRF cookie over https only
]

HOOPVIEWER_LOG_LEVEL = env.str("HOOPVIEWER_LOG_LEVEL", default="INFO").upper()
HOOPVIEWER_LOG_FORMAT = env.str("HOOPVIEWER_LOG_FORMAT", default="json").lower()
LOGGING = logs.configuration(level=HOOPVIEWER_LOG_LEVEL, form=HOOPVIEWER_LOG_FORMAT)

# What looks like a variable of ours and was read by none of these lines: misspelt, most likely.
UNREAD_VARIABLES = env_file.unread(os.environ, env.dump())
