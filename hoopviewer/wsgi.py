"""The site as a WSGI application. ``manage.py serve`` runs it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from sessions_ui.access.sent import TellHowItWent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoopviewer.settings")

application = TellHowItWent(get_wsgi_application())
